"""A library with the tiny model and a snapshot in it, ready to be trained by real workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from job_running import wait_until
from tiny_model import write_snapshot

from curator.core.job import JobState
from curator.core.settings import TrainSettings
from curator.core.snapshot import Snapshot
from curator.jobs import supervisor
from curator.services import training
from curator.services.workspace import Workspace

SHORT = TrainSettings(passes=2, learning_rate=5e-3, dropout=0.0)
LONG = TrainSettings(passes=4000, learning_rate=1e-3, evals_per_pass=0.25, checkpoint_seconds=0.2)


@contextmanager
def training_workspace(library: Path, *models: Path) -> Iterator[Workspace]:
    """Open the library with these models on its shelf; whatever still works at the end is killed."""
    ws = Workspace.open(library)
    try:
        for model in models:
            ws.shelf.add_folder(model)
        yield ws
    finally:
        ws.close()
        for run in (library / "runs").glob("*"):
            supervisor.kill(run)


def add_snapshot(ws: Workspace, folder: Path) -> Snapshot:
    """Ten rows to train and three to validate, named “First”."""
    write_snapshot(folder)
    made = Snapshot(0, "First", "d1", str(folder), "tiny", 2048, 10, 3, 0, 900, "2026-11-22T00:00:00+00:00")
    return ws.library.add_snapshot(made, [])


def until(ws: Workspace, run: int, *states: JobState) -> None:
    """Refresh until the run's record says one of these states."""

    def is_so() -> bool:
        training.refresh(ws)
        return training.run(ws, run).state in states

    wait_until(is_so, f"run {run} being {' or '.join(states)}")
