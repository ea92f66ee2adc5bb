"""OMP (Oh My Pi): sessions in pi's shape with entries of their own, `~/.omp/agent/sessions`."""

from __future__ import annotations

import re

from curator.core.exchange import Problem
from curator.formats.adapters.pi_heads import is_session
from curator.formats.adapters.pi_sessions import read_session
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.jsonlines import Source

_OWN = frozenset(["session_init", "title", "title_change", "service_tier_change", "mode_change", "ttsr_injection"])
_HOME = re.compile(rb'"(?:cwd|parentSession)"\s*:\s*"[^"]*[/\\]\.omp[/\\]')


def recognises(head: Head) -> bool:
    """Whether it is a session of pi's family with entries that only OMP writes."""
    if not is_session(head):
        return False
    has_title = any(record.get("type") == "session" and "title" in record for record in head.records)
    return has_title or not _OWN.isdisjoint(head.kinds) or head.matches(_HOME)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of a session file."""
    return read_session(data, name, problems, unknown, "omp")
