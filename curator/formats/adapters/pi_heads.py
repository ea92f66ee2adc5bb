"""How a session file of pi's family is told by its first records."""

from __future__ import annotations

import re
from typing import Any

from curator.formats.head import Head

_LONG = re.compile(rb'^\{"type"\s*:\s*"session"\s*,.*"timestamp"\s*:', re.S)


def is_session(head: Head) -> bool:
    """Whether it has a session's head, or entries that hold messages where the head was cut off."""
    if not head.records:
        return not head.is_list and head.matches(_LONG)
    if "session" not in head.kinds:
        return "message" in head.kinds and any(map(_is_entry, head.records))
    return any(
        record.get("type") == "session" and isinstance(record.get("id"), str) and "timestamp" in record
        for record in head.records
    )


def _is_entry(record: dict[str, Any]) -> bool:
    message = record.get("message")
    is_tree = "parentId" in record and isinstance(record.get("id"), str)
    return is_tree and isinstance(message, dict) and message.get("role") in ("user", "assistant", "toolResult")
