"""Which exchange is here already: the same record in another file, or the same words anywhere. The first one stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from curator.core.format import FORMATS
from curator.core.signal import SIGNALS, score_of
from curator.library import present
from curator.library.columns import DUPLICATE, DUPLICATE_BIT, HIDING, id_list, pack_hits, packed_hits


def is_keyed(format: str) -> bool:
    """Whether a session of this format is the same wherever its key is met; elsewhere a key may be a line number."""
    known = FORMATS.get(format)
    return known is not None and known.is_keyed


def first_with_content(db: sqlite3.Connection, hashes: Collection[int]) -> dict[int, int]:
    """For each content hash that the library knows, the first exchange that has it."""
    return dict(
        db.execute(
            "SELECT content_hash, MIN(id) FROM exchange"
            " WHERE content_hash IN (SELECT value FROM json_each(?)) GROUP BY 1",
            (id_list(hashes),),
        )
    )


def first_with_key(db: sqlite3.Connection, kind: str, session_key: str, session: int) -> dict[str, int]:
    """The exchanges of the same session in other files, by their keys; empty for formats whose keys are local."""
    if not is_keyed(kind):
        return {}
    return dict(
        db.execute(
            "SELECT e.key, MIN(e.id) FROM session s JOIN exchange e ON e.session_id = s.id"
            " WHERE s.key = ? AND s.format = ? AND s.id <> ? GROUP BY e.key",
            (session_key, kind, session),
        )
    )


def recheck(db: sqlite3.Connection, ids: Iterable[int]) -> set[int]:
    """Decide anew whether these exchanges repeat an earlier one, first to last. Returns those that changed."""
    changed = set()
    for exchange in sorted(ids):
        row = db.execute(
            "SELECT e.duplicate_of, e.content_hash, e.key, s.id, s.key, s.format, s.origin, x.hits, e.revision"
            " FROM exchange e JOIN session s ON s.id = e.session_id JOIN exchange_text x ON x.id = e.id WHERE e.id = ?",
            (exchange,),
        ).fetchone()
        if row is None:
            continue
        before, content, key, session, session_key, kind, origin, blob, revision = row
        candidates = [
            first_with_content(db, [content]).get(content, exchange),
            first_with_key(db, kind, session_key, session).get(key, exchange),
        ]
        earlier = [candidate for candidate in candidates if candidate < exchange]
        now = min(earlier) if earlier else 0
        if now == before:
            continue
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
        if revision:
            present.follow_text(db, exchange)
        changed.add(exchange)
    return changed


def repeating(db: sqlite3.Connection, ids: Collection[int]) -> list[int]:
    """The exchanges that are hidden because one of these was there first."""
    return [
        row[0]
        for row in db.execute(
            "SELECT id FROM exchange WHERE duplicate_of <> 0 AND duplicate_of IN (SELECT value FROM json_each(?))",
            (id_list(ids),),
        )
    ]
