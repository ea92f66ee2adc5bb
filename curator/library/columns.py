"""How values stand in the tables: numbers for states, bits for checks and signals."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from curator.core.row import Check, State
from curator.core.signal import SignalHit

STATES = (State.UNREVIEWED, State.CLEAN, State.LATER, State.REJECTED)
STATE_NUMBERS = {state: number for number, state in enumerate(STATES)}
CHECK_BITS = {Check.CLEAR_IN: 1, Check.CLEAR_OUT: 2, Check.LEGIBLE: 4}
SECRET_BIT, DUPLICATE_BIT = 1, 2
DUPLICATE = "duplicate"
HIDING = frozenset({"sidechain", "abandoned_branch", DUPLICATE, "not_human"})
"""Signals of what a person does not review by default."""

PackedHit = tuple[str, int, str, str]
_HITS = msgspec.msgpack.Decoder(list[PackedHit])
_encode = msgspec.msgpack.Encoder().encode


def checks_of(bits: int) -> frozenset[Check]:
    """The checks behind the bits."""
    return frozenset(check for check, bit in CHECK_BITS.items() if bits & bit)


def pack_hits(hits: Sequence[PackedHit]) -> bytes:
    """Signals with their places, for the table; most exchanges have none."""
    return _encode(hits) if hits else b""


def packed_hits(blob: bytes) -> list[PackedHit]:
    """Signals with their places, as tuples."""
    return _HITS.decode(blob) if blob else []


def signal_hits(blob: bytes) -> tuple[SignalHit, ...]:
    """Signals with their places, as the nouns of the house."""
    return tuple(SignalHit(*hit) for hit in packed_hits(blob))


def signal_bits(db: sqlite3.Connection, names: Iterable[str]) -> dict[str, int]:
    """The bit of every known signal; those of `names` that are new here get theirs now. Needs the write connection."""
    bits: dict[str, int] = dict(db.execute("SELECT name, bit FROM signal"))
    for name in sorted(set(names) - bits.keys()):
        bits[name] = max(bits.values()) * 2
        db.execute("INSERT INTO signal(name, bit) VALUES (?, ?)", (name, bits[name]))
    return bits


def storable(text: str) -> str:
    """The text as SQLite takes it: half of a surrogate pair, as a clipboard may hold, becomes U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def id_list(ids: Iterable[int]) -> str:
    """Ids as the JSON that `json_each(?)` takes: one parameter however many they are."""
    return f"[{','.join(map(str, ids))}]"


def now() -> str:
    """The present in UTC as it is written into the tables."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
