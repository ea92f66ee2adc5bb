"""Another program's database, written by a process of its own that keeps it open with its log, as those programs do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

_PROGRAM = """
import sqlite3, sys, json
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA wal_autocheckpoint = 0")
for line in sys.stdin:
    db.executescript(json.loads(line))
    print("done", flush=True)
"""


class ForeignStore:
    """A database in WAL mode whose owner is another process; what is written stays in the log until it ends."""

    def __init__(self, path: Path, script: str) -> None:
        self.path = path
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.write(script)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, script: str) -> None:
        """Have the owner run SQL; it is committed, in the log, when this returns."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(script) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def kill(self) -> None:
        """End the owner in the middle of its work: the log stays where it is."""
        self._process.kill()
        self._finish()

    def close(self) -> None:
        """End the owner: SQLite puts what stands in the log into the file and removes the log."""
        if self._process.poll() is None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()
        self._finish()

    def _finish(self) -> None:
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def opencode_turn(number: int, prompt: str, answer: str, session: str = "ses_1") -> str:
    """The SQL by which OpenCode records one prompt and its answer."""
    user, reply = f"msg_{number:04}a", f"msg_{number:04}b"
    asked = json.dumps({"role": "user", "time": {"created": 1767225600000 + number}})
    said = json.dumps({"role": "assistant", "parentID": user, "modelID": "m", "finish": "stop"})
    parts = [(f"prt_{number:04}a", user, prompt), (f"prt_{number:04}b", reply, answer)]
    lines = [f"INSERT INTO message VALUES ('{user}', '{session}', {number}, 0, '{asked}');"]
    lines.append(f"INSERT INTO message VALUES ('{reply}', '{session}', {number}, 0, '{said}');")
    for id, message, text in parts:
        data = json.dumps({"type": "text", "text": text})
        lines.append(f"INSERT INTO part VALUES ('{id}', '{message}', '{session}', {number}, '{data}');")
    return "\n".join(lines)


OPENCODE = """
CREATE TABLE project (id TEXT PRIMARY KEY, worktree TEXT NOT NULL);
CREATE TABLE session (id TEXT PRIMARY KEY, project_id TEXT, parent_id TEXT, title TEXT, directory TEXT, revert TEXT,
                      time_created INTEGER, time_updated INTEGER);
CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT);
CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER, data TEXT);
INSERT INTO session VALUES ('ses_1', 'p', NULL, 'Tea', '/home/ada/tea', NULL, 1767225600000, 1767225606000);
"""
"""The tables of opencode.db, and one session without a word in it."""
