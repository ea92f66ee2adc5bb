"""Chat rows: `messages` with roles as OpenAI's fine-tuning takes them, and `contents` as Gemini's does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from curator.core.exchange import Problem
from curator.formats.adapters.rows import read_rows
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.jsonlines import Source

_KEYS = re.compile(
    rb'"(?:messages|conversations|contents)"\s*:\s*\[\s*\{\s*"(?:role|content|parts)"\s*:|\A\[\s*\{\s*"role"\s*:\s*"'
)


def recognises(head: Head) -> bool:
    """Whether its rows hold turns with a role, or the document is a list of such turns."""
    if head.records:
        return any(map(_is_own, head.records))
    return head.is_json and head.matches(_KEYS)


def _is_own(record: dict[str, Any]) -> bool:
    for key in ("conversations", "conversation", "messages", "contents", "prompt"):
        turns = record.get(key)
        if isinstance(turns, list):
            first = turns[0] if turns else None
            return isinstance(first, dict) and "role" in first and (key != "messages" or "content" in first)
    return record.get("role") in ("user", "assistant", "system") and isinstance(record.get("content"), str | list)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """One session for each row of the file."""
    return read_rows(data, "openai-messages", problems, unknown)
