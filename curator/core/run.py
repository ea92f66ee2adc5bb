"""A run: a snapshot trained on a base model with certain settings, and the losses it showed."""

from __future__ import annotations

from dataclasses import dataclass, field

from curator.core.job import JobState


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """The numbers of a LoRA run. `scale` multiplies directly, as mlx does (PEFT's alpha is scale × rank).

    Either `iterations` or `passes` says how long; `iterations` wins when it is not 0. Learning rate is per update,
    warm-up a share of all updates. `layers` -1 means all. `evals_per_pass` is how often validation is measured.
    """

    passes: float = 3.0
    iterations: int = 0
    batch_size: int = 4
    learning_rate: float = 2e-4
    rank: int = 8
    scale: float = 4.0
    dropout: float = 0.05
    layers: int = -1
    warmup: float = 0.05
    final_rate: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    accumulate: int = 1
    max_tokens: int = 2048
    evals_per_pass: float = 4.0
    patience: int = 0  # evaluations without a better one before it stops by itself; 0: never
    seed: int = 0
    checkpoint_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Preset:
    """A named choice of settings, with the sentence that says when to take it."""

    name: str
    title: str
    sentence: str
    settings: TrainSettings


PRESETS: tuple[Preset, ...] = (
    Preset("quick", "Quick look", "Does it take the tone at all?", TrainSettings(passes=1.0, learning_rate=3e-4)),
    Preset("standard", "Standard", "What a set of this size usually needs.", TrainSettings(passes=3.0)),
    Preset("thorough", "Thorough", "Stops by itself when it no longer learns.", TrainSettings(passes=8.0, patience=8)),
)


@dataclass(frozen=True, slots=True)
class LossPoint:
    """A loss at a place in the run: `passes` counts how often every row has been trained, in fractions."""

    iteration: int
    passes: float
    loss: float


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Everything the events of a run say so far; built by folding `events.jsonl`, never stored twice."""

    state: JobState = JobState.QUEUED
    iterations: int = 0
    iteration: int = 0
    passes: float = 0.0
    total_passes: float = 0.0
    train: tuple[LossPoint, ...] = ()
    valid: tuple[LossPoint, ...] = ()
    tokens_per_second: float = 0.0
    memory_gb: float = 0.0
    seconds_left: float | None = None
    elapsed: float = 0.0
    best: LossPoint | None = None
    blas: str = ""
    message: str = ""  # the sentence of a failure or a stop
    hint: str = ""
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the table of runs."""

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
