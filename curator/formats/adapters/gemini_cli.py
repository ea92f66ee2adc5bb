"""Gemini CLI sessions: one JSON document (until 2026), or JSON Lines that update, check and rewind themselves.

Facts: packages/core/src/services/chatRecordingService.ts and chatRecordingTypes.ts of google-gemini/gemini-cli.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from curator.core.exchange import EventKind, Origin, Problem
from curator.formats.adapters.gemini_messages import Message, message_events, text_of
from curator.formats.documents import as_object
from curator.formats.events import SessionEvents, clean
from curator.formats.head import Head
from curator.formats.jsonlines import BOM, UNREADABLE, Source, read_records
from curator.formats.tolerant import tolerant

_HEAD = re.compile(rb'\A\{\s*"sessionId"\s*:\s*"[^"]*"\s*,\s*"projectHash"\s*:')


class _Record(Message, gc=False):
    """A line: a message, what is known of the session, an update of that, or a rewind. The old document is one line."""

    sessionId: str | None = None  # noqa: N815
    startTime: str | None = None  # noqa: N815
    summary: str | None = None
    kind: str | None = None
    directories: list[str] | None = None
    messages: list[Message] | None = None
    update: _Record | None = msgspec.field(default=None, name="$set")
    rewind: str | None = msgspec.field(default=None, name="$rewindTo")


_RECORDS = msgspec.json.Decoder(_Record)


def recognises(head: Head) -> bool:
    """Whether it names a session and a project's hash, or its records are Gemini's."""
    return any(map(_is_own, head.records)) or (not head.records and head.matches(_HEAD))


def _is_own(record: dict[str, Any]) -> bool:
    if "$set" in record or "$rewindTo" in record:
        return True
    if isinstance(record.get("sessionId"), str) and "type" not in record:
        messages = record.get("messages")
        return "projectHash" in record or (
            isinstance(messages, list) and any(isinstance(m, dict) and m.get("type") == "gemini" for m in messages)
        )
    return record.get("type") == "gemini" and "content" in record and "id" in record


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of the file."""
    reading = _Reading(unknown)
    for number, record in _records(data, problems):
        reading.take(number, record)
    return reading.sessions(name)


def _records(data: Source, problems: list[Problem]) -> Iterable[tuple[int, _Record]]:
    raw = bytes(data).removeprefix(BOM)
    try:
        return [(1, _RECORDS.decode(raw))]
    except UNREADABLE:
        pass
    first = as_object(raw.lstrip().partition(b"\n")[0])
    if first is not None:
        return read_records(data, _RECORDS, problems)
    whole = as_object(raw)
    if whole is not None:
        return [(1, tolerant(_Record, whole))]
    if b"\n" in raw:  # else it is the first line of a new session, half written
        problems.append(Problem(0, "The file breaks off: it is written anew at each turn, so import it again later."))
    return []


class _Reading:
    """One pass over one file: the messages that stand, by id, and the ways that were rewound."""

    def __init__(self, unknown: dict[str, int]) -> None:
        self._unknown = unknown
        self._standing: dict[str, tuple[int, Message]] = {}
        self._rewound: list[list[tuple[int, Message]]] = []
        self._told: set[tuple[str, str]] = set()  # what was said, for checkpoints that say it under another id
        self._untold: list[Message] = []
        self._key = ""
        self._title = ""
        self._project = ""
        self._started = ""
        self._origin = Origin.HUMAN

    def take(self, line: int, record: _Record) -> None:
        """One line of the file."""
        if record.rewind is not None:
            self._rewind(record.rewind)
        elif record.update is not None:
            self._about(record.update)
            self._check(line, record.update.messages or [])
        elif record.id is not None or record.type is not None:
            self._put(line, record)
        else:
            self._about(record)
            for number, message in enumerate(record.messages or (), 1):
                self._put(number, message)

    def _about(self, record: _Record) -> None:
        self._key = self._key or clean(record.sessionId or "")
        self._started = self._started or clean(record.startTime or "")
        self._title = clean(record.summary or self._title)
        if record.directories and not self._project:
            self._project = clean(record.directories[0])
        if record.kind == "subagent":
            self._origin = Origin.AGENT

    def _put(self, line: int, message: Message) -> None:
        """A message as it is now: it is written again whenever it grew."""
        self._standing[message.id or f"#{line}"] = (line, message)
        self._untold.append(message)

    def _rewind(self, id: str) -> None:
        """Take back the message and all after it; an id that nobody has takes back everything, as the program does."""
        keys = list(self._standing)
        at = keys.index(id) if id in self._standing else 0
        self._rewound.append([self._standing.pop(key) for key in keys[at:]])

    def _check(self, line: int, messages: list[Message]) -> None:
        """The history as the model sees it now: what was said before stays as it was said; a summary is added.

        Outputs are masked there and old turns are summed up, so a message that is known already is not replaced.
        """
        for message in messages:
            if message.id in self._standing:
                continue
            self._told.update(map(_words, self._untold))
            self._untold = []
            if _words(message) not in self._told:
                self._told.add(_words(message))
                self._standing[message.id or f"#{line}.{len(self._standing)}"] = (line, message)

    def sessions(self, name: str) -> list[SessionEvents]:
        """The conversation, the ways that were rewound at its end."""
        events = [
            event for line, message in self._standing.values() for event in message_events(message, line, self._unknown)
        ]
        for way in self._rewound:
            left = [e for line, m in way if m.id not in self._standing for e in message_events(m, line, self._unknown)]
            start = next((at for at, e in enumerate(left) if e.kind is EventKind.PROMPT), len(left))
            events += [
                e._replace(flags=e.flags | {"abandoned_branch"}) if e.kind is EventKind.PROMPT else e
                for e in left[start:]
            ]
        if not events:
            return []
        key = self._key or clean(name)
        return [
            SessionEvents(key, "gemini-cli", self._title, self._project, self._started, self._origin, events=events)
        ]


def _words(message: Message) -> tuple[str, str]:
    return message.type or "", text_of(message.content)[0]
