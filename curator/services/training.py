"""Training: start a run from a snapshot, follow it, stop it, pick it up after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from curator.core.changes import Changes
from curator.core.job import JobEvent
from curator.core.run import Run, RunProgress, TrainSettings
from curator.services.workspace import Workspace


def train(
    ws: Workspace, snapshot_id: int, model: str, settings: TrainSettings, preset: str = "", name: str = ""
) -> Run:
    """Start a run in a process of its own; it goes on when the window closes. Raises CuratorError with a sentence."""
    raise NotImplementedError


def runs(ws: Workspace) -> list[Run]:
    """All runs, as the library knows them; call `refresh` before for what has happened since."""
    raise NotImplementedError


def run(ws: Workspace, run_id: int) -> Run:
    """One run. Raises NotFoundError."""
    raise NotImplementedError


def progress(ws: Workspace, run_id: int) -> RunProgress:
    """What the run has told so far; reads only the event lines that are new since the last call."""
    raise NotImplementedError


def refresh(ws: Workspace) -> Changes:
    """Bring every unfinished run up to date from its folder (also those another window started). Cheap: call it often.
    Returns the runs in which anything moved."""
    raise NotImplementedError


def stop(ws: Workspace, run_id: int, discard: bool = False) -> None:
    """Ask the run to end within one step and keep what it learned, or with `discard` to throw it away."""
    raise NotImplementedError


def resume(ws: Workspace, run_id: int) -> Run:
    """Go on with a stopped or interrupted run from its last checkpoint."""
    raise NotImplementedError


def follow(ws: Workspace, run_id: int) -> Iterator[JobEvent]:
    """The run's events from the first on, as they come, until it is over."""
    raise NotImplementedError


def rename(ws: Workspace, run_id: int, name: str) -> Changes:
    """Give the run another name."""
    raise NotImplementedError


def delete(ws: Workspace, run_id: int) -> Changes:
    """Delete a run that is over, with its folder."""
    raise NotImplementedError


def log_path(ws: Workspace, run_id: int) -> Path:
    """The file with everything the worker printed."""
    raise NotImplementedError
