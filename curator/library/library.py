"""The library as the rooms above see it: every read and every write there is."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from curator.core.budget import Usage
from curator.core.changes import Changes
from curator.core.query import (
    Card,
    Counts,
    ExchangeQuery,
    ExchangeView,
    SessionCard,
    UndoState,
    WatchedFolder,
)
from curator.core.row import Check, Row, State
from curator.core.run import Run
from curator.core.snapshot import Snapshot, Split
from curator.library.packed import PackedTranscript, SourceFile
from curator.library.records import SourceRecord, Stored


class Library:
    """Being built; the signatures hold."""

    folder: Path
    notices: list[str]

    @classmethod
    def open(cls, folder: Path) -> Library:
        """Open or create."""
        raise NotImplementedError

    def close(self) -> None:
        """Close."""
        raise NotImplementedError

    def store(self, source: SourceFile, packed: PackedTranscript) -> Stored:
        """Store one file."""
        raise NotImplementedError

    def store_many(self, items: Sequence[tuple[SourceFile, PackedTranscript]]) -> Stored:
        """Store many files in one transaction."""
        raise NotImplementedError

    def sources(self, root: int | None = None) -> list[SourceRecord]:
        """All known files."""
        raise NotImplementedError

    def move_source(self, source: int, path: str) -> Changes:
        """A file was renamed."""
        raise NotImplementedError

    def mark_source_gone(self, source: int) -> Changes:
        """A file was deleted."""
        raise NotImplementedError

    def record_problem(self, path: str, line: int, reason: str) -> Changes:
        """Remember what could not be read."""
        raise NotImplementedError

    def problems(self) -> list[tuple[str, int, str]]:
        """(path, line, reason)."""
        raise NotImplementedError

    def watched_folders(self) -> list[WatchedFolder]:
        """Watched folders."""
        raise NotImplementedError

    def add_watched(self, path: str | Path, name: str = "") -> tuple[int, Changes]:
        """Watch a folder."""
        raise NotImplementedError

    def remove_watched(self, root: int) -> Changes:
        """Stop watching; exchanges stay."""
        raise NotImplementedError

    def exchange_ids(self, q: ExchangeQuery) -> array[int]:
        """Ids in order."""
        raise NotImplementedError

    def cards(self, ids: Sequence[int]) -> list[Card]:
        """Cards in the order of ids."""
        raise NotImplementedError

    def exchange(self, exchange: int) -> ExchangeView:
        """One exchange."""
        raise NotImplementedError

    def counts(self) -> Counts:
        """Figures of the sidebar."""
        raise NotImplementedError

    def sessions(self) -> list[SessionCard]:
        """All sessions, newest first."""
        raise NotImplementedError

    def rows(self, states: Collection[State] = frozenset({State.CLEAN})) -> list[Row]:
        """Rows in these states."""
        raise NotImplementedError

    def row(self, exchange: int) -> Row:
        """One row."""
        raise NotImplementedError

    def set_state(self, ids: Collection[int], state: State) -> Changes:
        """Decide."""
        raise NotImplementedError

    def edit_row(self, exchange: int, prompt: str, response: str) -> Changes:
        """Edit."""
        raise NotImplementedError

    def revert_row(self, exchange: int) -> Changes:
        """Back to the original text."""
        raise NotImplementedError

    def set_check(self, ids: Collection[int], check: Check, on: bool) -> Changes:
        """Check."""
        raise NotImplementedError

    def set_flag(self, ids: Collection[int], on: bool) -> Changes:
        """Flag."""
        raise NotImplementedError

    def set_tag(self, ids: Collection[int], name: str, on: bool) -> Changes:
        """Tag."""
        raise NotImplementedError

    def save_draft(self, exchange: int, prompt: str, response: str) -> Changes:
        """Keep what is being typed."""
        raise NotImplementedError

    def clear_draft(self, exchange: int) -> Changes:
        """Forget what was being typed."""
        raise NotImplementedError

    def undo(self) -> Changes:
        """Undo."""
        raise NotImplementedError

    def redo(self) -> Changes:
        """Redo."""
        raise NotImplementedError

    def undo_state(self) -> UndoState:
        """What undo and redo would do."""
        raise NotImplementedError

    def usages(self, ids: Sequence[int], fingerprint: str) -> dict[int, Usage]:
        """Counted tokens."""
        raise NotImplementedError

    def store_usages(self, fingerprint: str, usages: Mapping[int, tuple[int, Usage]]) -> Changes:
        """Remember counted tokens: id → (packed.text_hash(prompt, response), usage)."""
        raise NotImplementedError

    def add_snapshot(self, snapshot: Snapshot, rows: Sequence[tuple[int, int, Split]]) -> Snapshot:
        """Keep a snapshot; the answer has its id."""
        raise NotImplementedError

    def snapshots(self) -> list[Snapshot]:
        """Newest first."""
        raise NotImplementedError

    def snapshot(self, snapshot: int) -> Snapshot:
        """One snapshot."""
        raise NotImplementedError

    def add_run(self, run: Run) -> Run:
        """Keep a run; the answer has its id and its path."""
        raise NotImplementedError

    def update_run(self, run: Run) -> Changes:
        """Write a run's new figures."""
        raise NotImplementedError

    def runs(self) -> list[Run]:
        """Newest first."""
        raise NotImplementedError

    def run(self, run: int) -> Run:
        """One run."""
        raise NotImplementedError

    def delete_run(self, run: int) -> Changes:
        """Forget a run; its folder stays."""
        raise NotImplementedError

    def models(self) -> list[tuple[str, str]]:
        """(name, path)."""
        raise NotImplementedError

    def add_model(self, name: str, path: str) -> Changes:
        """Remember a model folder."""
        raise NotImplementedError

    def setting(self, key: str, default: str = "") -> str:
        """A setting."""
        raise NotImplementedError

    def set_setting(self, key: str, value: str) -> Changes:
        """Change a setting."""
        raise NotImplementedError
