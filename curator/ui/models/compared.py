"""Runs laid over the one that is looked at: which, in which ink, and under which name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from curator.core.progress import RunProgress
from curator.core.run import Run

INKS = ("fast", "never", "memorised", "text2")
"""What they wear, in this order; each keeps its own until it is taken away."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """Another run laid over the one that is looked at: its short name and ink."""

    run: int
    name: str
    ink: str
    progress: RunProgress


class Compared:
    """The runs chosen for a comparison, at most as many as there are inks; the oldest makes room."""

    def __init__(self) -> None:
        self._inks: dict[int, str] = {}

    @property
    def runs(self) -> tuple[int, ...]:
        """Their ids, in the order in which they were chosen."""
        return tuple(self._inks)

    @property
    def inks(self) -> Mapping[int, str]:
        """What each wears."""
        return dict(self._inks)

    def toggle(self, run: int) -> None:
        """Choose a run, or no longer."""
        if self._inks.pop(run, None) is not None:
            return
        if len(self._inks) == len(INKS):
            self._inks.pop(next(iter(self._inks)))
        self._inks[run] = next(ink for ink in INKS if ink not in self._inks.values())

    def clear(self) -> None:
        """None."""
        self._inks.clear()

    def keep(self, runs: set[int]) -> None:
        """Drop those that are gone."""
        for run in [run for run in self._inks if run not in runs]:
            del self._inks[run]

    def overlays(self, shown: int, runs: Mapping[int, Run], progress: Mapping[int, RunProgress]) -> list[Overlay]:
        """What lies over the run that is shown; a run does not lie over itself."""
        return [
            Overlay(id, label(runs[id]), ink, progress[id])
            for id, ink in self._inks.items()
            if id != shown and id in runs and id in progress
        ]


def caveat(shown: Run, others: Iterable[Run]) -> str:
    """What keeps the losses of runs that lie over each other from being compared as they are; empty where nothing
    does."""
    others = tuple(others)
    if any(run.model != shown.model for run in others):
        return "Another base model: compare losses only where both cut text into the same tokens."
    if any(run.snapshot != shown.snapshot for run in others):
        return "Another snapshot: other held-out rows, so compare the course and not the height."
    return ""


def label(run: Run) -> str:
    """The name at the end of a line: what is its own in a sweep, else the run's name, kept short."""
    name = run.variant or run.name
    return name if len(name) <= 22 else name[:21] + "…"
