"""A run: a snapshot trained on a base model with certain settings, and the losses it showed."""

from __future__ import annotations

from dataclasses import dataclass, field

from curator.core.job import JobState
from curator.core.settings import TrainSettings


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the table of runs.

    Runs of one sweep share `sweep`, its name, and differ by `variant` ("lr 1e-4", "seed 2", "without 7 rows").
    `runtime` names where it runs; "" is this computer. `trashed` is when it was put into the trash, "" outside of it.
    `place` is its place in the queue where it was moved there; 0 stands for its id, the order of asking.
    """

    id: int
    name: str
    snapshot: int
    model: str
    preset: str
    settings: TrainSettings
    state: JobState
    path: str  # the job folder
    created: str
    rows: int = 0
    finished: str = ""
    best_loss: float | None = None
    first_loss: float | None = None
    last_loss: float | None = None
    passes: float = 0.0
    seconds: float = 0.0
    curve: tuple[float, ...] = field(default=())  # validation losses, for the sparkline
    message: str = ""
    note: str = ""
    sweep: str = ""
    variant: str = ""
    runtime: str = ""
    trashed: str = ""
    place: int = 0
