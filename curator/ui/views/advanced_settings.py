"""The numbers of a run, folded away: each with its name, its field and a sentence that says what turning it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QAbstractSpinBox, QVBoxLayout, QWidget

from curator.core.settings import TrainSettings, rate_words
from curator.ui.controls import Button, Item, Segments, Text, column, row
from curator.ui.models.amounts import passes_words
from curator.ui.models.setting_hints import GROUPS, Hint, HintGroup
from curator.ui.theme import space
from curator.ui.views.choices import Fold
from curator.ui.views.rate_finder import RateFinder
from curator.ui.views.setting_widgets import ChoiceEntry, Entry, RateEntry, RealEntry, WholeEntry, WordsEntry

_REPORTS = "Where it is installed. W&B sends the figures, and no row, to your account."
_NO_YES = ((False, "No"), (True, "Yes"))
_MAKERS: dict[str, Callable[[], QWidget]] = {
    "learning_rate": RateEntry,
    "passes": lambda: RealEntry(0.05, 100, 0.5, 2),
    "iterations": lambda: WholeEntry(1, 1_000_000),
    "batch_size": lambda: WholeEntry(1, 64),
    "accumulate": lambda: WholeEntry(1, 64),
    "warmup": lambda: RealEntry(0, 0.5, 0.01, 2),
    "final_rate": lambda: RealEntry(0, 1, 0.05, 2),
    "clip": lambda: RealEntry(0, 100, 0.1, 2, "never"),
    "weight_decay": lambda: RealEntry(0, 1, 0.01, 3),
    "method": lambda: ChoiceEntry((("lora", "LoRA"), ("dora", "DoRA"))),
    "rank": lambda: WholeEntry(1, 256),
    "scale": lambda: RealEntry(0.1, 64, 0.5, 1),
    "is_rank_stabilized": lambda: ChoiceEntry(_NO_YES),
    "dropout": lambda: RealEntry(0, 0.9, 0.05, 2),
    "layers": lambda: WholeEntry(-1, 200, 1, "all"),
    "max_tokens": lambda: WholeEntry(64, 131_072, 256),
    "seed": lambda: WholeEntry(0, 2_147_483_647),
    "evals_per_pass": lambda: RealEntry(0, 50, 1, 2, "never"),
    "patience": lambda: WholeEntry(0, 1000, 1, "to the end"),
    "probe": lambda: WordsEntry("A question it should answer your way"),
    "is_sparing": lambda: ChoiceEntry(_NO_YES),
    "checkpoint_seconds": lambda: RealEntry(1, 86_400, 30, 0),
    "segment_minutes": lambda: RealEntry(0, 1440, 10, 0, "never"),
}


class AdvancedSettings(QWidget):
    """`changed()` is said when the person turned a number; `settings()` answers them all. The fields are made when the
    person first looks at them: there are two dozen."""

    help_page = "training#every-number"

    changed = Signal()
    reset_requested = Signal()
    places_requested = Signal()
    unfolded = Signal(object, object)  # the title of a group and its numbers, which are shown now

    def __init__(self) -> None:
        super().__init__()
        self._base = self._now = TrainSettings()
        self._entries: dict[str, Entry] = {}
        self._folds: list[tuple[Fold, HintGroup]] = []
        self.finder = RateFinder()
        self.finder.hide()
        self.reset = Button("Back to the preset", "undo", flat=True, small=True)
        self.reset.clicked.connect(self.reset_requested)
        self.places = Button("Train elsewhere…", "terminal", flat=True, small=True)
        self.places.setToolTip("Another Python, another computer over ssh, or several together")
        self.places.clicked.connect(self.places_requested)
        self.finder.taken.connect(self._on_rate_taken)
        self.reports = ChoiceEntry((((), "None"), (("tensorboard",), "TensorBoard"), (("wandb",), "W&B")))
        self.unit = Segments(["Passes", "Iterations"], 0)
        self.unit.chosen.connect(self._on_unit_chosen)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, space(1), 0, space(1))
        self._box.setSpacing(space(1))
        self._show_reset()

    # -- building, when it is first looked at

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.build()

    def build(self) -> None:
        """Make the fields, if they are not there yet."""
        if self._entries:
            return
        for name, make in _MAKERS.items():
            entry = cast(Entry, make())
            self._entries[name] = entry
            entry.set_value(getattr(self._now, name))
            entry.on_edited(self._on_edited)
        self.field("layers").setMinimum(-1)
        for i, group in enumerate(GROUPS):
            fold = Fold(group.title)
            body = QWidget()
            lines: list[Item] = [item for hint in group.hints for item in (self._line(hint), 3)]
            if group.title == "Watching":
                lines += [self._reports_line(), 3]
            if group is GROUPS[-1]:
                lines += [row(self.places, None), 3]
            body.setLayout(column(1, *lines, margins=(5, 0, 0, 0)))
            fold.setChecked(i == 0)
            body.setVisible(i == 0)
            fold.toggled.connect(body.setVisible)
            fold.toggled.connect(lambda on, fold=fold, body=body: self.unfolded.emit(fold, body) if on else None)
            self._box.addWidget(fold)
            self._box.addWidget(body)
            self._folds.append((fold, group))
        self._box.addLayout(row(None, self.reset))
        self._show_unit()
        self._show_summaries()

    def field(self, name: str) -> Any:
        """The field of a number, by its name in `TrainSettings`."""
        self.build()
        return self._entries[name]

    def _line(self, hint: Hint) -> QWidget:
        line, words = QWidget(), Text(hint.words, "small", "text3", wrap=True)
        title: QWidget = Text(hint.title, "small-strong", "text2") if hint.title else self.unit
        if hint.name == "length":
            field = QWidget()
            field.setLayout(row(self.field("passes"), self.field("iterations"), spacing=0))
        else:
            field = self.field(hint.name)
        if isinstance(field, WordsEntry):
            line.setLayout(column(title, 1, field, words, spacing=0.5))
        elif hint.name == "learning_rate":
            line.setLayout(column(row(title, None, self.finder.button, field), words, self.finder, spacing=0.5))
            self.finder.setVisible(self.finder.has_something)
        else:
            line.setLayout(column(row(title, None, field), words, spacing=0.5))
        for one in (field, *field.findChildren(QAbstractSpinBox)):
            one.setAccessibleName(hint.title or "How long")
            one.setAccessibleDescription(hint.words)
            one.setToolTip(hint.words)
        return line

    def _reports_line(self) -> QWidget:
        line, words = QWidget(), Text(_REPORTS, "small", "text3", wrap=True)
        title = Text("Figures also for", "small-strong", "text2")
        line.setLayout(column(title, 1, row(self.reports, None), words, spacing=0.5))
        self.reports.setAccessibleName(title.text())
        self.reports.setAccessibleDescription(_REPORTS)
        self.reports.setToolTip(_REPORTS)
        return line

    # -- the numbers

    @property
    def report_to(self) -> tuple[str, ...]:
        """The programs that the figures of the next run are also written for. Not kept over a restart: one of them
        sends them away."""
        return tuple(self.reports.value())

    def settings(self) -> TrainSettings:
        """The numbers as they stand."""
        if not self._entries:
            return self._now
        values = {name: entry.value() for name, entry in self._entries.items()}
        for name, value in values.items():  # a field shows fewer digits than a number may have
            kept = getattr(self._now, name)
            if isinstance(value, float) and abs(value - kept) < 1e-9:
                values[name] = kept
        if self.unit.current == 0:
            values["iterations"] = 0
        if values["layers"] == 0:
            values["layers"] = -1
        return replace(self._base, **values)

    def show_settings(self, base: TrainSettings, now: TrainSettings | None = None) -> None:
        """Put these numbers into the fields, without saying so: the preset's, or those that were turned since."""
        self._base = base
        settings = self._now = now or base
        for name, entry in self._entries.items():
            entry.set_value(getattr(settings, name))
        if self._entries and not settings.iterations:
            self._entries["iterations"].set_value(200)
        self.unit.set_current(1 if settings.iterations else 0)
        self._show_unit()
        self._show_reset()

    def set_limit(self, max_tokens: int) -> None:
        """Another maximum, chosen elsewhere; it counts as the preset's."""
        if max_tokens != self._base.max_tokens:
            self._base = replace(self._base, max_tokens=max_tokens)
            self._now = replace(self._now, max_tokens=max_tokens)
            if self._entries:
                self._entries["max_tokens"].set_value(max_tokens)
            self._show_reset()

    def summary(self) -> str:
        """The values in short; how long it goes only where it is not what the preset says."""
        s = self.settings()
        words = f"rate {rate_words(s.learning_rate)} · rank {s.rank} · batch {s.batch_size}"
        if s.iterations:
            return words if s.iterations == self._base.iterations else f"{words} · {s.iterations:,} it."
        return words if s.passes == self._base.passes else f"{words} · {passes_words(s.passes)} p."

    @property
    def is_changed(self) -> bool:
        """Whether a number differs from the preset's."""
        return self.settings() != self._base

    def _on_rate_taken(self, rate: float) -> None:
        self.field("learning_rate").set_value(rate)
        self._on_edited()

    def _on_unit_chosen(self, index: int) -> None:
        self._show_unit()
        self._on_edited()

    def _show_unit(self) -> None:
        if self._entries:
            self.field("passes").setVisible(self.unit.current == 0)
            self.field("iterations").setVisible(self.unit.current == 1)

    def _show_reset(self) -> None:
        self.reset.setEnabled(self.is_changed)
        self._show_summaries()

    def _show_summaries(self) -> None:
        """Which numbers of a group are not the preset's, so that it need not be opened to be known."""
        now = self.settings()
        for fold, group in self._folds:
            names = [h.title for h in group.hints if h.name != "length" and _differs(h.name, now, self._base)]
            fold.set_summary(", ".join(names) + " changed" if names else "")

    def _on_edited(self) -> None:
        self._now = self.settings()
        self._show_reset()
        self.changed.emit()


def _differs(name: str, a: TrainSettings, b: TrainSettings) -> bool:
    return bool(getattr(a, name) != getattr(b, name))
