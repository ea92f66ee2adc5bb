"""Writes what parsers found: new files at the speed of the driver, changed ones exchange by exchange."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from curator.core.changes import Changes
from curator.core.signal import SIGNALS, score_of
from curator.library import duplicates, present, tallies
from curator.library.columns import (
    DUPLICATE,
    HIDING,
    SECRET_BIT,
    PackedHit,
    id_list,
    pack_hits,
    signal_bits,
)
from curator.library.packed import PackedExchange, PackedSession, PackedTranscript, SourceFile
from curator.library.records import Stored
from curator.library.sources import Claim, claim

_encode = msgspec.msgpack.Encoder().encode
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
_INSERT_EXCHANGE = """
    INSERT INTO exchange(id, session_id, key, ordinal, at, score, signals, gated, state, revision, flagged, checks,
        content_hash, text_hash, digest, duplicate_of, characters, vanished, hidden)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, ?, ?, ?, ?, ?, 0, ?)
"""
_UPDATE_EXCHANGE = """
    UPDATE exchange SET ordinal = ?, at = ?, score = ?, signals = ?, gated = ?,
        hidden = (? AND state = 0 AND revision = 0), content_hash = ?,
        text_hash = CASE revision WHEN 0 THEN ? ELSE text_hash END, digest = ?, duplicate_of = 0,
        characters = CASE revision WHEN 0 THEN ? ELSE characters END, vanished = 0 WHERE id = ?
"""
_INSERT_TEXT = "INSERT INTO exchange_text VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_UPDATE_TEXT = """
    UPDATE exchange_text SET prompt = ?, response = ?, hits = ?, started = ?, ended = ?, model = ?, first_line = ?,
        last_line = ? WHERE id = ?
"""
_INSERT_STEPS = "INSERT OR REPLACE INTO exchange_steps VALUES (?, ?, ?)"
_INDEX = "INSERT INTO search(rowid, prompt, response) VALUES (?, ?, ?)"
_UNINDEX = "INSERT INTO search(search, rowid, prompt, response) VALUES ('delete', ?, ?, ?)"
_UNDECIDED = """
    SELECT e.id FROM exchange e WHERE e.id IN (SELECT value FROM json_each(?))
    AND e.state = 0 AND e.revision = 0 AND e.flagged = 0 AND e.checks = 0
    AND NOT EXISTS (SELECT 1 FROM revision r WHERE r.exchange_id = e.id)
    AND NOT EXISTS (SELECT 1 FROM exchange_tag t WHERE t.exchange_id = e.id)
    AND NOT EXISTS (SELECT 1 FROM draft d WHERE d.exchange_id = e.id)
    AND NOT EXISTS (SELECT 1 FROM snapshot_row s WHERE s.exchange_id = e.id)
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
class _New:
    """An exchange that is about to be inserted, with the session it belongs to."""

    id: int
    session: int
    packed: PackedExchange
    origin: str
    at: int
    duplicate_of: int = 0


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
    next_exchange: int = field(init=False)
    next_session: int = field(init=False)
    new: list[_New] = field(default_factory=list)
    new_sessions: list[tuple[Any, ...]] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    counted: set[int] = field(default_factory=set)  # sessions that were here, to be counted anew
    gone: set[int] = field(default_factory=set)
    fresh_keys: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    sources: set[int] = field(default_factory=set)
    last_source: int = 0
    updated: int = 0
    unchanged: int = 0
    sessions: int = 0

    def __post_init__(self) -> None:
        names = {
            hit[0]
            for _, packed in self.items
            for session in packed.sessions
            for exchange in session.exchanges
            for hit in exchange.signals
        }
        self.bits = signal_bits(self.db, names)
        row = self.db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'exchange'").fetchone()
        self.next_exchange = row[0] + 1 if row else 1
        self.next_session = self.db.execute("SELECT IFNULL(MAX(id), 0) + 1 FROM session").fetchone()[0]

    def add(self, source: SourceFile, packed: PackedTranscript) -> None:
        """Compare one file with what the library has of it."""
        claimed = claim(self.db, source, packed)
        self.last_source = claimed.id
        self.sessions += len(packed.sessions)
        if claimed.is_known:
            self.unchanged += sum(len(session.exchanges) for session in packed.sessions)
            if claimed.is_moved:
                self.sources.add(claimed.id)
            return
        before = (len(self.new), self.updated, len(self.changed), len(self.gone))
        known: dict[str, int] = {}
        if not claimed.is_new:
            known = dict(self.db.execute("SELECT key, id FROM session WHERE source_id = ?", (claimed.id,)))
        for session in packed.sessions:
            self._add_session(source, claimed, session, known.pop(session.key, None))
        for session_id in known.values():
            self._drop_vanished(session_id, self._exchanges_of(session_id))
        if claimed.is_new or before != (len(self.new), self.updated, len(self.changed), len(self.gone)):
            self.sources.add(claimed.id)

    def write(self) -> Stored:
        """Write what was gathered and say what it did."""
        self._find_duplicates()
        db, new = self.db, self.new
        exchanges, texts, steps = [], [], []
        # Sessions that begin here are counted on the way: asking SQLite costs a fifth of an import.
        figures = {session[0]: [0, 0, 0] for session in self.new_sessions}
        for one in new:
            packed = one.packed
            bits, gated, score, hits = _weighed(packed, one.origin, self.bits, one.duplicate_of != 0)
            counted = figures.get(one.session)
            if counted is None:
                self.counted.add(one.session)
            else:
                counted[0] += 1
                counted[1] += gated
                counted[2] += not gated and bits & SECRET_BIT != 0
            prompt, response = packed.prompt, packed.response
            exchanges.append(
                (
                    one.id,
                    one.session,
                    packed.key,
                    packed.ordinal,
                    one.at,
                    score,
                    bits,
                    gated,
                    packed.content_hash,
                    packed.text_hash,
                    packed.digest,
                    one.duplicate_of,
                    len(prompt) + len(response),
                    gated,
                )
            )
            texts.append(
                (
                    one.id,
                    prompt,
                    response,
                    hits,
                    packed.started,
                    packed.ended,
                    packed.model,
                    packed.first_line,
                    packed.last_line,
                )
            )
            if packed.steps or packed.steering:
                steps.append((one.id, packed.steps, _encode(packed.steering)))
        db.executemany(_INSERT_SESSION, [_counted(session, *figures[session[0]]) for session in self.new_sessions])
        tallies.put_in(db, figures)
        db.executemany(_INSERT_EXCHANGE, exchanges)
        db.executemany(_INSERT_TEXT, texts)
        db.executemany(_INSERT_STEPS, steps)
        db.executemany(_INDEX, [text[:3] for text in texts])
        touched = self._settle_duplicates()
        tallies.recount(db, self.counted)
        changes = Changes(
            exchanges=frozenset([one.id for one in new]) | self.changed | self.gone | touched,
            sessions=frozenset(self.counted.union(figures)),
            sources=frozenset(self.sources),
            lists=bool(new or self.changed or self.gone or touched),
            rows=bool(self.changed),
        )
        return Stored(changes, self.last_source, len(new), self.updated, self.unchanged, self.sessions)

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
        elsewhere = self._keys_elsewhere(session, session_id)
        fresh = self.fresh_keys.setdefault((session.format, session.key), {})
        fallback_at = source.mtime_ns // 1_000_000
        for exchange in session.exchanges:
            old = before.pop(exchange.key, None)
            if old is None:
                one = _New(self.next_exchange, session_id, exchange, session.origin, exchange.at or fallback_at)
                one.duplicate_of = elsewhere.get(exchange.key, 0)
                self.next_exchange += 1
                self.new.append(one)
                fresh.setdefault(exchange.key, one.id)
            elif old.digest != exchange.digest or old.vanished:
                self._change(session_id, old.id, exchange, session.origin, exchange.at or fallback_at)
            else:
                self.unchanged += 1
        if before:
            self._drop_vanished(session_id, before)

    def _keys_elsewhere(self, session: PackedSession, session_id: int) -> dict[str, int]:
        if session.format not in duplicates.KEYED_FORMATS:
            return {}
        known = duplicates.first_with_key(self.db, session.format, session.key, session_id)
        return {**self.fresh_keys.get((session.format, session.key), {}), **known}

    def _exchanges_of(self, session_id: int) -> dict[str, _Old]:
        return {
            key: _Old(exchange, digest, vanished)
            for key, exchange, digest, vanished in self.db.execute(
                "SELECT key, id, digest, vanished FROM exchange WHERE session_id = ?", (session_id,)
            )
        }

    def _change(self, session_id: int, exchange: int, packed: PackedExchange, origin: str, at: int) -> None:
        """Take the new original of an exchange; what a person decided about it stays."""
        db = self.db
        old = db.execute("SELECT prompt, response FROM exchange_text WHERE id = ?", (exchange,)).fetchone()
        bits, gated, score, hits = _weighed(packed, origin, self.bits, False)
        db.execute(
            _UPDATE_EXCHANGE,
            (
                packed.ordinal,
                at,
                score,
                bits,
                gated,
                gated,
                packed.content_hash,
                packed.text_hash,
                packed.digest,
                len(packed.prompt) + len(packed.response),
                exchange,
            ),
        )
        db.execute(
            _UPDATE_TEXT,
            (
                packed.prompt,
                packed.response,
                hits,
                packed.started,
                packed.ended,
                packed.model,
                packed.first_line,
                packed.last_line,
                exchange,
            ),
        )
        if packed.steps or packed.steering:
            db.execute(_INSERT_STEPS, (exchange, packed.steps, _encode(packed.steering)))
        else:
            db.execute("DELETE FROM exchange_steps WHERE id = ?", (exchange,))
        if old != (packed.prompt, packed.response):
            db.execute(_UNINDEX, (exchange, *old))
            db.execute(_INDEX, (exchange, packed.prompt, packed.response))
        if db.execute("SELECT 1 FROM row_text WHERE id = ?", (exchange,)).fetchone():
            present.follow_text(db, exchange)
        self.changed.add(exchange)
        self.counted.add(session_id)
        self.updated += 1

    def _drop_vanished(self, session_id: int, vanished: dict[str, _Old]) -> None:
        """Delete exchanges that are no longer in their file; those that carry decisions stay and are marked."""
        ids = {old.id for old in vanished.values() if not old.vanished}
        undecided = {row[0] for row in self.db.execute(_UNDECIDED, (id_list(ids),))}
        kept = ids - undecided
        self.db.executemany("UPDATE exchange SET vanished = 1 WHERE id = ?", [(exchange,) for exchange in kept])
        self.changed |= kept
        delete(self.db, undecided)
        self.gone |= undecided
        if ids:
            self.counted.add(session_id)

    def _find_duplicates(self) -> None:
        seen = duplicates.first_with_content(self.db, {one.packed.content_hash for one in self.new})
        for one in self.new:
            first = seen.setdefault(one.packed.content_hash, one.id)
            if not one.duplicate_of and first < one.id:
                one.duplicate_of = first

    def _settle_duplicates(self) -> set[int]:
        """Exchanges that changed or went may repeat others now, or no longer be repeated."""
        affected = self.changed | self.gone
        if not affected:
            return set()
        alike = {
            row[0]
            for row in self.db.execute(
                "SELECT o.id FROM exchange e JOIN exchange o ON o.content_hash = e.content_hash"
                " WHERE e.id IN (SELECT value FROM json_each(?))",
                (id_list(self.changed),),
            )
        }
        again = duplicates.recheck(self.db, alike.union(duplicates.repeating(self.db, affected)))
        for (session_id,) in self.db.execute(
            "SELECT DISTINCT session_id FROM exchange WHERE id IN (SELECT value FROM json_each(?))", (id_list(again),)
        ):
            self.counted.add(session_id)
        return again


def delete(db: sqlite3.Connection, ids: set[int]) -> None:
    """Delete undecided exchanges with all that hangs on them. Their sessions stay and are counted by the caller."""
    if not ids:
        return
    chosen = id_list(ids)
    texts = db.execute(
        "SELECT id, prompt, response FROM exchange_text WHERE id IN (SELECT value FROM json_each(?))", (chosen,)
    ).fetchall()
    db.executemany(_UNINDEX, texts)
    for table in ("exchange_steps", "exchange_text", "exchange"):
        db.execute(f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?))", (chosen,))


def _counted(session: tuple[Any, ...], total: int, hidden: int, secret: int) -> tuple[Any, ...]:
    """A new session's row with its figures; nobody decided anything about it yet."""
    return (*session, total, hidden, total - hidden, secret)


def _typed(packed: PackedExchange) -> int:
    """How many prompts of an exchange a person typed."""
    if packed.signals and not _NOT_TYPED.isdisjoint([hit[0] for hit in packed.signals]):
        return 0
    return 1 + len(packed.steering)


def _weighed(
    packed: PackedExchange, origin: str, bits: dict[str, int], is_duplicate: bool
) -> tuple[int, int, int, bytes]:
    """The bits, the gate, the score and the hits of an exchange as they are stored."""
    hits: list[PackedHit] = packed.signals
    score = packed.score
    if is_duplicate:
        hits = [*hits, (DUPLICATE, 0, "", "")]
        score = score_of({hit[0] for hit in hits if hit[0] in SIGNALS})
    if not hits:
        return 0, int(origin == "agent"), score, b""
    gated = origin == "agent"
    value = 0
    for hit in hits:
        value |= bits[hit[0]]
        gated = gated or hit[0] in HIDING
    return value, int(gated), score, pack_hits(hits)
