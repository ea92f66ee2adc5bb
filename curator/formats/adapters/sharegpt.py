"""ShareGPT rows: `conversations` of `from` and `value`."""

from __future__ import annotations

from curator.core.exchange import Problem
from curator.formats.adapters.rows import read_rows
from curator.formats.events import SessionEvents
from curator.formats.jsonlines import Source


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """One session for each row of the file."""
    return read_rows(data, "sharegpt", problems, unknown)
