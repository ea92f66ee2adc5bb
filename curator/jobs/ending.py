"""Ending a job: asked for through its stop file, at once with all its processes, or before any of them has begun."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from curator.core.errors import JobError
from curator.core.job import STOP_FILE
from curator.core.waiting import wait_until
from curator.jobs.claim import is_claimed
from curator.jobs.folder import append_event
from curator.jobs.signature import Worker, worker

_LEAVING_SECONDS = 30.0  # of a busy or slow machine; elsewhere a worker whose end is told is gone at once
_LOOK_SECONDS = 0.05


def request_stop(folder: Path, discard: bool = False, pause: bool = False) -> None:
    """Ask the worker to end within one step and keep what was learned, to throw it away, or to leave so that it can
    go on later.

    On a full disk a pause becomes a stop that keeps, from which the run can go on as well: an empty file takes no room.
    Raises JobError where not even that can be written, or something was to be thrown away.
    """
    scratch = folder / f"{STOP_FILE}.new"
    try:
        scratch.write_text("discard" if discard else "pause" if pause else "keep", encoding="utf-8")
        scratch.replace(folder / STOP_FILE)
    except OSError as error:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
            if not discard:
                (folder / STOP_FILE).touch()
                return
        raise JobError(
            f"The worker cannot be told to stop: {error.strerror or error}.", "Make room on the disk, then try again."
        ) from error


def kill(folder: Path) -> None:
    """End the worker at once, without a word from it, with whoever watches over it and all that they have started:
    one alone could be begun again by the other, or go on without it. Nobody is left when this returns, but what the
    kernel is slow to end: it lets go of the claim a moment before the process itself is gone, and who starts the job
    anew asks for both. Nothing happens where none is at work."""
    present = worker(folder)
    if present is None or not present.is_alive:
        return
    end(present)
    wait_until(lambda: not (is_claimed(folder) or present.is_alive), _LEAVING_SECONDS, every=_LOOK_SECONDS)


def end(present: Worker) -> None:
    """End the very processes that signed at once, with all that they have started. They may take a moment to go."""
    for process in (present.process, present.watcher):
        if process is not None and process.is_alive:
            _end_session(process.pid)


def _end_session(pid: int) -> None:
    """Kill a worker with its group, where that leads a session of its own as `supervisor.start` makes it. One that
    somebody started by hand is in a group with others, which are not ours to end."""
    try:
        if os.name == "posix" and (group := os.getpgid(pid)) == os.getsid(pid) and group != os.getpgrp():
            os.killpg(group, signal.SIGKILL)
        else:
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    except ProcessLookupError:
        return  # it ended by itself meanwhile
    except PermissionError:
        return  # what macOS says of a group in which all have ended, until the last of them is waited for


def tell_stop(folder: Path, word: str, when: str) -> None:
    """Tell the end that the stop file's `word` asks for, where no worker has begun: what an earlier sitting has learned
    stays, or is thrown away."""
    has_learned = any(folder.glob("checkpoint*.safetensors"))
    if word == "discard":
        for path in folder.glob("*.safetensors*"):
            path.unlink(missing_ok=True)
        append_event(folder, "stopped", message="Stopped and thrown away.", discarded=True, adapter=False)
    elif word == "pause":
        append_event(folder, "paused", message=f"Paused {when}; it can go on from here.")
    else:
        kept = "what was learned before is kept" if has_learned else "nothing was learned yet"
        append_event(folder, "stopped", message=f"Stopped {when}; {kept}.")
