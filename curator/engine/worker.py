"""A job's process: reads job.json, does the work and tells it in events.jsonl."""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from curator import paths
from curator.boot import signature
from curator.core.errors import JobError
from curator.core.job import JOB_FILE, PID_FILE
from curator.engine.attempts import GOES_ON
from curator.engine.device import Device
from curator.engine.ending import ended_outside, forget_checkpoints
from curator.engine.failures import failure_of
from curator.engine.reporting import reporting
from curator.engine.stopping import StoppedError, StopRequest, StopRequestedError
from curator.engine.telling import Teller

DONE, FAILED, STOPPED, SEGMENT, LOST = 0, 1, 3, 4, 5
"""Exit codes. After SEGMENT the run goes on in a fresh process; after LOST if the watching process so decides."""
_TRAINING = frozenset({"train", "find_rate"})

Work = Callable[[Path, dict[str, Any], Teller, StopRequest], dict[str, Any]]
"""Does one kind of job and returns the figures of its `done` event."""


def work(folder: Path, watcher: int | None = None, stop: StopRequest | None = None, report: int | None = None) -> int:
    """Do the job in this process. `watcher` is the process that waits for its end, if any; a failure after which the
    job may go on by itself is then told to it alone, through the pipe `report`.
    """
    faulthandler.enable()
    teller = Teller(folder)
    stop = stop or StopRequest(folder)
    stop.listen()
    device = Device(paths.device_lock())
    try:
        sign(folder, watcher)
        stop.check()
        job = read_job(folder)
        if watcher is None and is_training(job):
            device.take(teller, stop)
        with reporting(folder, job, teller):
            figures = _work_for(job)(folder, job, teller, stop)
        teller.emit("done", **figures)
        teller.settle()
        forget_checkpoints(folder)  # not before its end is told: a process that dies in between can go on from them
        return DONE
    except StopRequestedError as request:
        return _tell_stop(teller, ended_outside(folder, request.kind))
    except StoppedError as stopped:
        return _tell_stop(teller, stopped)
    except Exception as error:  # noqa: BLE001  the process boundary: every failure becomes a sentence
        traceback.print_exc()
        failure = failure_of(error)
        words = {"message": failure.message, "hint": failure.hint, "cause": failure.cause}
        if report is not None and failure.cause in GOES_ON and _is_reported(report, words):
            return LOST
        teller.emit("failed", **words, **getattr(error, "figures", {}))
        return FAILED
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        teller.close()
        device.leave()


def read_job(folder: Path) -> dict[str, Any]:
    """The order. Raises JobError where there is none that can be read."""
    try:
        job = json.loads((folder / JOB_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise JobError("The job has no readable order.", "Start it again from its snapshot.") from error
    if not isinstance(job, dict):
        raise JobError("The job has no readable order.", "Start it again from its snapshot.")
    return job


def is_training(job: dict[str, Any]) -> bool:
    """Whether this work needs the device for itself. The first rank of several holds it for all of them."""
    return str(job.get("kind")) in _TRAINING and os.environ.get("MLX_RANK", "0") == "0"


def sign(folder: Path, watcher: int | None = None) -> None:
    """Say which process works here, with its start time, since process ids are given out again."""
    signed = signature(os.getpid())
    if watcher is not None:
        signed["watcher"] = signature(watcher)
    scratch = folder / f"{PID_FILE}.new"
    scratch.write_text(json.dumps(signed), encoding="utf-8")
    scratch.replace(folder / PID_FILE)


def _is_reported(report: int, words: dict[str, str]) -> bool:
    """Tell the watching process of a failure. Where it is gone nobody goes on, and the end is to be told here."""
    try:
        os.write(report, json.dumps(words).encode())
    except BrokenPipeError:
        return False
    return True


def _tell_stop(teller: Teller, stopped: StoppedError) -> int:
    teller.emit(stopped.event, **stopped.figures)
    return SEGMENT if stopped.event == "segment" else STOPPED


def _work_for(job: dict[str, Any]) -> Work:
    """The function for this kind of job; mlx is imported only now."""
    kind = job.get("kind")
    if kind == "train":
        from curator.engine.train import train_job

        return train_job
    if kind == "find_rate":
        from curator.engine.rate_finder import find_rate_job

        return find_rate_job
    if kind == "help_train":
        from curator.engine.helping import help_job

        return help_job
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
