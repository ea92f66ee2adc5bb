"""Rows of a prompt and an answer, under the names that are in use: `prompt` and `completion`, `question` and `answer`.

Kiln keeps each answer as a document of its own, with `input` and an `output` that holds an `output`
(kiln_ai/datamodel/task_run.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curator.core.exchange import Problem
from curator.formats.adapters.pairs import asking_of
from curator.formats.adapters.rows import read_rows
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.jsonlines import Source

_FIRST = re.compile(rb'\A\[?\s*\{\s*"(?:prompt|question|query|problem)"\s*:')


def recognises(head: Head) -> bool:
    """Whether its rows hold a prompt and an answer under names that are in use."""
    if head.records:
        return any(map(asking_of, head.records))
    return head.is_json and head.matches(_FIRST)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """One session for each row of the file."""
    return read_rows(data, "prompt-completion", problems, unknown)
