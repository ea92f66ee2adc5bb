"""What a run has told so far: its losses point by point, the answers to its probe, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from curator.core.job import JobState


@dataclass(frozen=True, slots=True)
class LossPoint:
    """A loss at a place in the run: `passes` counts how often every row has been trained, in fractions."""

    iteration: int
    passes: float
    loss: float


@dataclass(frozen=True, slots=True)
class TrainPoint(LossPoint):
    """One training step: its loss, the learning rate, the norm of the gradient before clipping, tokens per second."""

    learning_rate: float = 0.0
    gradient_norm: float = 0.0
    tokens_per_second: float = 0.0
    memory_gb: float = 0.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What the model answered to the probe prompt at a place in the run; iteration 0 is the base model's own."""

    iteration: int
    passes: float
    text: str


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Everything the events of a run say so far; built by folding `events.jsonl`, never stored twice."""

    state: JobState = JobState.QUEUED
    iterations: int = 0
    iteration: int = 0
    passes: float = 0.0
    total_passes: float = 0.0
    train: tuple[TrainPoint, ...] = ()
    valid: tuple[LossPoint, ...] = ()
    tokens_per_second: float = 0.0
    memory_gb: float = 0.0
    seconds_left: float | None = None
    elapsed: float = 0.0
    best: LossPoint | None = None
    blas: str = ""
    message: str = ""  # the sentence of a failure, a stop or a wait
    hint: str = ""
    skipped: int = 0
    tags: Mapping[str, tuple[LossPoint, ...]] = field(default_factory=dict)  # validation of the rows with each tag
    probe: str = ""
    samples: tuple[Sample, ...] = ()
    attempt: int = 0  # how often it went on by itself after its process was lost
    notes: tuple[str, ...] = ()
    device: str = ""
    host: str = ""  # the other computer it runs on, if any
    lossless: tuple[LossPoint, ...] = ()  # steps whose loss is no number
    cause: str = ""  # of a failure, as its worker names it: "memory", "nan" …
