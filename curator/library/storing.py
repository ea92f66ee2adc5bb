"""Writes what parsers found: new files at the speed of the driver, changed ones exchange by exchange."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from curator.core.changes import Changes
from curator.library import documents, stores, tallies
from curator.library.columns import SECRET_BIT, id_list, signal_bits
from curator.library.originals import NewExchange, Originals, delete, find_undecided, replace
from curator.library.packed import PackedDocument, PackedExchange, PackedSession, PackedTranscript, SourceFile
from curator.library.records import Stored
from curator.library.repeats import Repeats
from curator.library.sources import Claim, claim

_NOT_TYPED = frozenset({"sidechain", "not_human", "abandoned_branch"})

_INSERT_SESSION = """
    INSERT INTO session(id, source_id, key, format, title, project, started, origin, model, parent_key, root, prompts,
        total, hidden, unreviewed, clean, later, rejected, secret, flagged)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, 0)
"""
_UPDATE_SESSION = """
    UPDATE session SET format = ?, title = ?, project = ?, started = ?, origin = ?, model = ?, parent_key = ?, root = ?,
        prompts = ? WHERE id = ?
"""


def store(db: sqlite3.Connection, items: Sequence[tuple[SourceFile, PackedTranscript]]) -> Stored:
    """Store these files inside the present transaction. Storing the same again changes nothing."""
    latest = {
        source.path: (source, packed) for source, packed in items
    }  # of a file that comes twice, the later reading
    batch = _Batch(db, list(latest.values()))
    for source, packed in batch.items:
        batch.add(source, packed)
    return batch.write()


@dataclass(slots=True)
class _Old:
    """An exchange that was here, as its source was read last time."""

    id: int
    digest: bytes
    vanished: int


@dataclass(slots=True)
class _Batch:
    """Everything one transaction writes, gathered so that each table gets one `executemany`."""

    db: sqlite3.Connection
    items: Sequence[tuple[SourceFile, PackedTranscript]]
    bits: dict[str, int] = field(init=False)
    repeats: Repeats = field(init=False)
    next_exchange: int = field(init=False)
    next_session: int = field(init=False)
    new: list[NewExchange] = field(default_factory=list)
    new_sessions: list[tuple[Any, ...]] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    counted: set[int] = field(default_factory=set)  # sessions that were here, to be counted anew
    gone: set[int] = field(default_factory=set)
    sources: set[int] = field(default_factory=set)
    released: set[str] = field(default_factory=set)
    last_source: int = 0
    updated: int = 0
    unchanged: int = 0
    sessions: int = 0
    documents: int = 0

    def __post_init__(self) -> None:
        names = {
            hit[0]
            for _, packed in self.items
            for session in packed.sessions
            for exchange in session.exchanges
            for hit in exchange.signals
        }
        self.bits = signal_bits(self.db, names)
        self.repeats = Repeats(self.db)
        row = self.db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'exchange'").fetchone()
        self.next_exchange = row[0] + 1 if row else 1
        self.next_session = self.db.execute("SELECT IFNULL(MAX(id), 0) + 1 FROM session").fetchone()[0]

    def add(self, source: SourceFile, packed: PackedTranscript) -> None:
        """Compare one file with what the library has of it."""
        claimed = claim(self.db, source, packed)
        self.last_source = claimed.id
        self.released.update(claimed.released)
        self.sessions += len(packed.sessions)
        if claimed.is_known:
            self.unchanged += sum(len(session.exchanges) for session in packed.sessions)
            if claimed.is_moved:
                self.sources.add(claimed.id)
            return
        if packed.is_store or not claimed.is_new:
            stores.note(self.db, claimed.id, source, packed)
        if packed.document is not None or not claimed.is_new:
            self._take_document(claimed, packed.document)
        before = (len(self.new), self.updated, len(self.changed), len(self.gone))
        known: dict[str, int] = {}
        if not claimed.is_new:
            known = self._sessions_of_source(claimed.id, packed)
        for session in packed.sessions:
            self._add_session(source, claimed, session, known.pop(session.key, None))
        if packed.is_partial:
            known = {key: known[key] for key in packed.gone if key in known}
        for session_id in known.values():
            self._drop_vanished(session_id, self._exchanges_of(session_id))
        if claimed.is_new or before != (len(self.new), self.updated, len(self.changed), len(self.gone)):
            self.sources.add(claimed.id)

    def _take_document(self, claimed: Claim, document: PackedDocument | None) -> None:
        is_other = documents.store(self.db, claimed.id, document)
        if is_other:
            self.sources.add(claimed.id)
        if document is not None:
            self.documents += is_other

    def write(self) -> Stored:
        """Write what was gathered and say what it did."""
        self.repeats.find(self.new)
        db, new = self.db, self.new
        originals = Originals(self.bits)
        # Sessions that begin here are counted on the way: asking SQLite costs a fifth of an import.
        figures = {session[0]: [0, 0, 0] for session in self.new_sessions}
        for one in new:
            bits, gated = originals.add(one)
            counted = figures.get(one.session)
            if counted is None:
                self.counted.add(one.session)
            else:
                counted[0] += 1
                counted[1] += gated
                counted[2] += not gated and bits & SECRET_BIT != 0
        db.executemany(_INSERT_SESSION, [_counted(session, *figures[session[0]]) for session in self.new_sessions])
        tallies.put_in(db, figures)
        originals.write(db)
        touched = self.repeats.settle(self.changed, self.gone)
        self.counted.update(_sessions_of(db, touched))
        tallies.recount(db, self.counted)
        changes = Changes(
            exchanges=frozenset([one.id for one in new]) | self.changed | self.gone | touched,
            sessions=frozenset(self.counted.union(figures)),
            sources=frozenset(self.sources),
            lists=bool(new or self.changed or self.gone or touched),
            rows=bool(self.changed),
        )
        released = frozenset(self.released)
        amounts = (len(new), self.updated, self.unchanged, self.sessions)
        repeats = sum(one.duplicate_of != 0 for one in new)
        return Stored(changes, self.last_source, *amounts, self.documents, repeats, released)

    def _add_session(self, source: SourceFile, claimed: Claim, session: PackedSession, known: int | None) -> None:
        prompts = 0 if session.origin == "agent" else sum(map(_typed, session.exchanges))
        told = (
            session.format,
            session.title,
            session.project,
            session.started,
            session.origin,
            session.model,
            session.parent_key,
            claimed.root,
            prompts,
        )
        if known is None:
            session_id, self.next_session = self.next_session, self.next_session + 1
            self.new_sessions.append((session_id, claimed.id, session.key, *told))
            before: dict[str, _Old] = {}
        else:
            session_id = known
            tallies.take_out(self.db, [session_id])
            self.db.execute(_UPDATE_SESSION, (*told, session_id))
            tallies.put_in(self.db, [session_id])
            before = self._exchanges_of(session_id)
        elsewhere = self.repeats.elsewhere(session, session_id)
        fallback_at = source.mtime_ns // 1_000_000
        for exchange in session.exchanges:
            old = before.pop(exchange.key, None)
            if old is None:
                one = NewExchange(self.next_exchange, session_id, exchange, session.origin, exchange.at or fallback_at)
                self.next_exchange += 1
                self.new.append(one)
                self.repeats.compare(one, elsewhere.get(exchange.key), session)
            elif old.digest != exchange.digest or old.vanished:
                replace(self.db, old.id, exchange, session.origin, exchange.at or fallback_at, self.bits)
                self.changed.add(old.id)
                self.counted.add(session_id)
                self.updated += 1
            else:
                self.unchanged += 1
        if before:
            self._drop_vanished(session_id, before)

    def _sessions_of_source(self, source_id: int, packed: PackedTranscript) -> dict[str, int]:
        """The ids of the sessions that are here, by their keys; of a file of which a part was read, of that part: a
        table of a million rows comes in a thousand parts."""
        if not packed.is_partial:
            return dict(self.db.execute("SELECT key, id FROM session WHERE source_id = ?", (source_id,)))
        query = "SELECT key, id FROM session WHERE source_id = ? AND key IN (SELECT value FROM json_each(?))"
        keys = [session.key for session in packed.sessions] + packed.gone
        return dict(self.db.execute(query, (source_id, msgspec.json.encode(keys).decode())))

    def _exchanges_of(self, session_id: int) -> dict[str, _Old]:
        return {
            key: _Old(exchange, digest, vanished)
            for key, exchange, digest, vanished in self.db.execute(
                "SELECT key, id, digest, vanished FROM exchange WHERE session_id = ?", (session_id,)
            )
        }

    def _drop_vanished(self, session_id: int, vanished: dict[str, _Old]) -> None:
        """Delete exchanges that are no longer in their file; those that carry decisions stay and are marked."""
        ids = {old.id for old in vanished.values() if not old.vanished}
        undecided = find_undecided(self.db, ids)
        kept = ids - undecided
        self.db.executemany("UPDATE exchange SET vanished = 1 WHERE id = ?", [(exchange,) for exchange in kept])
        self.changed |= kept
        delete(self.db, undecided)
        self.gone |= undecided
        if ids:
            self.counted.add(session_id)


def _sessions_of(db: sqlite3.Connection, exchanges: set[int]) -> set[int]:
    query = "SELECT DISTINCT session_id FROM exchange WHERE id IN (SELECT value FROM json_each(?))"
    return {row[0] for row in db.execute(query, (id_list(exchanges),))}


def _counted(session: tuple[Any, ...], total: int, hidden: int, secret: int) -> tuple[Any, ...]:
    """A new session's row with its figures; nobody decided anything about it yet."""
    return (*session, total, hidden, total - hidden, secret)


def _typed(packed: PackedExchange) -> int:
    """How many prompts of an exchange a person typed."""
    if packed.signals and not _NOT_TYPED.isdisjoint([hit[0] for hit in packed.signals]):
        return 0
    return 1 + len(packed.steering)
