"""Runs laid over the one that is looked at: which, in which ink and dash, and under which name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from curator.core.progress import RunProgress
from curator.core.run import Run

INKS = ("fast", "never", "memorised", "text2")
"""Told from each other and from the accent on both grounds."""

WHOLE, DASHED, DOTTED = range(3)

STYLES = tuple((ink, dash) for dash in (WHOLE, DASHED, DOTTED) for ink in INKS)
"""Pairs of ink and dash that lines wear, in this order; each keeps its own until it is taken away."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """Another run laid over the one that is looked at: its short name, and what its line wears."""

    run: int
    name: str
    ink: str
    progress: RunProgress
    dash: int = WHOLE


class Compared:
    """The runs chosen for a comparison, at most as many as lines can be told from each other."""

    def __init__(self) -> None:
        self._styles: dict[int, tuple[str, int]] = {}

    @property
    def runs(self) -> tuple[int, ...]:
        """Their ids, in the order in which they were chosen."""
        return tuple(self._styles)

    @property
    def inks(self) -> Mapping[int, str]:
        """The ink of each."""
        return {run: ink for run, (ink, _) in self._styles.items()}

    def toggle(self, run: int) -> bool:
        """Choose a run, or no longer. False where there are as many as can be told from each other."""
        if self._styles.pop(run, None) is not None:
            return True
        free = next((style for style in STYLES if style not in self._styles.values()), None)
        if free is None:
            return False
        self._styles[run] = free
        return True

    def clear(self) -> None:
        """None."""
        self._styles.clear()

    def keep(self, runs: set[int]) -> None:
        """Drop those that are gone."""
        for run in [run for run in self._styles if run not in runs]:
            del self._styles[run]

    def overlays(self, shown: int, runs: Mapping[int, Run], progress: Mapping[int, RunProgress]) -> list[Overlay]:
        """What lies over the run that is shown; a run does not lie over itself."""
        return [
            Overlay(id, label(runs[id]), ink, progress[id], dash)
            for id, (ink, dash) in self._styles.items()
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
    name = " ".join((run.variant or run.name).split())
    return name if len(name) <= 22 else name[:21] + "…"
