"""Claude Code on the web: a session as one document, whose `loglines` are the records that a session file has."""

from __future__ import annotations

import re

import msgspec

from curator.core.exchange import Problem
from curator.formats.adapters import claude_code
from curator.formats.documents import items_under
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.jsonlines import UNREADABLE, Source

_LOGLINES = re.compile(rb'\A\{(?:\s*"[^"\\]*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[\w.+-]+)\s*,)*\s*"loglines"\s*:\s*\[')


def recognises(head: Head) -> bool:
    """Whether the document holds log lines, with nothing but plain values before them where it is long."""
    return head.matches(_LOGLINES) or any(isinstance(record.get("loglines"), list) for record in head.records)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The sessions of the records, as Claude Code's; a line is the number of its record."""
    lines: list[bytes] = []
    for number, record in items_under("loglines", data, problems):
        try:
            lines.append(msgspec.json.format(bytes(record), indent=-1))
        except UNREADABLE:
            lines.append(b"")
            problems.append(Problem(number, f"Record {number} is not readable."))
    return claude_code.read(b"\n".join(lines), name, problems, unknown)
