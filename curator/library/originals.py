"""Exchanges as they were recorded: new ones are written all at once, changed ones singly, lost ones are deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from curator.core.signal import SIGNALS, score_of
from curator.library import present
from curator.library.columns import DUPLICATE, HIDING, PackedHit, id_list, pack_hits
from curator.library.packed import PackedExchange

_encode = msgspec.msgpack.Encoder().encode

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


class NewExchange(msgspec.Struct, gc=False):
    """An exchange that is about to be inserted, with the session it belongs to."""

    id: int
    session: int
    packed: PackedExchange
    origin: str
    at: int
    duplicate_of: int = 0


class Originals:
    """Exchanges that are about to be inserted, so that each table gets one `executemany`."""

    def __init__(self, bits_of: Mapping[str, int]) -> None:
        """`bits_of` says which bit each signal's name has in this library."""
        self._bits_of = bits_of
        self._exchanges: list[tuple[Any, ...]] = []
        self._texts: list[tuple[Any, ...]] = []
        self._steps: list[tuple[Any, ...]] = []

    def add(self, one: NewExchange) -> tuple[int, int]:
        """Take one more; returns the bits of its signals, and 1 where they keep it out of the lists."""
        packed = one.packed
        bits, gated, score, hits = _weighed(packed, one.origin, self._bits_of, one.duplicate_of != 0)
        prompt, response = packed.prompt, packed.response
        self._exchanges.append(
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
        self._texts.append(
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
            self._steps.append((one.id, packed.steps, _encode(packed.steering)))
        return bits, gated

    def write(self, db: sqlite3.Connection) -> None:
        """Insert and index them. Their sessions have to be there."""
        db.executemany(_INSERT_EXCHANGE, self._exchanges)
        db.executemany(_INSERT_TEXT, self._texts)
        db.executemany(_INSERT_STEPS, self._steps)
        db.executemany(_INDEX, [text[:3] for text in self._texts])


def replace(
    db: sqlite3.Connection, exchange: int, packed: PackedExchange, origin: str, at: int, bits_of: Mapping[str, int]
) -> None:
    """Take the new original of an exchange; what a person decided about it stays."""
    old = db.execute("SELECT prompt, response FROM exchange_text WHERE id = ?", (exchange,)).fetchone()
    bits, gated, score, hits = _weighed(packed, origin, bits_of, False)
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


def find_undecided(db: sqlite3.Connection, ids: set[int]) -> set[int]:
    """Those of these exchanges that nobody decided anything about."""
    return {row[0] for row in db.execute(_UNDECIDED, (id_list(ids),))}


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


def _weighed(
    packed: PackedExchange, origin: str, bits_of: Mapping[str, int], is_duplicate: bool
) -> tuple[int, int, int, bytes]:
    """The bits, the gate, the score and the hits of an exchange as they are stored."""
    hits: Sequence[PackedHit] = packed.signals
    score = packed.score
    if is_duplicate:
        hits = [*hits, (DUPLICATE, 0, "", "")]
        score = score_of({hit[0] for hit in hits if hit[0] in SIGNALS})
    if not hits:
        return 0, int(origin == "agent"), score, b""
    gated = origin == "agent"
    value = 0
    for hit in hits:
        value |= bits_of[hit[0]]
        gated = gated or hit[0] in HIDING
    return value, int(gated), score, pack_hits(hits)
