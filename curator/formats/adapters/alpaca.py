"""Alpaca rows: `instruction` with an `input` or a `context` beside it, and `output` or `response`."""

from __future__ import annotations

from collections.abc import Iterator

from curator.core.exchange import Problem
from curator.formats.adapters.pairs import asking_of
from curator.formats.adapters.rows import read_rows
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.jsonlines import Source


def recognises(head: Head) -> bool:
    """Whether its rows hold an instruction and what answers it."""
    if head.records:
        return any(asking_of(record) == "instruction" for record in head.records)
    return head.is_json and head.has("instruction", "output")


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """One session for each row of the file."""
    return read_rows(data, "alpaca", problems, unknown)
