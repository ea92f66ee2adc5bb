"""Claude Code sessions, written record by record: what tests append to, cut, replace and kill things over."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any


class ClaudeSession:
    """A session file that grows. Every id comes from `seed`, so that the same calls write the same bytes."""

    def __init__(self, path: Path, *, seed: int = 1, cwd: str = "/home/me/app") -> None:
        self.path = path
        self.cwd = cwd
        self.key = str(uuid.UUID(int=seed))
        self._count = seed << 32
        self._parent: str | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def exchange(self, prompt: str, response: str, *, tools: int = 1) -> None:
        """Append one prompt, some tool work, and the answer; in one write, as one flush of the tool would."""
        self.write(self.lines(prompt, response, tools=tools))

    def lines(self, prompt: str, response: str, *, tools: int = 1) -> bytes:
        """The records of an exchange, not yet written."""
        out = [self._record("user", {"role": "user", "content": prompt})]
        for number in range(tools):
            call = {
                "type": "tool_use",
                "id": f"toolu_{self._count}",
                "name": "Read",
                "input": {"file_path": f"/f{number}"},
            }
            out.append(self._reply([call], "tool_use"))
            result = {"type": "tool_result", "tool_use_id": call["id"], "content": f"{number} lines"}
            out.append(self._record("user", {"role": "user", "content": [result]}))
        out.append(self._reply([{"type": "text", "text": response}], "end_turn"))
        return b"".join(out)

    def write(self, data: bytes) -> None:
        """Append bytes as they are."""
        with self.path.open("ab") as file:
            file.write(data)

    def _reply(self, content: list[dict[str, Any]], stop: str) -> bytes:
        message = {
            "id": f"msg_{self._count}",
            "type": "message",
            "role": "assistant",
            "model": "claude-opus-4-5",
            "content": content,
            "stop_reason": stop,
        }
        return self._record("assistant", message)

    def _record(self, kind: str, message: dict[str, Any]) -> bytes:
        self._count += 1
        id = str(uuid.UUID(int=self._count))
        minutes, seconds = divmod(self._count & 0xFFF, 60)
        record = {
            "parentUuid": self._parent,
            "isSidechain": False,
            "userType": "external",
            "cwd": self.cwd,
            "sessionId": self.key,
            "version": "2.1.40",
            "type": kind,
            "message": message,
            "uuid": id,
            "timestamp": f"2026-03-01T10:{minutes % 60:02}:{seconds:02}.000Z",
        }
        self._parent = id
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
