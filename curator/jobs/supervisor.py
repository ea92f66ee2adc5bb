"""Starts, watches and stops the worker of a job; the worker outlives the window, and the next window adopts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from curator.core.errors import JobError
from curator.core.job import EVENTS_FILE, LOG_FILE, PID_FILE, STOP_FILE, JobEvent, JobState
from curator.jobs.folder import read_events, read_job
from curator.jobs.progress import end_state
from curator.jobs.runtimes import Runtime, bundled, companions

_MUTEX_FILE = "starting"
_MUTEX_SECONDS = 60.0
_TAIL_BYTES = 65_536
_LEAVING_SECONDS = 5.0

_children: dict[int, subprocess.Popen[bytes]] = {}
"""What this process started itself: polled, so that nothing that ended stays behind as a zombie."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process by its id and start time: an id alone could have been given to another program since."""

    pid: int
    created: float

    @property
    def is_alive(self) -> bool:
        """Whether this very process is there, and no zombie."""
        try:
            process = psutil.Process(self.pid)
            is_same = abs(process.create_time() - self.created) < 1.0
            return is_same and bool(process.status() != psutil.STATUS_ZOMBIE)
        except psutil.Error:
            return False


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


def start(folder: Path, runtime: Runtime | None = None) -> None:
    """Start the worker of this job in a session of its own. Raises JobError where one is already at work."""
    read_job(folder)
    runtime = runtime or bundled()
    with _mutex(folder):
        present = worker(folder)
        if present is not None and not _is_leaving(folder, present):
            raise JobError("This job is already running.", "Wait for it, or stop it first.")
        (folder / PID_FILE).unlink(missing_ok=True)
        (folder / STOP_FILE).unlink(missing_ok=True)
        _append_starting(folder)
        with (folder / LOG_FILE).open("ab") as log:
            child = _spawn([*runtime.command, "--worker", str(folder)], runtime.environ(os.environ), log.fileno())
        _sign(folder, child.pid)
    for command in companions(child.pid):
        try:
            _spawn(command, dict(os.environ), subprocess.DEVNULL)
        except JobError:
            continue  # without it the computer may fall asleep, which the run survives


def worker(folder: Path) -> Worker | None:
    """Who signed for this job last, alive or not."""
    try:
        signed = json.loads((folder / PID_FILE).read_text(encoding="utf-8"))
        watcher = signed.get("watcher")
        return Worker(
            Process(int(signed["pid"]), float(signed["created"])),
            Process(int(watcher["pid"]), float(watcher["created"])) if watcher else None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def state(folder: Path) -> JobState:
    """Where the job stands, by its events and by whether its process is alive."""
    _reap()
    last = last_event(folder)
    if last is None:
        return JobState.QUEUED
    if (end := end_state(last)) is not None:
        return end
    present = worker(folder)
    if present is not None and present.is_alive:
        if (folder / STOP_FILE).exists():
            return JobState.STOPPING
        return JobState.STARTING if last.kind == "starting" else JobState.RUNNING
    last = last_event(folder)  # it may have ended between the two looks
    if last is not None and (end := end_state(last)) is not None:
        return end
    if (folder / _MUTEX_FILE).exists() and present is None:
        return JobState.STARTING
    # The worker changes hands once, from the watching process to the one that works: look again before judging.
    again = worker(folder)
    return JobState.RUNNING if again is not None and again != present and again.is_alive else JobState.INTERRUPTED


def last_event(folder: Path) -> JobEvent | None:
    """The newest whole event of the job, read from the end of the file."""
    path = folder / EVENTS_FILE
    try:
        size = path.stat().st_size
    except OSError:
        return None
    events, _ = read_events(path, max(0, size - _TAIL_BYTES))
    return events[-1] if events else None


def request_stop(folder: Path, discard: bool = False) -> None:
    """Ask the worker to end within one step and keep what was learned, or to throw it away."""
    scratch = folder / f"{STOP_FILE}.new"
    scratch.write_text("discard" if discard else "keep", encoding="utf-8")
    scratch.replace(folder / STOP_FILE)


def kill(folder: Path) -> None:
    """End the worker at once, without a word from it. Nothing happens where none is at work."""
    present = worker(folder)
    if present is not None and present.process.is_alive:
        try:
            os.kill(present.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        except ProcessLookupError:
            return  # it ended by itself meanwhile


def _is_leaving(folder: Path, present: Worker) -> bool:
    """Whether nobody is at work any more; a worker whose end has been told is given a moment to leave."""
    deadline = time.monotonic() + _LEAVING_SECONDS
    while present.is_alive:
        last = last_event(folder)
        has_ended = last is not None and end_state(last) is not None
        if (present.process.is_alive and not has_ended) or time.monotonic() > deadline:
            return False
        _reap()
        time.sleep(0.01)
    return True


def _spawn(command: list[str], environment: dict[str, str], output: int) -> subprocess.Popen[bytes]:
    _reap()
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,  # closing the window or its terminal does not reach it
            close_fds=True,
        )
    except OSError as error:
        raise JobError(
            f"The worker could not be started: {error.strerror or error}.", "Check the installation with the doctor."
        ) from error
    _children[child.pid] = child
    return child


def _reap() -> None:
    for pid, child in list(_children.items()):
        if child.poll() is not None:
            _children.pop(pid, None)


def _sign(folder: Path, pid: int) -> None:
    """Sign for the worker until it does so itself; where it was quicker, its own signature stays."""
    try:
        created = psutil.Process(pid).create_time()
    except psutil.Error:
        created = time.time()
    try:
        descriptor = os.open(folder / PID_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump({"pid": pid, "created": created}, stream)


def _append_starting(folder: Path) -> None:
    path = folder / EVENTS_FILE
    with path.open("ab") as stream:
        if stream.tell():
            with path.open("rb") as reader:
                reader.seek(-1, os.SEEK_END)
                if reader.read(1) != b"\n":  # a worker killed in the middle of a line
                    stream.write(b"\n")
        stream.write(json.dumps({"event": "starting", "t": round(time.time(), 3)}).encode() + b"\n")


@contextmanager
def _mutex(folder: Path) -> Iterator[None]:
    """Only one start at a time; a lock left by a process that died while starting is broken after a minute."""
    lock = folder / _MUTEX_FILE
    for attempt in (1, 2):
        try:
            os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
            break
        except FileExistsError as error:
            if attempt == 2 or time.time() - _modified(lock) < _MUTEX_SECONDS:
                raise JobError("This job is just being started.", "Wait a moment.") from error
            lock.unlink(missing_ok=True)
        except OSError as error:
            raise JobError(f"The job's folder cannot be written: {error.strerror}.", "Check the disk.") from error
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()
