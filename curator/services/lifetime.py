"""The mark that a running window leaves on the disk and takes away in the end: one found later tells of a crash.

Beside the mark lies a file into which the process writes where it stands when the system ends it (SIGSEGV, SIGABRT and
their kin, through faulthandler) or when an exception ends it before there is a window to tell it.
"""

from __future__ import annotations

import faulthandler
import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from curator import __version__, paths
from curator.jobs.locks import is_locked, lock

_MARK, _TRACE = ".mark", ".trace"
_CLOCK = 5.0  # seconds by which the clock may have been set since


def crash_folder() -> Path:
    """Where marks, traces and crash reports lie: beside the log."""
    return paths.log_folder() / "crashes"


class Lifetime:
    """From `begin` to `end` of a window's process."""

    def __init__(self, folder: Path) -> None:
        """Leave the mark. Raises OSError where the folder cannot be written."""
        folder.mkdir(parents=True, exist_ok=True)
        stem = folder / f"{os.getpid()}-{time.time_ns()}"
        self._mark, self._path = stem.with_suffix(_MARK), stem.with_suffix(_TRACE)
        self._trace = self._path.open("a", encoding="utf-8", errors="replace")
        lock(self._trace.fileno())  # held as long as this process is there, whatever the clock does
        faulthandler.enable(self._trace, all_threads=True)
        mark = {"pid": os.getpid(), "began": time.time(), "version": __version__}
        self._mark.write_text(json.dumps(mark), encoding="utf-8")

    def note(self, words: str) -> None:
        """Words that are wanted should the process end before its time."""
        if not self._trace.closed:
            self._trace.write(words.rstrip("\n") + "\n")
            self._trace.flush()

    def go_on(self) -> None:
        """Leave word that it is still there: of one that is ended without a trace it is known until when it was."""
        if not self._trace.closed:
            with suppress(OSError):  # somebody cleared the folder: it tells of its beginning, or of nothing
                os.utime(self._path)

    def end(self) -> None:
        """The process ends as it should: nothing is left behind."""
        if self._trace.closed:
            return
        faulthandler.disable()
        self._trace.close()
        for path in (self._mark, self._path):
            path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that left its mark behind: when it began and when it was last heard of (Unix seconds), and where it
    stood; `trace` is empty where nothing was written, as after SIGKILL or a loss of power."""

    began: float
    ended: float
    version: str
    trace: str


def take_ended(folder: Path) -> list[Ended]:
    """The processes that are gone without an end, the oldest first. Their marks are taken away: each is told once."""
    found = []
    for mark in sorted(folder.glob(f"*{_MARK}"), key=lambda path: path.name.rpartition("-")[2]):
        try:
            told = json.loads(mark.read_text(encoding="utf-8"))
            pid, began, version = int(told["pid"]), float(told["began"]), str(told["version"])
        except (OSError, ValueError, KeyError, TypeError):
            pid, began, version = 0, mark.stat().st_mtime if mark.exists() else 0.0, ""  # died while it wrote the mark
        trace = mark.with_suffix(_TRACE)
        if pid and (is_locked(trace) or _is_alive(pid, began)):
            continue
        words, ended = _read(trace)
        for path in (mark, trace):
            path.unlink(missing_ok=True)
        found.append(Ended(began, max(began, ended), version, words))
    return found


def _is_alive(pid: int, began: float) -> bool:
    """Whether the process that left the mark is still there, where the file system knows no locks: numbers are given
    out again, but only to younger ones."""
    import psutil  # 15 ms, and only when there is a mark to judge

    try:
        process = psutil.Process(pid)
        return bool(process.create_time() <= began + _CLOCK and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _read(trace: Path) -> tuple[str, float]:
    try:
        return trace.read_text(encoding="utf-8", errors="replace"), trace.stat().st_mtime
    except OSError:
        return "", 0.0
