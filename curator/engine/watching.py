"""The process that watches over a worker: begins it, begins it again where that is sensible, tells an end it could not.

Nothing heavy is imported here, so that each fork is a fresh start for mlx and what it holds of the device.
"""

from __future__ import annotations

import json
import traceback
from pathlib import Path
from typing import Any

from curator import paths
from curator.core.errors import JobError
from curator.core.job import EVENTS_FILE, LOG_FILE
from curator.core.waiting import wait
from curator.engine.attempts import MOST, Attempts, adapted_layers, batch_of, smaller
from curator.engine.child import Child
from curator.engine.device import Device
from curator.engine.ending import ended_outside
from curator.engine.failures import MEMORY, Failure, failure_of, failure_of_exit, failure_of_signal
from curator.engine.lean_start import start_lean
from curator.engine.standing import standing_of
from curator.engine.stopping import StopRequest, StopRequestedError
from curator.engine.telling import Teller
from curator.engine.worker import DONE, FAILED, LOST, SEGMENT, STOPPED, is_training, read_job, sign

_ENDS = frozenset({"done", "stopped", "paused", "failed", "interrupted"})
_TAIL_BYTES = 65_536
_ON = "It goes on by itself from its last checkpoint"
_ANEW = "It begins again by itself"
_SPARING = ", slower and with less memory; what it learns is the same"


def run_job(folder: Path) -> int:
    """Do the job in `folder`, whatever happens to the process that does it. Returns its exit code."""
    start_lean()
    return Watcher(folder).run()


class Watcher:
    """One job from its start to its end, through as many processes as it takes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stop = StopRequest(folder)
        self._child = Child(folder, self._stop)
        self._job = _order(folder)
        settings = self._job.get("settings")
        self._settings: dict[str, Any] = settings if isinstance(settings, dict) else {}

    def run(self) -> int:
        """Do the job. Returns the exit code: 0 done, 1 failed, 3 stopped on request, else the number of a signal."""
        self._stop.listen(also=self._child.pass_on)
        device = Device(paths.device_lock())
        try:
            sign(self._folder)
            if is_training(self._job):
                with _telling(self._folder) as teller:
                    device.take(teller, self._stop)
            return self._run_children()
        except StopRequestedError as request:
            stopped = ended_outside(self._folder, request.kind)
            self._tell(stopped.event, **stopped.figures)
            return STOPPED
        except OSError as error:
            traceback.print_exc()
            self._tell_failure(FAILED, failure_of(error))  # no room, or no right, to sign or to begin a process
            return FAILED
        finally:
            device.leave()

    def _run_children(self) -> int:
        attempts = Attempts(self._folder, self._settings)
        while True:
            log, kills = _size(self._folder / LOG_FILE), memory_kills()
            code, failure = self._child.run()
            if code == SEGMENT:
                continue
            if failure is None:
                if code in (DONE, STOPPED) or _has_end(self._folder):
                    return abs(code)
                words = _read_from(self._folder / LOG_FILE, log)
                was_short = memory_kills() > kills
                failure = failure_of_signal(-code, was_short, words) if code < 0 else failure_of_exit(code, words)
            number = attempts.next(failure) if is_training(self._job) else None
            if number is None:
                self._tell_failure(code, failure)
                return FAILED if code == LOST else abs(code)
            self._tell(
                "again",
                attempt=number,
                of=MOST,
                message=failure.message,
                hint=self._how_it_goes_on(failure),
                cause=failure.cause,
            )
            wait(attempts.seconds_to_cool(failure), self._stop.check)

    def _tell_failure(self, code: int, failure: Failure) -> None:
        figures: dict[str, Any] = {"message": failure.message, "hint": failure.hint, "cause": failure.cause}
        if code < 0:
            figures["signal"] = -code
        if failure.cause == MEMORY and is_training(self._job):
            batch = batch_of(self._folder)
            begun = self._settings if batch is None else {**self._settings, "batch_size": batch}
            figures["offer"] = smaller(begun, adapted_layers(self._folder))
        self._tell("interrupted" if failure.is_interruption else "failed", **figures)

    def _how_it_goes_on(self, failure: Failure) -> str:
        how = _ON if standing_of(self._folder) is not None else _ANEW  # the search for a rate keeps no checkpoint
        is_sparing = failure.cause == MEMORY and self._job.get("kind") == "train"
        return f"{how}{_SPARING if is_sparing else ''}."

    def _tell(self, kind: str, **figures: Any) -> None:
        with _telling(self._folder) as teller:
            teller.emit(kind, **figures)


class _telling:  # noqa: N801  a context, used like a function
    """A teller for some lines: opened when needed, since it ends a line that a killed child left torn."""

    def __init__(self, folder: Path) -> None:
        self._teller = Teller(folder)

    def __enter__(self) -> Teller:
        return self._teller

    def __exit__(self, *_: object) -> None:
        self._teller.close()


def memory_kills(cgroup: Path = Path("/sys/fs/cgroup/memory.events"), system: Path = Path("/proc/vmstat")) -> int:
    """How often Linux has ended a process for want of memory, in this container and on the whole; 0 elsewhere."""
    count = 0
    for path in (cgroup, system):
        try:
            lines = path.read_text(encoding="ascii").splitlines()
        except (OSError, ValueError):
            continue
        count += sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
    return count


def _order(folder: Path) -> dict[str, Any]:
    """The order, or none: that it cannot be read is for the worker to tell."""
    try:
        return read_job(folder)
    except JobError:
        return {}


def _has_end(folder: Path) -> bool:
    """Whether the last whole line of the events is an end."""
    words = _read_from(folder / EVENTS_FILE, _size(folder / EVENTS_FILE) - _TAIL_BYTES)
    lines = words.rstrip("\n").rsplit("\n", 1)
    try:
        return json.loads(lines[-1]).get("event") in _ENDS
    except (ValueError, AttributeError):
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _read_from(path: Path, offset: int) -> str:
    """What a file holds from `offset` on, at most the last part of it; a log that was begun anew meanwhile is short."""
    size = _size(path)
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, offset if offset <= size else 0, size - _TAIL_BYTES))
            return stream.read().decode(errors="replace")
    except OSError:
        return ""
