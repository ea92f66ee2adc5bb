"""OpenClaw's database of an agent (since September 2026): the lines of its sessions as rows, long ones packed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import zstandard

from curator.core.exchange import Problem
from curator.formats.adapters import session_marks
from curator.formats.database import Database, chosen
from curator.formats.loose import as_text

TABLE = "transcript_events"
COLUMNS = frozenset(["session_id", "seq", "event_json"])
"""What tells such a table: other programs have one of that name."""
_COLUMNS = ("session_id", "seq", "event_json", "event_zstd")
_LONGEST = 4 << 20
"""Bytes that a packed row may hold; the program allows no more."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A session of the database: its lines as a session file has them, and what the other tables say of it.

    `key` says who opened it: `agent:<id>:main`, `…:subagent:…`, `…:cron:…`.
    """

    id: str
    lines: bytes
    key: str = ""
    title: str = ""


def mark_of(db: Database) -> str:
    """Where the next reading can begin."""
    queries = [f"SELECT {chosen(db, TABLE, *_COLUMNS)} FROM {TABLE}", *_about_queries(db)]
    return session_marks.mark_of(db, *queries)


def stored_sessions(db: Database, problems: list[Problem], only: frozenset[str] | None = None) -> Iterator[Stored]:
    """Each session, or each of these, one at a time: a database can hold years of them."""
    about = {
        as_text(id): (as_text(key), as_text(title)) for query in _about_queries(db) for id, key, title in db.rows(query)
    }
    which, ids = session_marks.among("session_id", only)
    columns = chosen(db, TABLE, *_COLUMNS)
    rows = db.rows(f"SELECT {columns} FROM {TABLE} WHERE {which} ORDER BY session_id, seq", *ids)
    for id, events in groupby(rows, key=lambda row: as_text(row[0])):
        lines: list[bytes] = []
        for _, number, text, blob in events:
            line = text.encode("utf-8", "replace") if isinstance(text, str) else _unpacked(blob)
            if line is None:
                problems.append(Problem(0, f"Entry {number} of session {id} is packed in a way that cannot be read."))
                continue
            lines.append(line.replace(b"\n", b" ") + b"\n")
        key, title = about.get(id, ("", ""))
        yield Stored(id, b"".join(lines), key, title)


def _about_queries(db: Database) -> list[str]:
    """What gives each session's id, key and title; of two queries, the later one knows more."""
    windows = db.tables.get("session_windows", frozenset())
    if not {"session_id", "session_key"} <= windows:
        return []
    queries = ["SELECT session_id, session_key, NULL FROM session_windows"]
    nodes = db.tables.get("session_nodes", frozenset())
    if {"session_key", "label", "display_name"} <= nodes:
        joined = "session_windows w JOIN session_nodes n ON n.session_key = w.session_key"
        queries.append(f"SELECT w.session_id, w.session_key, COALESCE(n.label, n.display_name) FROM {joined}")
    return queries


def _unpacked(blob: object) -> bytes | None:
    if not isinstance(blob, bytes):
        return None
    try:
        return zstandard.ZstdDecompressor().decompress(blob, max_output_size=_LONGEST)
    except zstandard.ZstdError:
        return None
