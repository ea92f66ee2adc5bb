"""Some sessions of a database, by their keys: each as reading the whole gives it, without the others."""

from __future__ import annotations

from collections.abc import Iterator

from curator.core.exchange import Problem
from curator.formats.database import MAGIC, Database
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.reader import OpenTranscript, guarded, told_apart
from curator.formats.sniff import adapter, sniff


def open_sessions(db: Database, name: str, keys: frozenset[str]) -> OpenTranscript:
    """The sessions that have these keys, one after the other; those that are not there are left out. `name` is the
    file's. Raises UnreadableFileError where the file's tables cannot be read; `format` is empty where nobody knows
    them, and `is_partial` says at the end that reading broke off."""
    format = sniff(Head(MAGIC, name, db.tables))
    opened = OpenTranscript(format or "")
    if format is not None:
        opened.events = guarded(opened, lambda: _chosen(opened, db, name, keys))
    return opened


def _chosen(opened: OpenTranscript, db: Database, name: str, keys: frozenset[str]) -> Iterator[SessionEvents]:
    """Asked for by their ids, where the adapter can; a key that is no id is found by going over the whole."""
    module = adapter(opened.format)
    wanted = set(keys)
    if hasattr(module, "read_sessions"):
        yield from _taken(module.read_sessions(db, name, keys, opened.problems, opened.unknown), wanted)
    if wanted:
        problems: list[Problem] = []
        yield from _taken(told_apart(module.read_database(db, name, problems, {})), wanted)


def _taken(sessions: Iterator[SessionEvents], wanted: set[str]) -> Iterator[SessionEvents]:
    """Those that are wanted, each once; ends as soon as none is left."""
    for session in sessions:
        if session.key in wanted:
            wanted.remove(session.key)
            yield session
        if not wanted:
            return
