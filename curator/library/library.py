"""The library as the rooms above see it: its files, its exchanges and what was decided about them."""

from __future__ import annotations

import sqlite3
import threading
from array import array
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from curator.core.budget import Usage
from curator.core.changes import Changes
from curator.core.document import DocumentCard
from curator.core.errors import LibraryError
from curator.core.query import Card, Counts, ExchangeQuery, ExchangeView, SessionCard, UndoState, WatchedFolder
from curator.core.row import Check, Row, State
from curator.library import (
    decisions,
    documents,
    operations,
    reading,
    search,
    sources,
    spare_pages,
    stores,
    storing,
    tallies,
    usages,
)
from curator.library.archive import Archive
from curator.library.backups import DamagedError, is_backup_due, make_daily_backup
from curator.library.connections import Reader, Readers
from curator.library.laboratory import Laboratory
from curator.library.opening import open_file
from curator.library.packed import PackedTranscript, SourceFile
from curator.library.presence import Presence
from curator.library.present import Screen, teach
from curator.library.records import SourceRecord, Stored
from curator.library.stores import StoreMark
from curator.library.writer import VERSIONS, Writer


class Library(Laboratory):
    """A folder with `library.db`, `archive/`, `backups/`, `snapshots/` and `runs/`.

    Every method may be called from any thread. A read sees what was committed when it began. A write is one
    transaction on the library's own thread and returns when it is on the disk; then nothing can take it back but an
    undo. Every method raises `LibraryError` with a sentence when SQLite cannot do its part, and `NotFoundError` for an
    id that is not there. `notices` are sentences about what opening had to mend; show them once.
    """

    def __init__(
        self, folder: Path, db: sqlite3.Connection, presence: Presence, notices: list[str], screen: Screen
    ) -> None:
        self.notices = notices
        self._path = folder / "library.db"
        self._presence = presence
        teach(db, screen)
        self._others = int(db.execute("PRAGMA user_version").fetchone()[0])
        super().__init__(folder, Readers(self._path, screen), Writer(db))
        self.archive = Archive(folder, self._readers, self._writer)
        self._tokenizer: str | None = None
        self._backup: threading.Thread | None = None
        self._is_closed = self._is_damaged = False

    @classmethod
    def open(cls, folder: Path, screen: Screen = lambda _prompt, _response: ()) -> Library:
        """Open the library in `folder`, or begin one there: migrated (after a backup), checked after an unclean stop,
        backed up in the background once a day. `screen` finds the signals of an edited row's text. Raises
        `LibraryError`; what cannot be used is never overwritten."""
        folder = Path(folder).expanduser().absolute()
        is_old = (folder / "library.db").exists()
        library = cls(folder, *open_file(folder / "library.db"), screen)
        if is_old and is_backup_due(library._path):
            library._backup = threading.Thread(target=library._back_up, name="library-backup", daemon=True)
            library._backup.start()
        return library

    def close(self) -> None:
        """Finish every write, close every connection. Calling it twice is fine. Where the file was found damaged, the
        next one who opens it looks at it whole, as after an unclean stop, and restores the newest backup."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._backup is not None:
            self._backup.join()
        self._readers.close()
        self._writer.close()
        if self._is_damaged or self._readers.has_met_damage or self._writer.has_met_damage:
            self._presence.abandon()
        else:
            self._presence.leave()

    def others_wrote(self) -> bool:
        """Whether another process changed what lists show since this was asked last, or since the library was opened:
        a verb in a terminal, beside the window. A write of this one at the same moment may be taken for theirs."""
        moved = self._writer.moved
        with self._readers.reader() as reader:
            version = int(reader.db.execute("PRAGMA user_version").fetchone()[0])
        others = (version - moved) % VERSIONS
        before, self._others = self._others, others
        return others != before

    # Files and what was read from them

    def store(self, source: SourceFile, packed: PackedTranscript) -> Stored:
        """Store one file as it was read now; see `store_many`."""
        return self.store_many([(source, packed)])

    def store_many(self, items: Sequence[tuple[SourceFile, PackedTranscript]]) -> Stored:
        """Store files in one transaction: new exchanges are added, changed ones get their new original, unchanged ones
        are left alone; decisions stay. Those no longer in their file go, unless a person decided about them."""
        return self._writer.run(lambda db: storing.store(db, items), durable=False)

    def sources(self, root: int | None = None) -> list[SourceRecord]:
        """The known files: all, or those of one watched folder."""
        return self._read(lambda reader: sources.records(reader.db, root))

    def session_keys(self, path: str) -> list[str]:
        """The keys of the sessions that were read from the file at this path."""
        return self._read(lambda reader: sources.session_keys(reader.db, path))

    def move_sources(self, moves: Mapping[str, str]) -> Changes:
        """Files were renamed, from these paths to those, one after the other; their exchanges go with them."""
        return self._write(lambda db: sources.move(db, moves))

    def mark_sources_gone(self, paths: Collection[str]) -> Changes:
        """Files were deleted; their exchanges stay."""
        return self._write(lambda db: sources.mark_gone(db, paths))

    def record_problem(self, path: str, line: int, reason: str) -> Changes:
        """Remember what could not be read (line 0: the whole file) until the file is stored the next time."""

        def work(db: sqlite3.Connection) -> Changes:
            sources.record_problem(db, path, line, reason)
            return Changes()

        return self._write(work)

    def set_source_aside(self, source: SourceFile, reason: str) -> Changes:
        """Remember a file that cost its readers their lives, and why: it is not read again until it changes."""
        return self._write(lambda db: sources.set_aside(db, source, reason))

    def forget_problems(self, paths: Collection[str]) -> Changes:
        """What could not be read in these files is of no interest any more: they are gone."""

        def work(db: sqlite3.Connection) -> Changes:
            db.executemany("DELETE FROM problem WHERE path = ?", [(path,) for path in paths])
            return Changes()

        return self._write(work)

    def problems(self) -> list[tuple[str, int, str]]:
        """What could not be read: path, line, reason."""
        return self._read(lambda reader: reader.db.execute("SELECT * FROM problem ORDER BY path, line").fetchall())

    def store_marks(self) -> list[StoreMark]:
        """Where each database of another program is read on."""
        return self._read(lambda reader: stores.marks(reader.db))

    def documents(self) -> tuple[DocumentCard, ...]:
        """The documents beside the transcripts, in the order of their paths."""
        return self._read(lambda reader: documents.cards(reader.db))

    def document_text(self, document: int) -> str:
        """The text of one document."""
        return self._read(lambda reader: documents.text(reader.db, document))

    def watched_folders(self) -> list[WatchedFolder]:
        """The folders that are followed."""
        return self._read(lambda reader: sources.watched(reader.db))

    def add_watched(self, path: str | Path, name: str = "") -> tuple[int, Changes]:
        """Follow a folder. One that is followed already keeps its id."""
        return self._writer.run(lambda db: sources.watch(db, str(path), name))

    def remove_watched(self, root: int) -> Changes:
        """Follow a folder no longer; what was read from it stays."""
        return self._write(lambda db: sources.unwatch(db, root))

    # Reading

    def exchange_ids(self, q: ExchangeQuery) -> array[int]:
        """The ids of all exchanges that answer the query, in order."""
        return self._read(lambda reader: search.exchange_ids(reader, q))

    def cards(self, ids: Sequence[int]) -> list[Card]:
        """The cards of these exchanges, in this order. Meant for a page at a time; a page of 128 takes about 1 ms."""

        def work(reader: Reader) -> list[Card]:
            if self._tokenizer is None:
                self._tokenizer = usages.newest_tokenizer(reader.db)
            return reading.cards(reader.db, ids, self._tokenizer)

        return self._read(work)

    def texts(self, ids: Sequence[int]) -> list[tuple[str, str]]:
        """Present prompt and response of these exchanges, whole, in this order; raises NotFoundError."""
        return self._read(lambda reader: reading.texts(reader.db, ids))

    def exchange(self, exchange: int) -> ExchangeView:
        """One exchange whole."""
        return self._read(lambda reader: reading.exchange_view(reader.db, exchange))

    def counts(self) -> Counts:
        """The figures of the sidebar."""
        return self._read(lambda reader: tallies.counts(reader.db))

    def sessions(self) -> list[SessionCard]:
        """All sessions that gave exchanges, newest first."""
        return self._read(lambda reader: reading.sessions(reader.db))

    def sessions_in(self, folder: str) -> list[int]:
        """The sessions whose file lies in a folder that ends so ("resources/samples"), wherever that is."""
        return self._read(lambda reader: reading.sessions_in(reader.db, folder))

    def rows(self, states: Collection[State] = frozenset({State.CLEAN})) -> list[Row]:
        """The rows in these states with their present text, session by session."""
        return self._read(lambda reader: reading.rows(reader.db, states))

    def row(self, exchange: int) -> Row:
        """The row of one exchange, whatever its state."""
        return self._read(lambda reader: reading.row(reader.db, exchange))

    # Deciding

    def set_state(self, ids: Collection[int], state: State) -> Changes:
        """Decide about exchanges, as one act."""
        return self._write(lambda db: decisions.set_state(db, ids, state))

    def edit_row(self, exchange: int, prompt: str, response: str) -> Changes:
        """Give a row another text; its draft is done with."""
        return self._write(lambda db: decisions.edit_row(db, exchange, prompt, response))

    def edit_rows(self, texts: Mapping[int, tuple[str, str]], words: str) -> Changes:
        """Give several rows another text, as one act that undo calls by these words."""
        return self._write(lambda db: decisions.edit_rows(db, texts, words))

    def revert_row(self, exchange: int) -> Changes:
        """Go back to the original text; its draft is done with."""
        return self._write(lambda db: decisions.revert_row(db, exchange))

    def set_check(self, ids: Collection[int], check: Check, on: bool) -> Changes:
        """Answer one of the three questions about exchanges."""
        return self._write(lambda db: decisions.set_check(db, ids, check, on))

    def set_flag(self, ids: Collection[int], on: bool) -> Changes:
        """Flag exchanges, or take the flag away."""
        return self._write(lambda db: decisions.set_flag(db, ids, on))

    def set_tag(self, ids: Collection[int], name: str, on: bool) -> Changes:
        """Put a tag on exchanges, or take it off; a tag that nothing wears is gone."""
        return self._write(lambda db: decisions.set_tag(db, ids, name, on))

    def save_draft(self, exchange: int, prompt: str, response: str) -> Changes:
        """Keep what is being typed, so that it survives a crash. Not an act: undo does not know it."""
        return self._write(lambda db: decisions.save_draft(db, exchange, prompt, response), lists=False)

    def clear_draft(self, exchange: int) -> Changes:
        """Forget what was being typed."""
        return self._write(lambda db: decisions.clear_draft(db, exchange), lists=False)

    def undo(self) -> Changes:
        """Take back the newest act; empty changes when there is none. `Changes.exchanges` is where it happened."""
        return self._write(operations.undo)

    def redo(self) -> Changes:
        """Do again what was taken back last; empty changes when there is nothing."""
        return self._write(operations.redo)

    def undo_state(self) -> UndoState:
        """What undo and redo would do, in words."""
        return self._read(lambda reader: operations.undo_state(reader.db))

    # Token cache

    def usages(self, ids: Sequence[int], fingerprint: str) -> dict[int, Usage]:
        """The figures known of the present texts of these exchanges; cards show this tokenizer's from now on."""
        self._tokenizer = fingerprint
        return self._read(lambda reader: usages.usages(reader.db, ids, fingerprint))

    def store_usages(self, fingerprint: str, counted: Mapping[int, tuple[int, Usage]]) -> Changes:
        """Remember figures: exchange → (`packed.text_hash(prompt, response)` of the counted text, figure)."""
        self._tokenizer = fingerprint
        return self._writer.run(lambda db: usages.store_usages(db, fingerprint, counted), durable=False, lists=False)

    # The file itself

    def check(self) -> list[str]:
        """What SQLite's own examination finds wrong with the file; empty when it is sound. Reads every page."""
        found = self._read(lambda reader: [str(row[0]) for row in reader.db.execute("PRAGMA quick_check")])
        self._is_damaged = self._is_damaged or found != ["ok"]
        return [] if found == ["ok"] else found

    def _back_up(self) -> None:
        try:
            make_daily_backup(self._path)
        except DamagedError:
            self._is_damaged = True
            self.notices.append(
                "The library's file is damaged, so today's backup was not kept. Start Curator again: it sets the"
                " damaged file aside and restores the newest backup."
            )
            return
        except (sqlite3.Error, OSError) as error:
            reason = getattr(error, "strerror", None) or error
            self.notices.append(f"Today's backup of the library could not be made ({reason}).")
        self._give_back()

    def _give_back(self) -> None:
        with suppress(LibraryError):  # a full disk, or another process that writes: tomorrow will do
            while not self._is_closed and self._writer.run(spare_pages.give_back, durable=False, lists=False):
                pass
