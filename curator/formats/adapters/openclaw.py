"""OpenClaw: sessions in pi's shape, in files (`~/.openclaw/agents/<id>/sessions`) or, now, in a database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.openclaw_prompts import Listener
from curator.formats.adapters.openclaw_store import COLUMNS, TABLE, Stored, mark_of, stored_sessions
from curator.formats.adapters.pi_heads import is_session
from curator.formats.adapters.pi_sessions import read_session
from curator.formats.adapters.session_marks import changed_between
from curator.formats.database import Changed, Database
from curator.formats.events import SessionEvents, clean, dropped
from curator.formats.head import Head
from curator.formats.jsonlines import Source

__all__ = ["mark_of", "read", "read_changed", "read_database", "read_sessions", "recognises"]

_OWN = re.compile(
    rb'"customType"\s*:\s*"(?:openclaw|model-snapshot)|"provider"\s*:\s*"openclaw"|"model"\s*:\s*"delivery-mirror"'
    rb'|"id"\s*:\s*"openclaw|\(untrusted metadata\):|\[OpenClaw heartbeat poll\]'
    rb'|"cwd"\s*:\s*"[^"]*[/\\]\.(?:openclaw|clawdbot|moltbot|qclaw|kimi_openclaw)'
)
_WORDS = (b"claw", b"Claw", b"moltbot", b"model-snapshot", b"delivery-mirror", b"(untrusted metadata)")
"""One of them stands wherever the pattern is found; they are found a hundred times as fast."""
_TREE_VERSION = 3
"""The version of pi's session files; OpenClaw counts on from there."""
_MIRROR = "delivery-mirror"
_INJECTED = "gateway-injected"
_NOTHING = frozenset(["HEARTBEAT_OK", "NO_REPLY"])
"""What the assistant says when it has nothing to say."""


def recognises(head: Head) -> bool:
    """Whether it is a session of pi's family that OpenClaw's gateway wrote."""
    if head.tables:
        return head.tables.get(TABLE, frozenset()) >= COLUMNS
    if not is_session(head):
        return False
    has_words = any(word in head.raw for word in _WORDS)
    return (has_words and head.matches(_OWN)) or any(map(_is_newer, head.records))


def _is_newer(record: dict[str, object]) -> bool:
    version = record.get("version")
    return record.get("type") == "session" and isinstance(version, int) and version > _TREE_VERSION


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of a session file, without what the gateway said to itself."""
    sessions = read_session(data, name, problems, unknown, "openclaw", Listener(), frozenset({_MIRROR, _INJECTED}))
    for session in sessions:
        session.events = _spoken(session.events)
    return sessions


def read_changed(
    db: Database, name: str, since: str, now: str, problems: list[Problem], unknown: dict[str, int]
) -> Changed | None:
    """The conversations that changed between two marks; None where that cannot be told."""
    return changed_between(since, now, lambda ids: _told(stored_sessions(db, problems, ids), problems, unknown))


def read_sessions(
    db: Database, name: str, keys: frozenset[str], problems: list[Problem], unknown: dict[str, int]
) -> Iterator[SessionEvents]:
    """The conversations with these keys."""
    return _told(stored_sessions(db, problems, keys), problems, unknown)


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Each conversation of an agent's database, one at a time, by the id that it is held under: what changed is asked
    for by that. Its file begins with the same id."""
    return _told(stored_sessions(db, problems), problems, unknown)


def _told(found: Iterable[Stored], problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    for stored in found:
        for session in read(stored.lines, stored.id, problems, unknown):
            session.key = clean(stored.id) or session.key
            session.title = session.title or clean(stored.title)
            if ":subagent:" in stored.key:
                session.origin = Origin.AGENT
            elif ":cron:" in stored.key:
                session.events = [_timed(event) for event in session.events]
            yield session


def _timed(event: Event) -> Event:
    return event._replace(flags=event.flags | {"not_human"}) if event.kind is EventKind.PROMPT else event


def _spoken(events: list[Event]) -> list[Event]:
    """Without silence and the gateway's own replies; a delivery's copy is no answer where one was given already."""
    found: list[Event] = []
    is_answered = False
    for event in events:
        kind = event.kind
        if kind is EventKind.REPLY_TEXT:
            if event.name == _INJECTED or event.text.strip() in _NOTHING:
                event = dropped("status", event.text, event.line, event.id, event.timestamp)
            elif event.name == _MIRROR and is_answered:
                event = dropped("relay", event.text, event.line, event.id, event.timestamp)
            elif event.name == _MIRROR:
                event = event._replace(name="")
            else:
                is_answered = True
        elif kind in (EventKind.PROMPT, EventKind.TOOL_CALL, EventKind.TOOL_RESULT):
            is_answered = False
        found.append(event)
    return found
