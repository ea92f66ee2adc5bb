"""The Train panel: which rows, which base model, how long; what that will do; and the one button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QScrollArea, QWidget

from curator.core.model import STARTER
from curator.core.settings import PRESETS, Preset, TrainSettings
from curator.ui.controls import Button, Plane, Text, column, row
from curator.ui.models.amounts import rows_words
from curator.ui.models.train_choice import NO_RECIPE
from curator.ui.models.train_facts import (
    TrainFacts,
    TrainRequest,
    can_be_prepared,
    facts_of,
    model_detail,
    price,
    snapshot_words,
)
from curator.ui.theme import growth, space
from curator.ui.views.advanced_settings import AdvancedSettings
from curator.ui.views.choices import Choice, Fold, Option, PresetCard
from curator.ui.views.queue_list import QueueList
from curator.ui.views.train_lines import TrainLines

WIDTH = 328
_LOW = 640  # height under which cards and queue are kept low
UNFOLDS = 500
"""Milliseconds in which the layout makes room for what was unfolded; whatever it does later is no reason to scroll."""
NOW, HERE, MORE = "now", "here", "more"  # keys of options that are no snapshot and no place


class TrainPanel(Plane):
    """Says `train_requested(TrainRequest)` once for each press that is meant; the place starts the run."""

    help_page = "training#the-presets"

    train_requested = Signal(object)
    several_requested = Signal(object)  # the Run whose rows are to be left out, or None
    places_requested = Signal()
    model_chosen = Signal(str)
    limit_chosen = Signal(int)
    edited = Signal()  # anything that changes what it costs

    def __init__(self, key: str = "") -> None:
        super().__init__("window", "r", width=round(WIDTH * growth() ** 0.5))
        self.facts = TrainFacts()
        self._busy = ""
        self._pressed: Button | None = None  # had the keyboard when it was put out of use
        self._is_running = self._is_known = False
        self._waiting = 0
        self._last_place, self._usual_place = HERE, ""
        self.rows = Choice("Rows", "snapshot")
        self.base = Choice("Base model", "chip")
        self.place = Choice("Where", "terminal")
        self.cards = {p.name: PresetCard(p.title, p.sentence) for p in PRESETS}
        self._group = QButtonGroup(self)
        for card in self.cards.values():
            self._group.addButton(card)
        self.cards["standard"].setChecked(True)
        self.fold = Fold("Advanced")
        self._bring: Callable[[], object] = self.update  # into view, what was unfolded last
        self._unfolding = QTimer(self, singleShot=True, interval=UNFOLDS)
        self.advanced = AdvancedSettings()
        self.advanced.hide()
        self.lines = TrainLines()
        self.queue = QueueList()
        self.button = Button("Train", "play", key=key, primary=True)
        self.several = Button("Several…", flat=True)
        self.several.setToolTip("Train several runs that differ in one thing")
        self.several.setAccessibleName("Train several runs that differ in one thing")
        self.words = Text("", "small", "text2", wrap=True)
        self.words.hide()
        self._build()
        self._connect()
        self._on_preset()

    def _build(self) -> None:
        cards = [item for card in self.cards.values() for item in (card, 1.5)][:-1]
        self._place_title = Text("Where", "caption", "text3")
        self._where = QWidget()
        self._where.setLayout(column(self._place_title, 1, self.place, 3))
        self._where.hide()
        inner = self._inner = Plane("window")
        inner.setLayout(
            column(
                *(Text("Next run", "heading"), 3),
                *(Text("Rows", "caption", "text3"), 1, self.rows, 3),
                *(Text("Base model", "caption", "text3"), 1, self.base, 3, self._where),
                *(Text("How long", "caption", "text3"), 1, *cards, 2),
                *(self.fold, self.advanced, 2, self.lines, None),
                margins=(5, 5, 5, 2),
            )
        )
        scroll = self._scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        foot = column(self.queue, self.words, row(self.button, None, self.several), spacing=2, margins=(5, 2, 5, 4))
        box = column(scroll, foot)
        box.setContentsMargins(0, 0, 1, 0)
        self.setLayout(box)
        self.setAccessibleName("Next run")

    def _connect(self) -> None:
        self.button.clicked.connect(self.press)
        self.several.clicked.connect(lambda: self.several_requested.emit(None))
        self.rows.chosen.connect(lambda _key: self._on_edited())
        self.place.chosen.connect(self._on_place_chosen)
        self.base.chosen.connect(self.model_chosen)
        self.fold.toggled.connect(self._on_folded)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._on_room_made)
        for card in self.cards.values():
            card.clicked.connect(self._on_preset)
        self.advanced.changed.connect(self._on_advanced)
        self.advanced.reset_requested.connect(self._on_preset)
        self.advanced.unfolded.connect(self._bring_into_view)
        self.advanced.places_requested.connect(self.places_requested)

    # -- what the person chose

    @property
    def card(self) -> PresetCard:
        """The card that is on."""
        return self.cards[self.preset.name]

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
        kept = {name: getattr(settings, name) for name in NO_RECIPE}
        name = self.preset.name if settings == replace(self.preset.settings, **kept) else ""
        report_to = self.advanced.report_to
        frozen = snapshot.id if snapshot else 0
        return TrainRequest(self.base.current, settings, name, frozen, self.runtime, report_to=report_to)

    @property
    def runtime(self) -> str:
        """Where it would be trained; "" is this computer."""
        return "" if self.place.current in ("", HERE, MORE) else self.place.current

    def press(self) -> None:
        """Ask for a run, if one can be asked for; a second press before the first is answered does nothing."""
        if self.button.isEnabled() and not self._busy:
            self.train_requested.emit(self.request())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The window's key for Train rests while a person types; what they typed is taken, and the key comes here."""
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.press()
            return
        super().keyPressEvent(event)

    # -- what it shows

    def show_facts(self, facts: TrainFacts) -> None:
        """Show other figures; what the person chose stays chosen where it is still there."""
        self.facts, self._is_known = facts, True
        now = Option(NOW, f"{rows_words(facts.rows)}, as they are now", "frozen when you press Train")
        options = [now, *(Option(str(s.id), *snapshot_words(s)) for s in facts.snapshots)]
        self.rows.set_options(options, self.rows.current or NOW)
        bases = [self._option(facts, m.name) for m in facts.models]
        self.base.set_options(bases, facts.model or STARTER)
        self._show_places(facts)
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

    def show_running(self, is_running: bool, waiting: int = 0) -> None:
        """Whether a run goes on where the next one would be, and how many wait already."""
        if (is_running, waiting) != (self._is_running, self._waiting):
            self._is_running, self._waiting = is_running, waiting
            self._show_button()

    def show_busy(self, words: str) -> None:
        """What is being done between the press and the run ("Freezing 91 rows"); empty when it is done."""
        self._busy = words
        self._show_button()

    def _enable(self, is_free: bool) -> None:
        """Put both buttons to use or out of it. The keyboard waits here meanwhile: Qt would give it to whatever comes
        next, which Space then presses."""
        for button in (self.button, self.several):
            if button.hasFocus() and not is_free:
                self._pressed = button
                self.setFocus()
            button.setEnabled(is_free)
        if is_free and self._pressed is not None:
            if self.hasFocus():
                self._pressed.setFocus()
            self._pressed = None

    def _show_button(self) -> None:
        problem = self.problem
        text = "Train next" if self._is_running or self._waiting else "Train"
        if text == "Train" and not self.facts.is_advised:
            text = "Train anyway"
        if text != self.button.text():
            self.button.set_text(text)
        self.button.set_primary(text == "Train")
        self._enable(not self._busy and not problem)
        self.button.setToolTip(problem)
        said = self._busy or (problem if self._is_known else "")
        if not said and text == "Train next" and not self._waiting:  # else the queue above says it
            said = "A new one waits for the one that goes on."
        self.words.setText(said)
        self.words.setVisible(bool(said))

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
            taken = self.facts.snapshot(self.rows.current)
            rows = taken.train if taken else self.facts.trained
            self.cards[preset.name].set_price(price(settings, seconds, rows))
        self.fold.set_summary(self.advanced.summary())

    def _show_lines(self) -> None:
        self.lines.show_lines(facts_of(self.facts, self.facts.snapshot(self.rows.current)), self.facts.findings)

    def _show_places(self, facts: TrainFacts) -> None:
        """Where it can be trained; with this computer alone there is nothing to choose."""
        options = [Option(name or HERE, *_place_words(title)) for name, title in facts.places]
        current = self.place.current
        if facts.usual_place != self._usual_place:  # it was made just now, or this is the first look
            self._usual_place = facts.usual_place
            current = self._last_place = facts.usual_place or HERE
        self.place.set_options([*options, Option(MORE, "Other places…", "add, check or remove")], current)
        self._where.setVisible(len(facts.places) > 1)

    def _on_place_chosen(self, key: str) -> None:
        if key == MORE:
            self.place.set_options(self.place.options, self._last_place)
            self.places_requested.emit()
            return
        self._last_place = key
        self._on_edited()

    def _on_folded(self, is_open: bool) -> None:
        """Unfolded, the numbers come into view."""
        self.advanced.setVisible(is_open)
        if is_open:
            self._scroll_later(lambda: self._scroll.verticalScrollBar().setValue(self.fold.y() - space(3)))

    def _bring_into_view(self, fold: QWidget, body: QWidget) -> None:
        """Scroll until what was unfolded is seen, its title at the top where it is higher than the panel."""

        def scroll() -> None:
            bar = self._scroll.verticalScrollBar()
            top = fold.mapTo(self._inner, QPoint(0, 0)).y() - space(3)
            bottom = body.mapTo(self._inner, QPoint(0, body.height())).y() + space(2)
            bar.setValue(min(top, max(bar.value(), bottom - self._scroll.viewport().height())))

        self._scroll_later(scroll)

    def _scroll_later(self, scroll: Callable[[], None]) -> None:
        """Scroll once the layout has made room for what was unfolded: by then the bar has another range. Where all
        fits there is nothing to scroll."""
        self._bring = scroll
        self._unfolding.start()

    def _on_room_made(self) -> None:
        if self._unfolding.isActive():
            self._bring()

    def _on_preset(self) -> None:
        now = self.advanced.settings()
        kept = {name: getattr(now, name) for name in ("max_tokens", "seed", "probe")}
        self.advanced.show_settings(replace(self.preset.settings, **kept))
        self._on_edited()

    def restore(self, preset: str, settings: TrainSettings) -> None:
        """A preset with the numbers that were turned, as they were left; the maximum of tokens is the library's."""
        limit = self.advanced.settings().max_tokens
        self.cards[preset].setChecked(True)
        base = replace(self.preset.settings, max_tokens=limit, seed=settings.seed, probe=settings.probe)
        self.advanced.show_settings(base, replace(settings, max_tokens=limit))
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window the cards and the queue take less, so that all presets are seen at once."""
        super().resizeEvent(event)
        is_low = self.height() < _LOW * growth()
        for card in self.cards.values():
            card.set_low(is_low)
        self.queue.set_low(is_low)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()


def _place_words(title: str) -> tuple[str, str]:
    """ "studio (studio.local, over ssh)" as a title and a second line."""
    name, _, rest = title.partition(" (")
    return name, rest.rstrip(")") or "in Curator’s own process"
