"""pi: sessions of the coding agent, `~/.pi/agent/sessions`."""

from __future__ import annotations

from curator.core.exchange import Problem
from curator.formats.adapters.pi_heads import is_session
from curator.formats.adapters.pi_sessions import read_session
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.jsonlines import Source


def recognises(head: Head) -> bool:
    """Whether it is a session file of this family; its relatives are asked before."""
    return is_session(head)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of a session file."""
    return read_session(data, name, problems, unknown, "pi")
