"""A sweep in one picture: runs that differ in one thing, each from its first to its best validation loss."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from curator.core.job import JobState
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.ui.models.amounts import passes_words, runs_words

CLOSE = 0.02
"""Validation losses nearer than this are not told apart: another seed moves them as much."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One run of a sweep: what is its own, where it began, its best, and in words how it stands."""

    run: int
    name: str
    first: float | None
    best: float | None
    words: str
    is_live: bool = False
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class SweepPicture:
    """All of them in the order they were asked for, with one sentence that says what came out."""

    name: str
    variants: tuple[Variant, ...]

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"{self.name}: {runs_words(len(self.variants))}"

    @property
    def winner(self) -> Variant | None:
        """The one with the lowest best loss."""
        return min((v for v in self.variants if v.best is not None), key=lambda v: v.best or 0.0, default=None)

    @property
    def sentence(self) -> str:
        """What can be said so far."""
        winner = self.winner
        told = [v for v in self.variants if v.best is not None]
        waiting = len(self.variants) - len(told)
        if winner is None or winner.best is None:
            return "Nothing has been measured yet."
        rest = (
            f" {waiting} still to come."
            if waiting and any(v.is_live or not v.has_failed for v in self.variants if v.best is None)
            else ""
        )
        if live := [v.name for v in told if v.is_live]:
            rest = f" Not at the end yet: {', '.join(live)}.{rest}"
        if len(told) < 2:
            return f"{winner.name} reaches {winner.best:.2f}.{rest}"
        near = [v for v in told if v is not winner and v.best is not None and v.best - winner.best < CLOSE]
        if len(near) == len(told) - 1:
            return f"They cannot be told apart: all lie within {CLOSE:.2f}.{rest}"
        if near:
            names = ", ".join(v.name for v in near)
            return f"Lowest: {winner.name}, {winner.best:.2f}; {names} cannot be told from it.{rest}"
        second = min(v.best for v in told if v is not winner and v.best is not None)
        return f"Lowest: {winner.name}, {winner.best:.2f}, by {second - winner.best:.2f}.{rest}"


def variant_of(name: str, run: Run, progress: RunProgress) -> Variant:
    """A run as one line of the picture."""
    losses = [p.loss for p in progress.valid if math.isfinite(p.loss)] or [v for v in run.curve if math.isfinite(v)]
    best = progress.best.loss if progress.best is not None else run.best_loss
    state = run.state
    failed = state in (JobState.FAILED, JobState.INTERRUPTED)
    if state is JobState.QUEUED:
        words = "waits"
    elif failed:
        words = "stopped early"
    elif not state.is_over:
        words = f"pass {passes_words(progress.passes)} of {passes_words(progress.total_passes or run.settings.passes)}"
    elif progress.best is not None:
        words = f"at pass {passes_words(progress.best.passes)}"
    else:
        words = ""
    return Variant(
        run.id,
        name or run.name,
        losses[0] if losses else run.first_loss,
        best,
        words,
        not state.is_over and state is not JobState.QUEUED,
        failed,
    )


def picture_of(name: str, runs: Iterable[tuple[str, RunProgress, Run]]) -> SweepPicture:
    """The picture of a sweep, from what the services tell of it."""
    return SweepPicture(name, tuple(variant_of(variant, run, progress) for variant, progress, run in runs))
