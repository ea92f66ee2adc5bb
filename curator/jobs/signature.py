"""Who works at a job: the process that signed for it in `worker.json`, and the one that watches over it."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from curator.boot import boot_id, signature
from curator.core.job import PID_FILE


@dataclass(frozen=True, slots=True)
class Process:
    """A process by its id and start time: an id alone could have been given to another program since.

    Linux counts the start from its own, `boot`, which moves whenever the clock is set (after sleep, in a machine that
    was halted): what lies between the two is the same however often that happens. What lies between them may be the
    same once more when the computer has been started anew, but `boot_id` is not.
    """

    pid: int
    created: float
    boot: float | None = None
    boot_id: str = ""

    @property
    def is_alive(self) -> bool:
        """Whether this very process is there, and no zombie."""
        if self.boot_id and (now := boot_id()) and now != self.boot_id:
            return False
        try:
            process = psutil.Process(self.pid)
            return self._is_same(process.create_time()) and bool(process.status() != psutil.STATUS_ZOMBIE)
        except psutil.Error:
            return False

    def _is_same(self, created: float) -> bool:
        if abs(created - self.created) < 1.0:
            return True
        return self.boot is not None and abs((created - psutil.boot_time()) - (self.created - self.boot)) < 1.0


@dataclass(frozen=True, slots=True)
class Worker:
    """Who signed for a job: the process that works, and the one that watches over it and tells its end."""

    process: Process
    watcher: Process | None = None

    @property
    def pid(self) -> int:
        """The id of the process that works."""
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        """Whether something may still be told by either."""
        return self.process.is_alive or (self.watcher is not None and self.watcher.is_alive)


def worker(folder: Path) -> Worker | None:
    """Who signed for this job last, alive or not."""
    try:
        signed = json.loads((folder / PID_FILE).read_text(encoding="utf-8"))
        watcher = signed.get("watcher")
        return Worker(_process(signed), _process(watcher) if watcher else None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def sign_for(folder: Path, pid: int) -> None:
    """Sign for a worker until it does so itself; where it was quicker, its own signature stays."""
    try:
        signed = signature(pid)
    except psutil.Error:
        signed = {"pid": pid, "created": time.time()}
    try:
        descriptor = os.open(folder / PID_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(signed, stream)


def _process(signed: dict[str, Any]) -> Process:
    boot = signed.get("boot")
    known = None if boot is None else float(boot)
    return Process(int(signed["pid"]), float(signed["created"]), known, str(signed.get("boot_id", "")))
