"""Orders: what a training job is told in its folder, and the start of its worker."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from curator.core.changes import Changes
from curator.core.errors import CuratorError, JobError
from curator.core.job import JobState
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.jobs import supervisor
from curator.jobs.away.leaving import end_there
from curator.jobs.folder import read_job, write_job
from curator.jobs.runtimes import to_order
from curator.services import following, runtimes
from curator.services.workspace import Workspace


def write(ws: Workspace, run: Run, report_to: Sequence[str] = ()) -> None:
    """Write the order of a run into its folder, whole or not at all. Raises JobError."""
    snapshot = ws.library.snapshot(run.snapshot)
    order: dict[str, Any] = {
        "kind": "train",
        "model": ws.shelf.get(run.model).path,
        "data": snapshot.path,
        "settings": asdict(run.settings),
        "seed": run.settings.seed,
        "run": run.id,
        "snapshot": snapshot.digest,
        "day": date.today().isoformat(),  # some templates write it into every row
    }
    if run.runtime:
        order["runtime"] = to_order(runtimes.get(ws, run.runtime))
    if report_to:
        order["report_to"] = list(report_to)
    _write(Path(run.path), order)


def send_to(ws: Workspace, run: Run, runtime: str) -> None:
    """Let the run go on at another place. Raises NotFoundError for one that is not known, and JobError."""
    folder = Path(run.path)
    order = {name: value for name, value in read_job(folder).items() if name != "runtime"}
    if runtime:
        order["runtime"] = to_order(runtimes.get(ws, runtime))
    _write(folder, order)
    ws.library.change_run(run.id, lambda known: replace(known, runtime=runtime))


def begin(ws: Workspace, run: Run) -> Changes:
    """Start the worker of a run that is marked as starting; where that fails, the run's record says why and the error
    is raised. Where another window was quicker the run is at work, and its record stays as it is."""
    try:
        supervisor.start(Path(run.path))
    except CuratorError as error:
        if not is_at_work(run):
            words = str(error)
            failed = ws.library.change_run(run.id, lambda known: replace(known, state=JobState.FAILED, message=words))
            ws.publish(failed)
        raise
    # A window that looked in between may have taken the end of an earlier sitting for the present.
    changes = ws.library.change_run(run.id, starting)
    return changes | Changes(runs=frozenset({run.id}))


def starting(run: Run) -> Run:
    """The record of a run whose worker is being started."""
    return replace(run, state=JobState.STARTING, finished="", message="")


def with_numbers(settings: TrainSettings, numbers: Mapping[str, Any]) -> TrainSettings:
    """These settings with some of their numbers changed; names that no setting has are passed over."""
    known = {own.name for own in fields(TrainSettings)}
    return replace(settings, **{name: value for name, value in numbers.items() if name in known})


def is_at_work(run: Run) -> bool:
    """Whether somebody starts this run or works on it, by its folder: its record may not know yet."""
    state = supervisor.state(Path(run.path))
    return not state.is_over and state is not JobState.QUEUED


def refuse_at_work(run: Run) -> None:
    """Raise JobError where somebody works on this run, or will."""
    if run.state is JobState.QUEUED:
        raise JobError("This run waits in the queue.", "Take it out of the queue first.")
    if is_at_work(run):
        raise JobError("This run is still at work.", "Stop it first.")


def remove(ws: Workspace, run: Run) -> Changes:
    """Delete a run for good, with its folder, and with what is left of it on another computer.

    Raises JobError, and deletes nothing, where that computer cannot be reached.
    """
    folder = Path(run.path)
    end_there(folder)
    changes = ws.library.delete_run(run.id)
    following.forget(ws, run.id)
    if folder.parent == ws.library.folder / "runs":  # never anything outside the library
        shutil.rmtree(folder, ignore_errors=True)
    return changes


def _write(folder: Path, order: dict[str, Any]) -> None:
    try:
        write_job(folder, order)
    except OSError as error:
        raise JobError(f"The run's folder cannot be written: {error.strerror or error}.", "Check the disk.") from error
