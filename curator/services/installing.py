"""Follows a program that installs something: what it says, how far it is, and its end on request."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from curator.core.errors import CuratorError

_KEPT_LINES = 200
_PATIENCE = 5.0  # seconds that a program may take to leave when it is asked to
_UNITS = {"B": 1e-6, "KB": 1e-3, "KiB": 1.024e-3, "MB": 1.0, "MiB": 1.049, "GB": 1e3, "GiB": 1074.0}
_SIZED = re.compile(r"^\s*Downloading (?P<name>[^\s(]+)(?: \(download\))? \((?P<size>[\d.]+) ?(?P<unit>[KMG]?i?B)\)")
_FETCHED = re.compile(r"^\s*Downloaded (?P<name>\S+)")
_COLLECTED = re.compile(r"^\s*(?:Collecting|Processing|Requirement already satisfied:) (?:\S*/)?(?P<name>[\w.\-]+)")
_INSTALLING = re.compile(r"^\s*(?:Installing collected packages|Prepared \d+ packages|Installed \d+ packages)")


class Stopped(Exception):  # noqa: N818  no error: the person asked for it
    """The program was ended on request."""


def follow(
    command: Sequence[str], stop: threading.Event, problem: Callable[[list[str]], CuratorError]
) -> Iterator[tuple[str, float]]:
    """Run the command and yield what it does, with a guess at the share that is done. Raises what `problem` makes of
    its last lines where it fails, and Stopped where `stop` was set; nothing of it runs on then."""
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    try:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment | {"NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # it and what it starts are ended together
        )
    except OSError as error:
        raise problem([f"error: {command[0]} cannot be started: {error.strerror}"]) from error
    ended = threading.Event()
    watcher = threading.Thread(target=_end_on, args=(process, stop, ended), name="installing", daemon=True)
    watcher.start()
    reading = Reading()
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if (now := reading.take(line.rstrip())) is not None:
                yield now
        code = process.wait()
    finally:
        ended.set()
        if process.poll() is None:
            _end(process)
        if process.stdout is not None:
            process.stdout.close()
        watcher.join()
    if stop.is_set():
        raise Stopped
    if code != 0:
        raise problem(reading.lines)


class Reading:
    """Makes a sentence and a share of what uv or pip says. A share only grows; it is by size where that is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._sizes: dict[str, float] = {}
        self._fetched: set[str] = set()
        self._collected = 0
        self._share = 0.0

    def take(self, line: str) -> tuple[str, float] | None:
        """What a line means; None where it says nothing new."""
        self.lines = [*self.lines[-_KEPT_LINES:], line]
        if match := _SIZED.match(line):
            size = float(match["size"]) * _UNITS.get(match["unit"], 1.0)
            name = _package(match["name"])
            self._sizes[name] = size
            return self._now(f"Fetching {name}, {size:.0f} MB…")
        if match := _FETCHED.match(line):
            self._fetched.add(_package(match["name"]))
            whole = sum(self._sizes.values())
            done = sum(size for name, size in self._sizes.items() if name in self._fetched)
            return self._now(f"Fetched {done:.0f} of {whole:.0f} MB.", 0.8 * done / whole if whole else 0.0)
        if match := _COLLECTED.match(line):
            self._collected += 1
            return self._now(f"Looking at {match['name']}…", 0.8 * (1 - 0.95**self._collected))
        if _INSTALLING.match(line):
            return self._now("Installing the packages…", 0.85)
        return None

    def _now(self, words: str, share: float = 0.0) -> tuple[str, float]:
        self._share = max(self._share, share)
        return words, self._share


def _package(name: str) -> str:
    """The name of a package, of which pip says the file."""
    return name.partition("-")[0] if name.endswith((".whl", ".gz")) else name


def _end_on(process: subprocess.Popen[str], stop: threading.Event, ended: threading.Event) -> None:
    while not ended.is_set():
        if stop.wait(0.1):
            _end(process)
            return


def _end(process: subprocess.Popen[str]) -> None:
    """Ask it and what it started to leave, and make it leave."""
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with suppress(OSError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
            return
