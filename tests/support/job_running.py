"""Real worker processes in tests: start a job, wait for what it tells, never longer than a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from curator.core.job import JobEvent, JobState
from curator.core.settings import TrainSettings
from curator.jobs import supervisor
from curator.jobs.folder import read_events, write_job

DEADLINE = 180.0  # a ceiling for a machine with other work; nothing waits this long for what comes


def write_train_job(folder: Path, model: Path, data: Path, settings: TrainSettings, **more: Any) -> Path:
    """Write the order of a training job. Returns its folder."""
    order = {"kind": "train", "model": str(model), "data": str(data), "settings": asdict(settings)}
    write_job(folder, {**order, "seed": settings.seed, **more})
    return folder


def wait_until(is_so: Callable[[], bool], what: str, deadline: float = DEADLINE) -> None:
    """Look again and again until it is so; a test that waits in vain says for what."""
    end = time.monotonic() + deadline
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline:.0f} s in vain for {what}")
        time.sleep(0.02)


def events_of(folder: Path, kind: str = "") -> list[JobEvent]:
    """What the job has told so far, or what of this kind."""
    events, _ = read_events(folder)
    return [event for event in events if not kind or event.kind == kind]


def wait_for_event(folder: Path, kind: str, count: int = 1) -> None:
    """Wait until the job has told something of this kind so many times."""
    wait_until(lambda: len(events_of(folder, kind)) >= count, f"{count} “{kind}” of {folder.name}")


def wait_for_end(folder: Path) -> JobState:
    """Wait until the job is over. Returns how it ended."""
    wait_until(lambda: supervisor.state(folder).is_over, f"the end of {folder.name}")
    return supervisor.state(folder)


def run_to_end(folder: Path) -> JobState:
    """Start the job's worker and wait for its end."""
    supervisor.start(folder)
    return wait_for_end(folder)


@contextmanager
def held_still(folder: Path) -> Iterator[None]:
    """The process that works stands still meanwhile: it can neither go on nor end before the test has looked."""
    present = supervisor.worker(folder)
    assert present is not None
    process = psutil.Process(present.pid)
    process.suspend()
    wait_until(lambda: process.status() == psutil.STATUS_STOPPED, "the worker standing still")
    try:
        yield
    finally:
        process.resume()
