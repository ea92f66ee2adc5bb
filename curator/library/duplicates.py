"""Which exchange is here already: the same record in another file, or the same words anywhere. One of them is shown.

Of the same words the first one stays. Of the same record it is the one that says most: a session that was resumed in
another file, or left as a backup, holds some of its exchanges half. What a person decided about stays what is shown,
and what a person reviews never hides behind what they do not: an agent's own session may begin with a copy of theirs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

import msgspec

from curator.core.format import FORMATS
from curator.core.signal import SIGNALS, score_of
from curator.library import present
from curator.library.columns import DUPLICATE, DUPLICATE_BIT, HIDING, id_list, pack_hits, packed_hits

OWN_GATES = HIDING - {DUPLICATE}
"""Signals that keep an exchange out of the lists whether it is a duplicate or not."""
_MOST_STEPS = 16
_DECIDED = "(e.state <> 0 OR e.revision <> 0 OR e.flagged <> 0 OR e.checks <> 0)"
_GATED = f"""(e.signals & (SELECT IFNULL(SUM(bit), 0) FROM signal
    WHERE name IN ({", ".join(f"'{name}'" for name in sorted(OWN_GATES))})) <> 0)"""


class Copy(msgspec.Struct, frozen=True, gc=False):
    """One of several exchanges that are the same record: what decides which of them is shown."""

    id: int
    content: int
    characters: int
    is_gated: bool = False
    is_decided: bool = False

    def is_before(self, other: Copy) -> bool:
        """Whether this one is shown rather than the other."""
        if self.is_gated != other.is_gated:
            return other.is_gated
        if self.is_decided != other.is_decided:
            return self.is_decided
        if self.content != other.content and self.characters != other.characters:
            return self.characters > other.characters
        return self.id < other.id


def is_keyed(format: str) -> bool:
    """Whether a session of this format is the same wherever its key is met; elsewhere a key may be a line number."""
    known = FORMATS.get(format)
    return known is not None and known.is_keyed


def first_with_content(db: sqlite3.Connection, hashes: Collection[int]) -> dict[int, tuple[int, int]]:
    """For each content hash that the library knows, the first exchange that has it and the first that a person would
    review, 0 for none."""
    return {
        content: (first, reviewed or 0)
        for content, first, reviewed in db.execute(
            f"SELECT e.content_hash, MIN(e.id), MIN(CASE WHEN {_GATED} THEN NULL ELSE e.id END) FROM exchange e"
            " WHERE e.content_hash IN (SELECT value FROM json_each(?)) GROUP BY 1",
            (id_list(hashes),),
        )
    }


def copies_with_key(db: sqlite3.Connection, kind: str, keys: Collection[str], session: int) -> dict[str, Copy]:
    """The exchanges of the same session in other files, and of the one it was forked from, by their keys: of each the
    one that is shown. Empty for formats whose keys are local. `keys` are those of the sessions."""
    found: dict[str, Copy] = {}
    if not is_keyed(kind):
        return found
    for key in {key for key in keys if key}:
        for name, *figures in db.execute(
            f"SELECT e.key, e.id, e.content_hash, e.characters, {_GATED}, {_DECIDED}"
            " FROM session s JOIN exchange e ON e.session_id = s.id WHERE s.key = ? AND s.format = ? AND s.id <> ?",
            (key, kind, session),
        ):
            copy = Copy(*figures[:3], *map(bool, figures[3:]))
            if name not in found or copy.is_before(found[name]):
                found[name] = copy
    return found


def with_same_key(db: sqlite3.Connection, ids: Collection[int]) -> list[int]:
    """The exchanges that may be the same records as these, in other files."""
    return [
        row[0]
        for row in db.execute(
            "SELECT o.id FROM exchange e JOIN session s ON s.id = e.session_id"
            " JOIN session t ON t.key IN (s.key, s.parent_key) AND t.key <> '' AND t.format = s.format AND t.id <> s.id"
            " JOIN exchange o ON o.session_id = t.id AND o.key = e.key"
            " WHERE e.id IN (SELECT value FROM json_each(?))",
            (id_list(ids),),
        )
    ]


def recheck(db: sqlite3.Connection, ids: Iterable[int]) -> set[int]:
    """Decide anew whether these exchanges repeat another one, first to last. Returns those that changed."""
    changed = set()
    for exchange in sorted(ids):
        row = db.execute(
            f"SELECT e.duplicate_of, e.content_hash, e.key, e.characters, {_GATED}, {_DECIDED}, s.id, s.key,"
            " s.parent_key, s.format, s.origin, x.hits, e.revision"
            " FROM exchange e JOIN session s ON s.id = e.session_id JOIN exchange_text x ON x.id = e.id WHERE e.id = ?",
            (exchange,),
        ).fetchone()
        if row is None:
            continue
        before, content, key, characters, gated, decided, session, *names, kind, origin, blob, revision = row
        mine = Copy(exchange, content, characters, bool(gated), bool(decided))
        first = first_with_content(db, [content]).get(content, (0, 0))[0 if gated else 1]
        other = copies_with_key(db, kind, names, session).get(key)
        candidates = [first if first < exchange else 0, other.id if other is not None and other.is_before(mine) else 0]
        now = next((id for id in candidates if id and not _leads_to(db, id, exchange)), 0)
        if now == before:
            continue
        _set(db, exchange, now, origin, blob)
        if revision:
            present.follow_text(db, exchange)
        changed.add(exchange)
    return changed


def repeating(db: sqlite3.Connection, ids: Collection[int]) -> list[int]:
    """The exchanges that are hidden because one of these is shown."""
    return [
        row[0]
        for row in db.execute(
            "SELECT id FROM exchange WHERE duplicate_of <> 0 AND duplicate_of IN (SELECT value FROM json_each(?))",
            (id_list(ids),),
        )
    ]


def _set(db: sqlite3.Connection, exchange: int, now: int, origin: str, blob: bytes) -> None:
    """Let an exchange be a duplicate of `now`, 0 for of none."""
    hits = [hit for hit in packed_hits(blob) if hit[0] != DUPLICATE]
    if now:
        hits.append((DUPLICATE, 0, "", ""))
    names = {hit[0] for hit in hits if hit[0] in SIGNALS}
    gated = int(origin == "agent" or not HIDING.isdisjoint(names))
    db.execute(
        "UPDATE exchange SET duplicate_of = ?, gated = ?, hidden = (? AND state = 0 AND revision = 0), score = ?,"
        " signals = (signals & ~?) | ? WHERE id = ?",
        (now, gated, gated, score_of(names), DUPLICATE_BIT, DUPLICATE_BIT if now else 0, exchange),
    )
    db.execute("UPDATE exchange_text SET hits = ? WHERE id = ?", (pack_hits(hits), exchange))


def _leads_to(db: sqlite3.Connection, start: int, exchange: int) -> bool:
    """Whether `start` is, by way of others, a duplicate of `exchange`: then both would be hidden."""
    at = start
    for _ in range(_MOST_STEPS):
        if at == exchange:
            return True
        row = db.execute("SELECT duplicate_of FROM exchange WHERE id = ?", (at,)).fetchone()
        if row is None or not row[0]:
            return False
        at = row[0]
    return True
