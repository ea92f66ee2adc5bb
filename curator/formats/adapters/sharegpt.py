"""ShareGPT rows: `conversations` of `from` and `value`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from curator.core.exchange import Problem
from curator.formats.adapters.rows import read_rows
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.jsonlines import Source

_TURNS = re.compile(rb'"conversations?"\s*:\s*\[\s*\{\s*"(?:from|value)"\s*:')


def recognises(head: Head) -> bool:
    """Whether its rows hold turns that name their speaker with `from`."""
    if not head.records:
        return head.is_json and head.matches(_TURNS)
    for record in head.records:
        turns = record.get("conversations", record.get("conversation"))
        if isinstance(turns, list) and turns and isinstance(turns[0], dict) and "from" in turns[0]:
            return True
    return False


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """One session for each row of the file."""
    return read_rows(data, "sharegpt", problems, unknown)
