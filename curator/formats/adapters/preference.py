"""Preference rows: a prompt with the answer that was `chosen` and the one that was `rejected`.

The chosen one is the answer; the other is left out, and can be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from curator.core.exchange import Problem
from curator.formats.adapters.rows import read_rows
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.jsonlines import Source


def recognises(head: Head) -> bool:
    """Whether its rows hold a chosen answer, and the prompt or a rejected one."""
    if not head.records:
        return head.is_json and head.has("chosen", "rejected")
    return any(
        isinstance(record.get("chosen"), str | list | dict)
        and ("rejected" in record or any(key in record for key in ("prompt", "question", "instruction")))
        for record in head.records
    )


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """One session for each row of the file."""
    return read_rows(data, "preference", problems, unknown)
