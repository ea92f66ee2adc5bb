"""How a run is doing, read from its losses and gradients and said in words, each with what to do about it."""

from __future__ import annotations

from curator.core.machine import Finding
from curator.core.progress import RunProgress
from curator.core.settings import TrainSettings


def health(progress: RunProgress, settings: TrainSettings, rows: int) -> tuple[Finding, ...]:
    """What the figures so far say, the gravest first. `rows` are the rows that are trained."""
    return ()
