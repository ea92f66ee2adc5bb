"""Entries of a session of pi or its relatives, short enough to read in a test."""

from __future__ import annotations

import json
from typing import Any

HEAD: dict[str, Any] = {
    "type": "session",
    "version": 3,
    "id": "019c0de0-0000-7000-8000-000000000001",
    "timestamp": "2026-03-01T08:00:00.000Z",
    "cwd": "/home/dev/shop",
}


class Session:
    """Lines of a session; each entry follows the one before it unless `parent` says otherwise. A second passes
    between two entries."""

    def __init__(self, **head: Any) -> None:
        self.lines: list[dict[str, Any]] = [HEAD | head]
        self._last: str | None = None

    def entry(self, kind: str, id: str = "", parent: str | None = "", **fields: Any) -> str:
        """Any entry; an empty `id` makes one."""
        number = len(self.lines)
        id = id or f"e{number}"
        above = self._last if parent == "" else parent
        stamp = f"2026-03-01T08:{number // 60:02}:{number % 60:02}.000Z"
        self.lines.append({"type": kind, "id": id, "parentId": above, "timestamp": stamp} | fields)
        self._last = id
        return id

    def message(self, role: str, content: Any, id: str = "", parent: str | None = "", **fields: Any) -> str:
        """An entry that holds a message; a string becomes a part of text."""
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        return self.entry("message", id, parent, message={"role": role, "content": parts} | fields)

    def asked(self, text: Any, id: str = "", parent: str | None = "", **fields: Any) -> str:
        """What a person typed."""
        return self.message("user", text, id, parent, **fields)

    def said(self, text: Any, id: str = "", parent: str | None = "", **fields: Any) -> str:
        """A reply."""
        return self.message("assistant", text, id, parent, **({"model": "m", "stopReason": "stop"} | fields))

    def used(self, tool: str, output: str = "", call: str = "c1", **fields: Any) -> str:
        """A tool call, and its result where there is one."""
        arguments = {"command": "x"}
        last = self.said([{"type": "toolCall", "id": call, "name": tool, "arguments": arguments}], stopReason="toolUse")
        if output:
            last = self.message("toolResult", output, toolCallId=call, toolName=tool, **({"isError": False} | fields))
        return last

    @property
    def data(self) -> bytes:
        """The file."""
        return b"".join(json.dumps(line).encode() + b"\n" for line in self.lines)
