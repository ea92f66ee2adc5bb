"""All runs below the one that is looked at, or those in the trash; a quiet line turns from one to the other."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from curator.ui.controls import Button, ElidedText, column, row
from curator.ui.models.run_reading import RunsNow
from curator.ui.theme import space, tall
from curator.ui.views.question import Question
from curator.ui.views.run_table import RunTable

_HINT = "Space lays a run over the others you look at"


class RunList(QWidget):
    """The table with its line below."""

    turned = Signal(bool)  # whether the trash is shown now
    empty_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shows_trash = False
        self.table = RunTable()
        self.hint = ElidedText("", "small", "text3")
        self.empty = Button("Empty the trash…", flat=True, small=True)
        self.turn = Button("Trash", "trash", flat=True, small=True)
        self.question = Question()
        self._foot = QWidget()
        foot = row(self.hint, self.empty, self.turn, spacing=2, margins=(3, 1, 0, 2))
        foot.setStretch(0, 1)
        self._foot.setLayout(foot)
        self._foot.setFixedHeight(tall(24, "small-strong") + space(3))
        box = column(self.question, self.table, self._foot)
        box.addStretch(0)
        self.setLayout(box)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)  # few runs leave room to the chart
        self.turn.clicked.connect(lambda: self.show_trash(not self.shows_trash))
        self.empty.clicked.connect(self._ask_empty)
        self._count = 0

    def show_trash(self, shows: bool) -> None:
        """Turn to the trash, or back to the runs."""
        self.shows_trash = shows
        self.question.close_question()
        self.turned.emit(shows)

    def show_runs(self, now: RunsNow, titles: Mapping[str, str], inks: Mapping[int, str]) -> None:
        """Show what is there now."""
        self._count = len(now.trashed)
        if not self._count:
            self.shows_trash = False
        runs = now.trashed if self.shows_trash else now.runs
        self.table.set_runs(runs, now.progress, titles, inks, now.waiting)
        self.table.setAccessibleName("Runs in the trash" if self.shows_trash else "Runs")
        words = f"Trash, {self._count}" if not self.shows_trash else "Back to the runs"
        if self.turn.text() != words:
            self.turn.set_text(words)
        self.turn.setVisible(bool(self._count))
        self.empty.setVisible(self.shows_trash)
        hint = "In the trash; nothing is gone until it is emptied." if self.shows_trash else ""
        if not self.shows_trash and len(runs) > 1:
            hint = _HINT if not inks else f"{_HINT}; again takes it away"
        self.hint.setText(hint)
        self._foot.setVisible(bool(hint) or bool(self._count))

    def _ask_empty(self) -> None:
        runs = "1 run" if self._count == 1 else f"{self._count} runs"
        words = f"Delete {runs} for good, with what they learned?"
        self.question.ask(words, "Empty the trash", "Keep them", self.empty_requested.emit, grave=True)
