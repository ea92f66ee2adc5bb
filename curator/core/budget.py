"""Token budgets: how much of the run's maximum a row takes, and what that means. Arithmetic only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What training would do with a row of this length."""

    FITS = "fits"
    OVER = "over"  # longer than the maximum: left out until it fits, never cut
    EMPTY = "empty"  # no prompt or no response: nothing to learn
    REFUSED = "refused"  # holds a control token of the template, or the template cannot take it


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one row in the base model's own template: `prompt` includes roles and generation prompt,
    `response` everything that is trained (with its end-of-turn). `is_estimate` figures wear "≈"."""

    prompt: int
    response: int
    is_estimate: bool = False
    refusal: str = ""  # a sentence when the verdict is REFUSED

    @property
    def total(self) -> int:
        """Tokens of the whole row."""
        return self.prompt + self.response

    def verdict(self, limit: int) -> Verdict:
        """What training does with it under a maximum of `limit` tokens."""
        if self.refusal:
            return Verdict.REFUSED
        if self.response <= 0 or self.prompt <= 0:
            return Verdict.EMPTY
        return Verdict.FITS if self.total <= limit else Verdict.OVER

    def over(self, limit: int) -> int:
        """Tokens beyond the limit; 0 when it fits."""
        return max(0, self.total - limit)


@dataclass(frozen=True, slots=True)
class RowBudget:
    """The budget of one row."""

    row: int
    usage: Usage
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class BudgetSummary:
    """The budget of all clean rows together."""

    rows: int
    tokens: int
    longest: int
    limit: int
    over: int
    refused: int
    model: str
    is_estimate: bool
