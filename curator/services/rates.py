"""The learning-rate finder: a short job that tries ever higher rates and looks where the loss falls fastest."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from curator.core.settings import TrainSettings
from curator.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RateFinding:
    """What was found: smoothed losses (nats a response token) at the rates tried, ascending; the rate to take, and the
    sentence that says why."""

    points: tuple[tuple[float, float], ...]
    suggestion: float
    sentence: str


def find(
    ws: Workspace,
    snapshot_id: int,
    model: str,
    settings: TrainSettings,
    progress: Callable[[float], None] | None = None,
    cancel: threading.Event | None = None,
) -> RateFinding:
    """Try learning rates on the rows of a snapshot in a job of its own; nothing is kept of what it learns. `progress`
    is told the share that is done. Not for the window's thread. Raises CuratorError; after `cancel`, JobError."""
    raise NotImplementedError
