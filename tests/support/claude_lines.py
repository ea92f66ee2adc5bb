"""Lines of a Claude Code session, short enough to read in a test."""

from __future__ import annotations

import json
from typing import Any


def line(kind: str, uuid: str, content: Any, parent: str | None = None, **more: Any) -> bytes:
    """One record; keywords that start with `m_` go into the message."""
    message = {"role": kind, "content": content}
    message |= {key[2:]: value for key, value in more.items() if key.startswith("m_")}
    record = {
        "type": kind,
        "uuid": uuid,
        "parentUuid": parent,
        "sessionId": "s",
        "isSidechain": False,
        "cwd": "/home/dev/shop",
        "timestamp": "2026-01-02T03:04:05.000Z",
        "message": message,
    }
    record |= {key: value for key, value in more.items() if not key.startswith("m_")}
    return json.dumps(record).encode() + b"\n"


def asked(uuid: str, text: Any, parent: str | None = None, **more: Any) -> bytes:
    """What a person typed."""
    return line("user", uuid, text, parent, **more)


def said(uuid: str, text: str, parent: str | None = None, message: str = "", **more: Any) -> bytes:
    """A reply of words."""
    return line("assistant", uuid, [{"type": "text", "text": text}], parent, m_id=message or f"m-{uuid}", **more)


def used(uuid: str, tool: str, arguments: Any, parent: str | None = None, message: str = "", call: str = "") -> bytes:
    """A tool call."""
    block = {"type": "tool_use", "id": call or f"t-{uuid}", "name": tool, "input": arguments}
    return line("assistant", uuid, [block], parent, m_id=message or f"m-{uuid}")


def gave(uuid: str, call: str, output: Any, parent: str | None = None, extra: Any = (), **more: Any) -> bytes:
    """A tool's result, with more blocks beside it in `extra`."""
    block = {"type": "tool_result", "tool_use_id": call, "content": output, **more}
    return line("user", uuid, [block, *extra], parent)
