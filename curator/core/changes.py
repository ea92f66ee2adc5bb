"""Changes: what a write touched. Every write returns one; every view drops only what it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids touched, by kind. `lists` says that the membership or order of exchange lists changed (new, gone, other
    state), not only the text of a card; `words` is what the menu and the status line call the act."""

    exchanges: frozenset[int] = frozenset()
    sessions: frozenset[int] = frozenset()
    sources: frozenset[int] = frozenset()
    snapshots: frozenset[int] = frozenset()
    runs: frozenset[int] = frozenset()
    lists: bool = False
    rows: bool = False  # the set or the text of clean rows changed: budget and Train button follow
    tags: bool = False
    watched: bool = False
    archive: bool = False  # a whole copy was made, or is to be made
    settings: bool = False
    others: bool = False  # another process wrote: which exchanges it touched, nobody here knows
    words: str = ""

    def __or__(self, other: Changes) -> Changes:
        """Both together; the later words win."""
        return together([self, other])

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) for f in fields(self) if f.name != "words")


def together(parts: Sequence[Changes]) -> Changes:
    """All of them as one; the last words win. At once, since an import of a million exchanges has a thousand parts."""
    merged: dict[str, Any] = {}
    for f in fields(Changes):
        values = [getattr(part, f.name) for part in parts]
        if isinstance(f.default, frozenset):
            merged[f.name] = frozenset().union(*values)
        elif isinstance(f.default, str):
            merged[f.name] = next(filter(None, reversed(values)), "")
        else:
            merged[f.name] = any(values)
    return Changes(**merged)
