"""Starts, watches and stops the worker of a job; the worker outlives the window, and the next window adopts it."""

from __future__ import annotations

from pathlib import Path

from curator.core.job import JobState
from curator.jobs.runtimes import Runtime


def start(folder: Path, runtime: Runtime | None = None) -> None:
    """Start the worker of this job in a session of its own. Raises JobError where one is already at work."""
    raise NotImplementedError


def state(folder: Path) -> JobState:
    """Where the job stands, by its events and by whether its process is alive."""
    raise NotImplementedError


def request_stop(folder: Path, discard: bool = False) -> None:
    """Ask the worker to end within one step and keep what was learned, or to throw it away."""
    raise NotImplementedError


def kill(folder: Path) -> None:
    """End the worker at once, without a word from it."""
    raise NotImplementedError
