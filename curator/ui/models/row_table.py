"""The clean rows as a table: text, tags, tokens, and what a freeze would do with each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from curator.core.budget import RowBudget, Usage
from curator.core.row import Row
from curator.core.snapshot import LeftOut, Split

ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""Answers a `RowLine`, all that the delegate paints."""

COLUMNS = ("Prompt and response", "Tags", "Prompt | response", "Tokens", "Split")
PROMPT, TAGS, BAR, TOKENS, SPLIT = range(5)

Index = QModelIndex | QPersistentModelIndex

_SPLIT_WORDS = {Split.TRAIN: "train", Split.VALID: "held out", Split.TEST: "test"}
_SHOWN_CHARACTERS = 240  # of a text in one line of the table


@dataclass(frozen=True, slots=True)
class RowLine:
    """One clean row. `split` is None when it is left out, and `reason` says why in a sentence."""

    id: int
    prompt: str
    response: str
    tags: tuple[str, ...]
    usage: Usage
    split: Split | None
    reason: str
    is_edited: bool
    searched: str  # prompt and response, casefolded

    @property
    def split_words(self) -> str:
        """What a freeze does with it: "train", "held out", "test" or "left out"."""
        return _SPLIT_WORDS[self.split] if self.split is not None else "left out"


def lines_of(
    rows: Iterable[Row], budgets: Iterable[RowBudget], splits: Mapping[int, Split], left_out: Iterable[LeftOut]
) -> list[RowLine]:
    """The lines of the table, in the rows' order. A row that is not counted yet has no tokens."""
    usages = {budget.row: budget.usage for budget in budgets}
    reasons = {left.row: left.reason for left in left_out}
    return [
        RowLine(
            id=row.id,
            prompt=_one_line(row.prompt),
            response=_one_line(row.response),
            tags=row.tags,
            usage=usages.get(row.id, Usage(0, 0)),
            split=splits.get(row.id),
            reason=reasons.get(row.id, ""),
            is_edited=row.revision > 0,
            searched=f"{row.prompt}\n{row.response}".casefold(),
        )
        for row in rows
    ]


def _one_line(text: str) -> str:
    return " ".join(text[: _SHOWN_CHARACTERS * 2].split())[:_SHOWN_CHARACTERS]


_KEYS: tuple[Callable[[RowLine], Any], ...] = (
    lambda line: line.prompt.casefold(),
    lambda line: line.tags,
    lambda line: line.usage.total,
    lambda line: line.usage.total,
    lambda line: line.split_words,
)


class RowTableModel(QAbstractTableModel):
    """The rows in memory: some hundreds, at most some thousands. Filtering and sorting keep the text out of SQLite."""

    def __init__(self) -> None:
        super().__init__()
        self.limit = 2048
        self._all: list[RowLine] = []
        self._lines: list[RowLine] = []
        self._text = ""
        self._ids: frozenset[int] | None = None
        self._sorted: tuple[int, Qt.SortOrder] | None = (TOKENS, Qt.SortOrder.DescendingOrder)

    def set_lines(self, lines: Sequence[RowLine], limit: int) -> None:
        """Show these rows under this maximum of tokens."""
        self._all = list(lines)
        if limit != self.limit:
            self.limit = limit
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, BAR, BAR)
        self._renew()

    def set_filter(self, text: str, ids: frozenset[int] | None) -> None:
        """Show only rows that say `text` and, where given, are among `ids`."""
        self._text, self._ids = text.casefold().strip(), ids
        self._renew()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 takes the library's order."""
        self._sorted = None if column < 0 else (column, order)
        self._renew()

    @property
    def sorted_by(self) -> tuple[int, Qt.SortOrder] | None:
        """Column and order of the rows, None for the library's order."""
        return self._sorted

    def _renew(self) -> None:
        lines = [
            line
            for line in self._all
            if (self._ids is None or line.id in self._ids) and (not self._text or self._text in line.searched)
        ]
        if self._sorted is not None:
            column, order = self._sorted
            lines.sort(key=_KEYS[column], reverse=order is Qt.SortOrder.DescendingOrder)
        if [line.id for line in lines] == [line.id for line in self._lines]:
            changed = [i for i, (old, new) in enumerate(zip(self._lines, lines, strict=True)) if old != new]
            self._lines = lines
            for i in changed:
                self.dataChanged.emit(self.index(i, 0), self.index(i, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def line(self, row: int) -> RowLine | None:
        """The line at a place, None when there is none."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def place_of(self, id: int) -> int:
        """Where a row stands, -1 when it is not shown."""
        return next((i for i, line in enumerate(self._lines) if line.id == id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole and section < len(COLUMNS):
            return f"{COLUMNS[BAR]} of {self.limit:,}" if section == BAR else COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.line(index.row()) if index.isValid() else None
        if line is None:
            return None
        if role == ROW_ROLE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            tokens = f"{'≈ ' if line.usage.is_estimate else ''}{line.usage.total:,}"
            return (line.prompt, ", ".join(line.tags), "", tokens, line.split_words)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return line.reason or (line.prompt if index.column() == PROMPT else None)
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == PROMPT:
            said = (line.prompt, f"{line.usage.total:,} of {self.limit:,} tokens", line.split_words, line.reason)
            return ", ".join(part for part in (*said, *line.tags) if part)
        return None
