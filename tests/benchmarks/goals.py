"""What a benchmark says of its goals: reached, missed, or not judged, and never the first for the last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

REACHED, NOT_JUDGED = "reached", "not judged"


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound that a figure must keep. `not_judged` says why this run could not judge it; empty where it could."""

    bound: float
    is_least: bool = True
    not_judged: str = ""

    def verdict(self, figure: float | None) -> str:
        """The words for this figure, None where it was not measured."""
        if figure is None or self.not_judged:
            return f"{NOT_JUDGED}: {self.not_judged or 'not measured'}"
        is_kept = figure >= self.bound if self.is_least else figure <= self.bound
        return REACHED if is_kept else f"MISSED: at {'least' if self.is_least else 'most'} {self.bound:g}"


def verdicts(figures: Mapping[str, float | None], goals: Mapping[str, Goal]) -> dict[str, str]:
    """What is to be said of each goal."""
    return {title: goal.verdict(figures.get(title)) for title, goal in goals.items()}


def is_missed(said: Mapping[str, str]) -> bool:
    """Whether a goal that was judged is missed."""
    return any(words.startswith("MISSED") for words in said.values())
