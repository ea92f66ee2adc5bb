"""The runs as a table: one line a run, newest first until the person sorts otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import fill
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

_READ = 800  # characters of a note or a name that are told in a line or a tooltip

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class RunLine:
    """One line in words. `curve` holds the validation losses, `is_live` says whether it still moves, `ink` is what it
    wears while it is laid over another. `figures` are the last and the best validation loss, the passes and the seconds
    that the words tell; None where they tell none."""

    run: Run
    name: str
    words: str
    best: str
    passes: str
    base: str
    time: str
    curve: tuple[float, ...]
    is_live: bool
    figures: tuple[float | None, float | None, float | None, float | None]
    ink: str = ""
    ahead: int = -1

    @property
    def has_failed(self) -> bool:
        """Whether it ended in a way the person should look at."""
        return self.run.state in (JobState.FAILED, JobState.INTERRUPTED)


def one_line(text: str) -> str:
    """A text of any length as one line, cut where nobody would read on: each paint measures all of it."""
    return " ".join(text[:_READ].split()) + (" …" if len(text) > _READ else "")


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
    best = best if best is not None and math.isfinite(best) else None
    curve = tuple(loss for loss in curve if math.isfinite(loss))
    is_untimed = waits or (live and seconds < 1)
    return RunLine(
        run=run,
        name=one_line(run.name),
        words=one_line(result_words(run, ahead)),
        best="–" if best is None else f"{best:.2f}",
        passes=planned if waits or reached == planned else f"{reached} of {planned}",
        base=title or run.model,
        time="" if is_untimed else f"{duration(seconds)} so far" if live else duration(seconds),
        curve=curve,
        is_live=live,
        figures=(curve[-1] if curve else None, best, None if waits else passes, None if is_untimed else seconds),
        ink=ink,
        ahead=ahead,
    )


_Source = tuple[Run, RunProgress | None, str, str, int]  # what a line is made of, as `line_of` takes it


def _is_same(old: _Source, new: _Source) -> bool:
    """Whether both give the same line; the progress is compared by identity, since it holds every step."""
    return old[1] is new[1] and old[0] == new[0] and old[2:] == new[2:]


def _whole(line: RunLine) -> str:
    """Name and words in lines of a readable width, for the tooltip, which breaks none by itself."""
    return "\n".join(fill(text, 80) for text in (line.name, line.words) if text)


_KEYS: tuple[Callable[[RunLine], Any], ...] = (
    lambda line: line.name.casefold(),
    lambda line: line.figures[0],
    lambda line: line.figures[1],
    lambda line: line.figures[2],
    lambda line: line.run.rows,
    lambda line: line.base.casefold(),
    lambda line: line.figures[3],
)
"""What each column is sorted by: the figure that its cell tells, None where it tells none."""


class RunTableModel(QAbstractTableModel):
    """Runs in memory: dozens, and now and then a thousand. They are read twice a second while one is trained, so a line
    whose run has not moved is kept: 1,000 lines made anew take 20 ms of the window's thread."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[RunLine] = []
        self._made: dict[int, tuple[_Source, RunLine]] = {}
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
        made: dict[int, tuple[_Source, RunLine]] = {}
        for r in runs:
            source = r, progress.get(r.id), titles.get(r.model, ""), inks.get(r.id, ""), place.get(r.id, -1)
            known = self._made.get(r.id)
            made[r.id] = known if known is not None and _is_same(known[0], source) else (source, line_of(*source))
        self._made = made
        lines = self._order([line for _source, line in made.values()])
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
            self._lines[row] = replace(line, run=replace(line.run, name=name), name=one_line(name))
            self.dataChanged.emit(self.index(row, 0), self.index(row, 0))

    def _order(self, lines: list[RunLine]) -> list[RunLine]:
        """What goes on first, then what waits in its order, then the newest; sorted by a column, those that it tells
        nothing of stand last either way."""
        lines = sorted(lines, key=lambda line: (not line.is_live, line.ahead < 0, line.ahead, -line.run.id))
        if self._sorted is not None:
            column, order = self._sorted
            keyed = [(_KEYS[column](line), line) for line in lines]
            told = [pair for pair in keyed if pair[0] is not None]
            told.sort(key=lambda pair: pair[0], reverse=order is Qt.SortOrder.DescendingOrder)
            lines = [line for _key, line in told] + [line for key, line in keyed if key is None]
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
            return _whole(line) if index.column() == 0 else None
        if role == Qt.ItemDataRole.DisplayRole:
            return (line.name, "", line.best, line.passes, str(line.run.rows), line.base, line.time)[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(line) if index.column() == 0 else None
        return None

    @staticmethod
    def _spoken(line: RunLine) -> str:
        parts = (
            line.name,
            str(line.run.state),
            line.words,
            f"best validation {line.best}",
            f"{line.passes} passes",
        )
        return ", ".join(p for p in (*parts, rows_words(line.run.rows), line.base, line.time) if p)
