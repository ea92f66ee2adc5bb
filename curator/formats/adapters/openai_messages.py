"""Chat rows: `messages` with roles as OpenAI's fine-tuning takes them, and plain prompt and answer pairs."""

from __future__ import annotations

import re
from typing import Any

from curator.core.exchange import Problem
from curator.formats.adapters.rows import read_rows
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.jsonlines import Source

_PAIRS = (
    ("prompt", "completion"),
    ("prompt", "response"),
    ("prompt", "chosen"),
    ("instruction", "output"),
    ("question", "answer"),
)
_KEYS = re.compile(
    rb'"(?:messages|conversations)"\s*:\s*\[\s*\{\s*"(?:role|content)"\s*:'
    rb'|\A\[?\s*\{\s*"(?:prompt|instruction|question)"\s*:|\A\[\s*\{\s*"role"\s*:\s*"'
)


def recognises(head: Head) -> bool:
    """Whether its rows hold turns with a role, or a prompt and an answer under names that are in use."""
    if head.records:
        return any(map(_is_own, head.records))
    return head.is_json and head.matches(_KEYS)


def _is_own(record: dict[str, Any]) -> bool:
    for key in ("conversations", "conversation", "messages"):
        turns = record.get(key)
        if isinstance(turns, list):
            first = turns[0] if turns else None
            return isinstance(first, dict) and "role" in first and (key != "messages" or "content" in first)
    if any(isinstance(record.get(p), str | list) and isinstance(record.get(a), str | list) for p, a in _PAIRS):
        return True
    return record.get("role") in ("user", "assistant", "system") and isinstance(record.get("content"), str | list)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """One session for each row of the file."""
    return read_rows(data, "openai-messages", problems, unknown)
