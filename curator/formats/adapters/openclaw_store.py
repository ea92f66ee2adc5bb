"""OpenClaw's database of an agent (since September 2026): the lines of its sessions as rows, long ones packed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import zstandard

from curator.core.exchange import Problem
from curator.formats.database import Database
from curator.formats.loose import as_text

TABLE = "transcript_events"
COLUMNS = frozenset(["session_id", "seq", "event_json"])
"""What tells such a table: other programs have one of that name."""
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


def stored_sessions(db: Database, problems: list[Problem]) -> Iterator[Stored]:
    """Each session, one at a time: a database can hold years of them."""
    about = dict(_about(db))
    packed = "event_zstd" if "event_zstd" in db.tables[TABLE] else "NULL"
    rows = db.rows(f"SELECT session_id, seq, event_json, {packed} FROM {TABLE} ORDER BY session_id, seq")
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


def _about(db: Database) -> Iterator[tuple[str, tuple[str, str]]]:
    windows = db.tables.get("session_windows", frozenset())
    if not {"session_id", "session_key"} <= windows:
        return
    for id, key in db.rows("SELECT session_id, session_key FROM session_windows"):
        yield as_text(id), (as_text(key), "")
    nodes = db.tables.get("session_nodes", frozenset())
    if {"session_key", "label", "display_name"} <= nodes:
        joined = "session_windows w JOIN session_nodes n ON n.session_key = w.session_key"
        for id, key, title in db.rows(
            f"SELECT w.session_id, w.session_key, COALESCE(n.label, n.display_name) FROM {joined}"
        ):
            yield as_text(id), (as_text(key), as_text(title))


def _unpacked(blob: object) -> bytes | None:
    if not isinstance(blob, bytes):
        return None
    try:
        return zstandard.ZstdDecompressor().decompress(blob, max_output_size=_LONGEST)
    except zstandard.ZstdError:
        return None
