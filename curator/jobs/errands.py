"""Errands: short jobs that somebody waits for, such as an answer, a conversion or a self-test."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from curator.core.errors import JobError
from curator.core.job import RESULT_FILE, JobEvent
from curator.jobs import supervisor
from curator.jobs.folder import read_events, write_job
from curator.jobs.progress import end_state

_PAUSE = 0.05  # seconds between two looks at the folder


def run_errand(
    folder: Path,
    order: dict[str, Any],
    failure: str,
    on_event: Callable[[JobEvent], None] | None = None,
    patience: float = 900.0,
    cancel: threading.Event | None = None,
) -> dict[str, Any]:
    """Start the job, wait for its end, and return what it told at its end together with its result file.

    `failure` is the sentence for a job that ended without one; after `patience` seconds it counts as stuck. Setting
    `cancel` ends the worker at once. The worker is gone when this returns or raises. Raises JobError, also after
    `cancel`.
    """
    write_job(folder, order)
    try:
        supervisor.start(folder)
        last = _wait(folder, failure, on_event, patience, cancel or threading.Event())
    finally:
        supervisor.kill(folder)
    if last is None or last.kind != "done":
        figures = last.figures if last is not None and end_state(last) is not None else {}
        raise JobError(str(figures.get("message") or failure), str(figures.get("hint") or "Try again."))
    result = folder / RESULT_FILE
    return last.figures | (json.loads(result.read_text(encoding="utf-8")) if result.is_file() else {})


def _wait(
    folder: Path,
    failure: str,
    on_event: Callable[[JobEvent], None] | None,
    patience: float,
    cancel: threading.Event,
) -> JobEvent | None:
    offset, last = 0, None
    deadline = time.monotonic() + patience
    while True:
        state = supervisor.state(folder)  # before the events, so that none comes after an end
        events, offset = read_events(folder, offset)
        for event in events:
            last = event
            if on_event is not None:
                on_event(event)
        if state.is_over:
            return last
        if cancel.is_set():
            raise JobError("It was stopped.", "Nothing was kept of it.")
        if time.monotonic() > deadline:
            raise JobError(failure, "It got stuck; try again.")
        if not events:
            cancel.wait(_PAUSE)
