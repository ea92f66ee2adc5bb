"""Processes that are compared take turns of a few seconds: what else the computer does falls on all of them alike.

A shared machine is a fifth slower for a minute now and then. Of two processes that ran one after the other that took
as much off the ratio of their CPU seconds; stopped and continued by turns, they go through the same minutes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TURN = 3.0
_LOOK = 0.02


@dataclass(frozen=True)
class Command:
    """What to start, in which environment and folder, and the file that takes what it prints."""

    words: list[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path


def cpu_seconds(commands: Mapping[str, Command]) -> dict[str, float]:
    """User and system time of each, and of all that it waited for, from its start to its end. Ends this program with
    what a command printed when that fails. Needs a system with job control: not Windows."""
    running = {name: _started(command) for name, command in commands.items()}
    used: dict[str, float] = {}
    try:
        while running:
            for name, process in list(running.items()):
                seconds = _turn(process)
                if seconds is None:
                    continue
                del running[name]
                used[name] = seconds
                if process.returncode:
                    raise SystemExit(commands[name].log.read_text(encoding="utf-8", errors="replace")[-2000:])
    finally:
        for process in running.values():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return used


def _started(command: Command) -> subprocess.Popen[bytes]:
    """The process, stopped until its first turn."""
    with command.log.open("wb") as log:
        process = subprocess.Popen(
            command.words,
            env=dict(command.environment),
            stdout=log,
            stderr=log,
            cwd=command.folder,
            start_new_session=True,  # a group of its own, stopped and continued with all that it starts
        )
    os.killpg(process.pid, signal.SIGSTOP)
    return process


def _turn(process: subprocess.Popen[bytes]) -> float | None:
    """Let it work for a turn, all others being stopped; its CPU seconds when it came to its end."""
    os.killpg(process.pid, signal.SIGCONT)
    over = time.monotonic() + TURN
    while time.monotonic() < over:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_utime + usage.ru_stime
        time.sleep(_LOOK)  # a wait with a time limit would tell of the end, and not what it used
    os.killpg(process.pid, signal.SIGSTOP)
    return None
