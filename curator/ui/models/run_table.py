"""The runs as a table: one line a run, newest first until the person sorts otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from curator.core.job import JobState
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.ui.models.amounts import duration, passes_words, rows_words
from curator.ui.models.run_words import result_words
from curator.ui.models.train_facts import passes_of

RUN_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""Answers a `RunLine`, all that the delegate paints."""

COLUMNS = ("Run", "Validation", "Best", "Passes", "Rows", "Base", "Time")

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class RunLine:
    """One line in words. `curve` holds the validation losses, `is_live` says whether it still moves, `ink` is what it
    wears while it is laid over another."""

    run: Run
    words: str
    best: str
    passes: str
    base: str
    time: str
    curve: tuple[float, ...]
    is_live: bool
    ink: str = ""
    ahead: int = -1

    @property
    def has_failed(self) -> bool:
        """Whether it ended in a way the person should look at."""
        return self.run.state in (JobState.FAILED, JobState.INTERRUPTED)


def line_of(run: Run, progress: RunProgress | None, title: str = "", ink: str = "", ahead: int = -1) -> RunLine:
    """The line of a run; the progress, where given, is newer than what the table of runs keeps. `ahead` says how many
    wait before it."""
    waits = run.state is JobState.QUEUED
    live = not run.state.is_over and not waits
    passes, seconds, curve, best = run.passes, run.seconds, run.curve, run.best_loss
    total = passes_of(run.settings, run.rows) or run.settings.passes
    if progress is not None:
        passes = max(passes, progress.passes)
        seconds = max(seconds, progress.elapsed)
        curve = tuple(p.loss for p in progress.valid) or curve
        best = progress.best.loss if progress.best is not None else best
        total = progress.total_passes or total
    reached = passes_words(passes)
    planned = passes_words(total)
    return RunLine(
        run=run,
        words=result_words(run, ahead),
        best="–" if best is None else f"{best:.2f}",
        passes=planned if waits or reached == planned else f"{reached} of {planned}",
        base=title or run.model,
        time="" if waits or (live and seconds < 1) else f"{duration(seconds)} so far" if live else duration(seconds),
        curve=curve,
        is_live=live,
        ink=ink,
        ahead=ahead,
    )


_KEYS: tuple[Callable[[RunLine], Any], ...] = (
    lambda line: line.run.name.casefold(),
    lambda line: line.curve[-1] if line.curve else float("inf"),
    lambda line: line.run.best_loss if line.run.best_loss is not None else float("inf"),
    lambda line: line.run.passes,
    lambda line: line.run.rows,
    lambda line: line.base.casefold(),
    lambda line: line.run.seconds,
)


class RunTableModel(QAbstractTableModel):
    """Runs in memory: there are dozens, not thousands."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[RunLine] = []
        self._sorted: tuple[int, Qt.SortOrder] | None = None

    def set_runs(
        self,
        runs: Sequence[Run],
        progress: Mapping[int, RunProgress],
        titles: Mapping[str, str],
        inks: Mapping[int, str] = MappingProxyType({}),
        waiting: Sequence[int] = (),
    ) -> None:
        """Show these runs. Lines that stay in their place are repainted only if they changed."""
        place = {run: i for i, run in enumerate(waiting)}
        lines = self._order(
            [
                line_of(r, progress.get(r.id), titles.get(r.model, ""), inks.get(r.id, ""), place.get(r.id, -1))
                for r in runs
            ]
        )
        if [line.run.id for line in lines] != [line.run.id for line in self._lines]:
            self.beginResetModel()
            self._lines = lines
            self.endResetModel()
            return
        for i, (old, new) in enumerate(zip(self._lines, lines, strict=True)):
            if old != new:
                self._lines[i] = new
                self.dataChanged.emit(self.index(i, 0), self.index(i, len(COLUMNS) - 1))

    def rename(self, run: int, name: str) -> None:
        """Show a new name at once; the library says it again a moment later."""
        row = self.row_of(run)
        if row >= 0:
            line = self._lines[row]
            self._lines[row] = replace(line, run=replace(line.run, name=name))
            self.dataChanged.emit(self.index(row, 0), self.index(row, 0))

    def _order(self, lines: list[RunLine]) -> list[RunLine]:
        """What goes on first, then what waits in its order, then the newest."""
        lines = sorted(lines, key=lambda line: (not line.is_live, line.ahead < 0, line.ahead, -line.run.id))
        if self._sorted is not None:
            column, order = self._sorted
            lines.sort(key=_KEYS[column], reverse=order is Qt.SortOrder.DescendingOrder)
        return lines

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 goes back to the newest first."""
        self._sorted = None if column < 0 else (column, order)
        self.layoutAboutToBeChanged.emit()
        before = [line.run.id for line in self._lines]
        self._lines = self._order(self._lines)
        place = {line.run.id: i for i, line in enumerate(self._lines)}
        held = self.persistentIndexList()
        self.changePersistentIndexList(held, [self.index(place[before[i.row()]], i.column()) for i in held])
        self.layoutChanged.emit()

    @property
    def sorted_by(self) -> tuple[int, Qt.SortOrder] | None:
        """Column and order the person chose, None while the newest stands first."""
        return self._sorted

    def line(self, row: int) -> RunLine | None:
        """The line at a place, None when there is none."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def row_of(self, run: int) -> int:
        """Where a run stands, -1 when it is not here."""
        return next((i for i, line in enumerate(self._lines) if line.run.id == run), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole and section < len(COLUMNS):
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.line(index.row()) if index.isValid() else None
        if line is None:
            return None
        if role == RUN_ROLE:
            return line
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{line.run.name}\n{line.words}".strip() if index.column() == 0 else None
        if role == Qt.ItemDataRole.DisplayRole:
            return (line.run.name, "", line.best, line.passes, str(line.run.rows), line.base, line.time)[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(line) if index.column() == 0 else None
        return None

    @staticmethod
    def _spoken(line: RunLine) -> str:
        parts = (
            line.run.name,
            str(line.run.state),
            line.words,
            f"best validation {line.best}",
            f"{line.passes} passes",
        )
        return ", ".join(p for p in (*parts, rows_words(line.run.rows), line.base, line.time) if p)
