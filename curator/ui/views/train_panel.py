"""The Train panel: which rows, which base model, how long; what that will do; and the one button."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QScrollArea, QVBoxLayout, QWidget

from curator.core.model import STARTER
from curator.core.settings import PRESETS, Preset, TrainSettings
from curator.ui.controls import Button, ElidedText, Glyph, Plane, Text, clear, column, row
from curator.ui.models.run_words import rows_words
from curator.ui.models.train_facts import (
    Fact,
    TrainFacts,
    TrainRequest,
    can_be_prepared,
    facts_of,
    model_detail,
    price,
    snapshot_words,
)
from curator.ui.theme import space
from curator.ui.views.advanced_settings import AdvancedSettings
from curator.ui.views.choices import Choice, Fold, Option, PresetCard

WIDTH = 328
NOW = "now"


class TrainPanel(Plane):
    """Says `train_requested(TrainRequest)` once for each press that is meant; the place starts the run."""

    train_requested = Signal(object)
    queue_dropped = Signal()
    model_chosen = Signal(str)
    limit_chosen = Signal(int)
    edited = Signal()  # anything that changes what it costs

    def __init__(self, key: str = "") -> None:
        super().__init__("window", "r", width=WIDTH)
        self.facts = TrainFacts()
        self._busy = ""
        self._is_running = self._is_queued = self._is_known = False
        self._shown_facts: list[Fact] = []
        self.rows = Choice("Rows", "snapshot")
        self.base = Choice("Base model", "chip")
        self.cards = {p.name: PresetCard(p.title, p.sentence) for p in PRESETS}
        self._group = QButtonGroup(self)
        for card in self.cards.values():
            self._group.addButton(card)
        self.cards["standard"].setChecked(True)
        self.fold = Fold("Advanced")
        self.advanced = AdvancedSettings()
        self.advanced.hide()
        self._lines = QVBoxLayout()
        self._lines.setSpacing(space(0.5))
        self.button = Button("Train", "play", key=key, primary=True)
        self.words = Text("", "small", "text2", wrap=True)
        self.words.hide()
        self.hint = ElidedText("", "small", "text3")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._build()
        self._connect()
        self._on_preset()

    def _build(self) -> None:
        cards = [item for card in self.cards.values() for item in (card, 1.5)][:-1]
        inner = Plane("window")
        inner.setLayout(
            column(
                *(Text("Next run", "heading"), 3),
                *(Text("Rows", "caption", "text3"), 1, self.rows, 3),
                *(Text("Base model", "caption", "text3"), 1, self.base, 3),
                *(Text("How long", "caption", "text3"), 1, *cards, 2),
                *(self.fold, self.advanced, 2, self._lines, None),
                margins=(5, 5, 5, 2),
            )
        )
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        foot = column(self.words, row(self.button, self.hint), spacing=2, margins=(5, 2, 5, 4))
        box = column(scroll, foot)
        box.setContentsMargins(0, 0, 1, 0)
        self.setLayout(box)
        self.setAccessibleName("Next run")

    def _connect(self) -> None:
        self.button.clicked.connect(self.press)
        self.rows.chosen.connect(lambda _key: self._on_edited())
        self.base.chosen.connect(self.model_chosen)
        self.fold.toggled.connect(self.advanced.setVisible)
        for card in self.cards.values():
            card.clicked.connect(self._on_preset)
        self.advanced.changed.connect(self._on_advanced)
        self.advanced.reset_requested.connect(self._on_preset)

    # -- what the person chose

    @property
    def preset(self) -> Preset:
        """The preset whose card is on."""
        return next(p for p in PRESETS if self.cards[p.name].isChecked())

    def settings(self) -> TrainSettings:
        """The numbers as they stand."""
        return self.advanced.settings()

    def request(self) -> TrainRequest:
        """What would be trained by a press now."""
        snapshot = self.facts.snapshot(self.rows.current)
        settings = self.settings()
        ours = replace(self.preset.settings, max_tokens=settings.max_tokens, seed=settings.seed)
        name = self.preset.name if settings == ours else ""
        return TrainRequest(self.base.current, settings, name, snapshot.id if snapshot else 0)

    def press(self) -> None:
        """Ask for a run, if one can be asked for; a second press before the first is answered does nothing."""
        if not self.button.isEnabled() or self._busy:
            return
        if self._is_queued:
            self.queue_dropped.emit()
        else:
            self.train_requested.emit(self.request())

    # -- what it shows

    def show_facts(self, facts: TrainFacts) -> None:
        """Show other figures; what the person chose stays chosen where it is still there."""
        self.facts, self._is_known = facts, True
        now = Option(NOW, f"{rows_words(facts.rows)}, as they are now", "frozen when you press Train")
        options = [now, *(Option(str(s.id), *snapshot_words(s)) for s in facts.snapshots)]
        self.rows.set_options(options, self.rows.current or NOW)
        bases = [self._option(facts, m.name) for m in facts.models]
        self.base.set_options(bases, facts.model or STARTER)
        self.advanced.set_limit(facts.limit)
        self._show_prices()
        self._show_lines()
        self._show_button()

    @staticmethod
    def _option(facts: TrainFacts, name: str) -> Option:
        model = facts.base(name)
        assert model is not None
        problem = "" if model.is_ready or can_be_prepared(model) else (model.problem or "It is not complete.")
        return Option(model.name, model.title or model.name, model_detail(model), problem)

    def show_running(self, is_running: bool) -> None:
        """Whether a run goes on: the next one waits for it."""
        if is_running != self._is_running:
            self._is_running = is_running
            self._show_button()

    def show_queued(self, is_queued: bool) -> None:
        """Whether a run waits for the one that goes on."""
        if is_queued != self._is_queued:
            self._is_queued = is_queued
            self._show_button()

    def show_busy(self, words: str) -> None:
        """What is being done between the press and the run ("Freezing 91 rows"); empty when it is done."""
        self._busy = words
        self._show_button()

    def _show_button(self) -> None:
        problem = self.problem
        if self._is_queued:
            text, hint = "Don’t train next", "starts after this one"
        elif self._is_running:
            text, hint = "Train next", "waits for this one"
        else:
            text, hint = "Train", ""
        if text != self.button.text():
            self.button.setText(text)
            self.button.setAccessibleName(text)
            self.button.setFixedWidth(self.button.sizeHint().width())
        self.button.setDefault(not self._is_running and not self._is_queued)
        self.button.setEnabled(not self._busy and (self._is_queued or not problem))
        self.button.setToolTip(problem)
        said = self._busy or ("" if self._is_queued or not self._is_known else problem)
        self.words.setText(said)
        self.words.setVisible(bool(said))
        self.hint.setText("" if said else hint)

    @property
    def problem(self) -> str:
        """Why nothing can be trained now, in the words of the button's tooltip; empty when it can."""
        if not self._is_known:
            return "The rows are being counted"
        if self.facts.snapshot(self.rows.current) is None:
            if not self.facts.rows:
                return "Mark a row clean first (A)"
            if self.facts.problem:
                return self.facts.problem
        if not self.base.current:
            return "Choose a base model first"
        return self.base.option.problem

    def _show_prices(self) -> None:
        for preset in PRESETS:
            is_on = preset is self.preset
            settings = self.settings() if is_on else preset.settings
            seconds = self.facts.seconds.get("" if is_on else preset.name)
            self.cards[preset.name].set_price(price(settings, seconds))
        self.fold.set_summary(self.advanced.summary())

    def _show_lines(self) -> None:
        facts = facts_of(self.facts, self.facts.snapshot(self.rows.current))
        if facts == self._shown_facts:
            return
        self._shown_facts = facts
        clear(self._lines)
        for fact in facts:
            self._lines.addWidget(_line(fact))

    def _on_preset(self) -> None:
        kept = self.advanced.settings()
        self.advanced.show_settings(replace(self.preset.settings, max_tokens=kept.max_tokens, seed=kept.seed))
        self._on_edited()

    def _on_advanced(self) -> None:
        limit = self.advanced.settings().max_tokens
        if limit != self.facts.limit:
            self.limit_chosen.emit(limit)
        self._on_edited()

    def _on_edited(self) -> None:
        self._show_prices()
        self._show_lines()
        self._show_button()
        self.edited.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()


def _line(fact: Fact) -> QWidget:
    line = QWidget()
    box = row(Glyph(fact.icon, 16, fact.glyph), ElidedText(fact.words, "small", fact.ink), spacing=2)
    box.setStretch(1, 1)
    line.setLayout(box)
    line.setFixedHeight(22)
    return line
