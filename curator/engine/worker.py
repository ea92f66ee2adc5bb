"""A job's process: reads job.json, does the work, tells it in events.jsonl; a second process watches over it."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from curator.core.errors import JobError
from curator.core.job import EVENTS_FILE, JOB_FILE, PID_FILE
from curator.engine.failures import sentence_for, sentence_for_signal
from curator.engine.stopping import StoppedError, StopRequest, StopRequestedError
from curator.engine.telling import Teller

DONE, FAILED, STOPPED = 0, 1, 3
_ENDS = ("done", "stopped", "failed", "interrupted")

Work = Callable[[Path, dict[str, Any], Teller, StopRequest], dict[str, Any]]
"""Does one kind of job and returns the figures of its `done` event."""


def run_job(folder: Path) -> int:
    """Do the job in `folder`. Returns the exit code: 0 done, 1 failed, 3 stopped on request.

    The work is done by a child; this process only waits, and writes the end into the events when the child was killed
    and could not. Nothing heavy has been imported at the fork.
    """
    watcher = os.getpid()
    child = os.fork()
    if child == 0:
        return work(folder, watcher)
    return _watch(child, folder)


def work(folder: Path, watcher: int | None = None) -> int:
    """Do the job in this process; `watcher` is the process that waits for its end, if any."""
    faulthandler.enable()
    _sign(folder, watcher)
    teller = Teller(folder)
    stop = StopRequest(folder)
    stop.listen()
    try:
        job = _read(folder)
        figures = _work_for(job)(folder, job, teller, stop)
        teller.emit("done", **figures)
        return DONE
    except StopRequestedError as request:
        teller.emit("stopped", message="Stopped before anything was learned.", discarded=request.is_discarded)
        return STOPPED
    except StoppedError as stopped:
        teller.emit("stopped", **stopped.figures)
        return STOPPED
    except Exception as error:  # noqa: BLE001  the process boundary: every failure becomes a sentence
        traceback.print_exc()
        message, hint = sentence_for(error)
        teller.emit("failed", message=message, hint=hint, **getattr(error, "figures", {}))
        return FAILED
    finally:
        teller.close()


def _read(folder: Path) -> dict[str, Any]:
    try:
        job = json.loads((folder / JOB_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise JobError("The job has no readable order.", "Start it again from its snapshot.") from error
    if not isinstance(job, dict):
        raise JobError("The job has no readable order.", "Start it again from its snapshot.")
    return job


def _work_for(job: dict[str, Any]) -> Work:
    """The function for this kind of job; mlx is imported only now."""
    kind = job.get("kind")
    if kind == "train":
        from curator.engine.train import train_job

        return train_job
    if kind == "generate":
        from curator.engine.generate import generate_job

        return generate_job
    if kind == "convert_starter":
        from curator.engine.starter import convert_job

        return convert_job
    if kind == "selftest":
        from curator.engine.selftest import selftest_job

        return selftest_job
    raise JobError(f"Nobody here knows the work “{kind}”.", "This library may come from a newer Curator.")


def _sign(folder: Path, watcher: int | None) -> None:
    """Say which process works here, with its start time, since process ids are given out again."""
    signed: dict[str, Any] = {"pid": os.getpid(), "created": psutil.Process().create_time()}
    if watcher is not None:
        signed["watcher"] = {"pid": watcher, "created": psutil.Process(watcher).create_time()}
    scratch = folder / f"{PID_FILE}.new"
    scratch.write_text(json.dumps(signed), encoding="utf-8")
    scratch.replace(folder / PID_FILE)


def _watch(child: int, folder: Path) -> int:
    """Wait for the child; pass on signals meant for it; tell its end where it could not."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        try:
            os.kill(child, number)
        except ProcessLookupError:
            return

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    kills_before = _memory_kills()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code in (DONE, STOPPED) or _has_end(folder):
        return abs(code)
    teller = Teller(folder)
    if code < 0:
        kind, message, hint = sentence_for_signal(-code, _memory_kills() > kills_before)
        teller.emit(kind, message=message, hint=hint, signal=-code)
    else:
        teller.emit("failed", message=f"The worker ended with code {code}.", hint="Look into the log.")
    teller.close()
    return abs(code)


def _has_end(folder: Path) -> bool:
    """Whether the last whole line of the events is an end."""
    try:
        lines = (folder / EVENTS_FILE).read_bytes().rstrip(b"\n").rsplit(b"\n", 1)
        return json.loads(lines[-1]).get("event") in _ENDS
    except (OSError, ValueError, AttributeError):
        return False


def _memory_kills() -> int:
    """How often Linux has ended a process for want of memory since it started; 0 elsewhere."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    except (OSError, ValueError):
        return 0
    return 0
