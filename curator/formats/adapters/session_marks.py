"""Which sessions of a database changed since it was read last: one number for all that each one's rows hold.

Programs change rows in place and delete some, so that neither the rows' numbers nor a session's own time tells what is
new. Going over the rows of 270 MB of OpenCode's takes 0.16 s of CPU; making conversations of them takes 1.4 s, before
they are screened and stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import xxhash

from curator.formats.database import Changed, Database
from curator.formats.events import SessionEvents, clean
from curator.formats.loose import as_text

_PACK = msgspec.msgpack.Encoder()


class _Mark(msgspec.Struct):
    """The tables as they were, and each session's number."""

    tables: int
    sessions: dict[str, int]


_MARK = msgspec.json.Decoder(_Mark)


def mark_of(db: Database, *queries: str) -> str:
    """Where the next reading can begin. Each query gives rows of a session's id and all that a change of it changes."""
    sessions: dict[str, int] = {}
    for number, query in enumerate(queries):
        for id, *values in db.rows(query):
            key = as_text(id)
            sessions[key] = xxhash.xxh3_64_intdigest(_PACK.encode([number, values]), sessions.get(key, 0))
    tables = sorted((name, sorted(columns)) for name, columns in db.tables.items())
    mark = _Mark(xxhash.xxh3_64_intdigest(_PACK.encode(tables)), sessions)
    return msgspec.json.encode(mark).decode()


def changed_between(
    since: str, now: str, read: Callable[[frozenset[str]], Iterator[SessionEvents]], more: frozenset[str] = frozenset()
) -> Changed | None:
    """What `read` gives of the sessions that are new or other than they were, or of which it is known otherwise
    (`more`); None where the whole has to be read.

    That is so after the program changed its tables, and where most sessions are gone: it is another database then. So
    it is where one changed whose id is no text, not UTF-8 or holds NUL: asking for it would find no row. A mark that
    another version of Curator left may be of another shape.
    """
    try:
        before, after = _MARK.decode(since), _MARK.decode(now)
    except msgspec.MsgspecError:
        return None
    gone = before.sessions.keys() - after.sessions.keys()
    if before.tables != after.tables or 2 * len(gone) > len(before.sessions):
        return None
    changed = frozenset(id for id, held in after.sessions.items() if before.sessions.get(id) != held or id in more)
    if any(not id or "\ufffd" in clean(id) for id in changed):
        return None
    return Changed(read(changed), changed | gone)


def among(column: str, sessions: frozenset[str] | None) -> tuple[str, tuple[str, ...]]:
    """The condition that a row is of one of these sessions, with its parameters; of any where they are None.

    SQLite takes no list for a parameter, but a list written as JSON.
    """
    if sessions is None:
        return "1", ()
    return f"{column} IN (SELECT value FROM json_each(?))", (msgspec.json.encode(sorted(sessions)).decode(),)
