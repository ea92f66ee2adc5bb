"""What the sidebar lists: watched folders, queues, tags and projects, each with its count and the query behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from curator.core.format import title_of
from curator.core.query import Counts, ExchangeQuery, WatchedFolder
from curator.core.row import State

Index = QModelIndex | QPersistentModelIndex
PROJECTS = 12  # shown at most; the search finds the others


class Role(IntEnum):
    """What the delegate asks for."""

    SOURCE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Source:
    """A line of the sidebar. `key` names it over restarts; a heading has no query; `mark` is an icon or a dot."""

    key: str
    title: str
    count: int = 0
    mark: str = ""
    query: ExchangeQuery | None = field(default=None)
    hint: str = ""

    @property
    def is_heading(self) -> bool:
        """Whether it only names what follows."""
        return self.query is None


def _queues(c: Counts) -> list[Source]:
    def queue(name: str, title: str, count: int, mark: str, query: ExchangeQuery) -> Source:
        return Source(f"queue:{name}", title, count, mark, query)

    def state(s: State) -> ExchangeQuery:
        return ExchangeQuery(states=frozenset({s}))

    lines = [
        queue("unreviewed", "To review", c.unreviewed, "circle", state(State.UNREVIEWED)),
        queue("clean", "Clean", c.clean, "check-circle", state(State.CLEAN)),
        queue("later", "Later", c.later, "clock", state(State.LATER)),
        queue("rejected", "Rejected", c.rejected, "x", state(State.REJECTED)),
    ]
    if c.flagged:
        lines.append(queue("flagged", "Flagged", c.flagged, "flag", ExchangeQuery(flagged=True)))
    if c.secret:
        lines.append(queue("secret", "Has a secret", c.secret, "secret", ExchangeQuery(signal="secret")))
    lines.append(queue("all", "All exchanges", c.total - c.hidden, "library", ExchangeQuery()))
    return lines


def sources_of(counts: Counts, watched: Iterable[WatchedFolder] = ()) -> list[Source]:
    """The whole list for these figures, headings included. Groups without lines are left out."""
    folders = {f.id: f for f in watched}
    tallies = {root: count for root, _, count in counts.roots}
    names = {root: name for root, name, _ in counts.roots}
    roots = [
        Source(
            f"root:{id}",
            folders[id].name if id in folders else names.get(id, ""),
            tallies.get(id, 0),
            "live" if id in folders and not folders[id].is_missing else "rest",
            ExchangeQuery(root=id),
            folders[id].path if id in folders else "",
        )
        for id in dict.fromkeys([*folders, *tallies])
    ]
    formats = [
        Source(f"format:{name}", title_of(name), count, "file", ExchangeQuery(format=name))
        for name, count in counts.formats
    ]
    tags = [Source(f"tag:{name}", name, count, "tag", ExchangeQuery(tag=name)) for name, count in counts.tags]
    projects = [
        Source(f"project:{name}", _short(name), count, "folder", ExchangeQuery(project=name), name)
        for name, count in counts.projects[:PROJECTS]
        if name
    ]
    groups = [("Watched folders", roots), ("Queues", _queues(counts)), ("Tags", tags), ("Projects", projects)]
    if len(formats) > 1 or not roots:
        groups.append(("Formats", formats))
    lines: list[Source] = []
    for title, group in groups:
        if group:
            lines += [Source(f"heading:{title}", title), *group]
    return lines


def _short(project: str) -> str:
    """The last part of a project's path, as the person calls it."""
    return project.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or project


class SourceList(QAbstractListModel):
    """A small list; new figures repaint the lines whose count moved, and keep the others."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[Source] = []

    def set_lines(self, lines: list[Source]) -> None:
        """Show these. Selection survives as long as the same keys stand in the same order."""
        if [x.key for x in lines] == [x.key for x in self._lines]:
            changed = [i for i, (old, new) in enumerate(zip(self._lines, lines, strict=True)) if old != new]
            self._lines = lines
            for i in changed:
                self.dataChanged.emit(self.index(i), self.index(i))
            return
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def source(self, row: int) -> Source | None:
        """The line of a row."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def row_of(self, key: str) -> int:
        """Where a line stands; -1 when it is gone."""
        return next((i for i, x in enumerate(self._lines) if x.key == key), -1)

    def lines(self) -> list[Source]:
        """All lines, headings included."""
        return list(self._lines)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.source(index.row()) if index.isValid() else None
        if line is None:
            return None
        if role == Role.SOURCE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            return line.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return line.title if line.is_heading else f"{line.title}, {line.count:,} exchanges"
        if role == Qt.ItemDataRole.ToolTipRole:
            return line.hint or None
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        line = self.source(index.row()) if index.isValid() else None
        if line is None or line.is_heading:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
