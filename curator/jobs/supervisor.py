"""Starts, watches and stops the worker of a job; the worker outlives the window, and the next window adopts it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from curator import paths
from curator.core.errors import JobError
from curator.core.job import EVENTS_FILE, LOG_FILE, PID_FILE, STOP_FILE, JobEvent, JobState
from curator.jobs.awake import companions
from curator.jobs.away.sitting import Sitting
from curator.jobs.claim import claim, is_claimed
from curator.jobs.ending import end, kill, request_stop
from curator.jobs.folder import append_event, read_events, read_job
from curator.jobs.progress import end_state
from curator.jobs.runtimes import Runtime, from_order, place_of
from curator.jobs.signature import Process, Worker, sign_for, worker
from curator.jobs.turning import turn

__all__ = ["Process", "Worker", "kill", "last_event", "request_stop", "start", "state", "worker"]

_TAIL_BYTES = 65_536
_LEAVING_SECONDS = 30.0  # of a busy or slow machine; elsewhere a worker whose end is told is gone at once
_LOOK_SECONDS = 0.05
_LONG = frozenset({"train", "find_rate"})
"""Kinds of work during which the computer is kept from falling asleep."""
_NO_CONSOLE = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""On Windows a worker would open a terminal of its own, and end when somebody closes it."""
_ASIDE = frozenset({"note", "line", "sample"})
"""Events that say nothing about where the job stands."""

_children: dict[int, subprocess.Popen[bytes]] = {}
"""What this process started itself: polled, so that nothing that ended stays behind as a zombie."""


def start(folder: Path, runtime: Runtime | None = None) -> None:
    """Start the worker of this job in a session of its own, on the place that its order names, or with `runtime`.

    Raises JobError where one is already at work, or where that place cannot be used.
    """
    order = read_job(folder)
    runtime = runtime or _runtime(folder, order)
    is_long = runtime.keeps_awake and order.get("kind") in _LONG
    with _claimed(folder) as lock, _kept_awake(is_long) as lifeline:
        try:
            (folder / PID_FILE).unlink(missing_ok=True)
            (folder / STOP_FILE).unlink(missing_ok=True)
            append_event(folder, "starting")
            turn(folder / LOG_FILE)
            with (folder / LOG_FILE).open("ab") as log:
                command = [*runtime.command, runtime.task, str(folder)]
                child = _spawn(command, runtime.environ(os.environ), log.fileno(), lock, *lifeline)
        except OSError as error:
            raise JobError(f"The job's folder cannot be written: {error.strerror}.", "Check the disk.") from error
        with suppress(OSError):
            sign_for(folder, child.pid)  # without it the claim says that somebody is at work


def _runtime(folder: Path, order: dict[str, Any]) -> Runtime:
    """What the order names; a run that still lies on another computer is brought back first."""
    spec = from_order(order.get("runtime"))
    runtime = place_of(spec).runtime()
    sitting = Sitting.load(folder)
    if sitting is None or sitting.place == spec:
        return runtime
    return Runtime(tuple(paths.program()), task="--home", keeps_awake=runtime.keeps_awake)


def state(folder: Path) -> JobState:
    """Where the job stands, by its events and by whether its process is alive."""
    _reap()
    last = _telling_event(folder)
    if last is None:
        return JobState.QUEUED
    if (end := end_state(last)) is not None:
        return end
    present = worker(folder)
    if (present is not None and present.is_alive) or is_claimed(folder):
        return _standing(folder, last)
    last = _telling_event(folder)  # it may have ended between the two looks
    return (end_state(last) if last is not None else None) or JobState.INTERRUPTED


def last_event(folder: Path) -> JobEvent | None:
    """The newest whole event of the job, read from the end of the file."""
    events = _newest(folder)
    return events[-1] if events else None


def _standing(folder: Path, last: JobEvent) -> JobState:
    """Where a job stands that somebody is at work on."""
    if (folder / STOP_FILE).exists():
        return JobState.STOPPING
    if last.kind == "waiting":
        return JobState.WAITING
    return JobState.STARTING if last.kind == "starting" else JobState.RUNNING


def _telling_event(folder: Path) -> JobEvent | None:
    """The newest event that says where the job stands."""
    events = _newest(folder)
    return next((event for event in reversed(events) if event.kind not in _ASIDE), events[-1] if events else None)


def _newest(folder: Path) -> list[JobEvent]:
    path = folder / EVENTS_FILE
    try:
        size = path.stat().st_size
    except OSError:
        return []
    tail = _TAIL_BYTES
    while True:
        events, _ = read_events(path, max(0, size - tail))
        if events or tail >= size:
            return events
        tail *= 4  # one line is longer than that: an answer to a long probe


@contextmanager
def _claimed(folder: Path) -> Iterator[int]:
    """Hold the job while it is started. A worker whose end has been told is given a moment to leave, and then ended:
    it has nothing more to tell, and all that it learned is on the disk."""
    deadline = time.monotonic() + _LEAVING_SECONDS
    was_ended = False
    while (lock := _claim_unsigned(folder)) is None:
        present = worker(folder)  # before the events: whoever begins the job anew signs after it was told
        is_there = present is not None and present.is_alive
        last = _telling_event(folder)
        if last is None or end_state(last) is None:
            if is_there:
                raise JobError("This job is already running.", "Wait for it, or stop it first.")
            raise JobError("This job is just being started.", "Wait a moment.")
        if time.monotonic() > deadline:
            if was_ended or present is None or not is_there:
                raise JobError(
                    "The process that worked at this job has not left, and cannot be ended.",
                    "Try again in a moment; if that does not help, restart that computer.",
                )
            end(present)
            was_ended, deadline = True, time.monotonic() + _LEAVING_SECONDS
        _reap()
    try:
        if was_ended:
            with suppress(OSError):
                append_event(folder, "note", message="The process of the last sitting did not leave; it was ended.")
        yield lock
    finally:
        os.close(lock)


def _claim_unsigned(folder: Path) -> int | None:
    """The claim; None while another has it, or has signed and is there, where the file system knows no locks."""
    lock = claim(folder)
    if lock is not None and (present := worker(folder)) is not None and present.is_alive:
        os.close(lock)
        time.sleep(_LOOK_SECONDS)
        return None
    return lock


def _spawn(
    command: list[str], environment: dict[str, str], output: int, *inherited: int, given: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    _reap()
    try:
        child = subprocess.Popen(
            command,
            stdin=given,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,  # closing the window or its terminal does not reach it
            creationflags=_NO_CONSOLE,
            pass_fds=inherited if os.name == "posix" else (),
        )
    except OSError as error:
        raise JobError(
            f"The worker could not be started: {error.strerror or error}.", "Check the installation with the doctor."
        ) from error
    _children[child.pid] = child
    return child


@contextmanager
def _kept_awake(is_wanted: bool) -> Iterator[tuple[int, ...]]:
    """What the worker that is begun meanwhile has to inherit: while any process of it lives, the computer is awake."""
    commands = companions() if is_wanted else []
    if not commands:
        yield ()
        return
    held, lifeline = os.pipe()
    try:
        yield (lifeline,)
        for command in commands:
            with suppress(JobError):  # without it the computer may fall asleep, which the run survives
                _spawn(command, dict(os.environ), subprocess.DEVNULL, given=held)
    finally:
        os.close(held)
        os.close(lifeline)


def _reap() -> None:
    for pid, child in list(_children.items()):
        if child.poll() is not None:
            _children.pop(pid, None)
