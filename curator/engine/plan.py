"""The plan of a run: how many iterations, passes, updates and evaluations its settings and rows make. Arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

from curator.core.errors import JobError
from curator.core.settings import TrainSettings

_LONGER = 16
"""So many times as long as was asked for may a run become by whole updates: few rows, many batches to an update."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An iteration is one batch; an update comes every `accumulate` of them; a pass is every row once."""

    iterations: int
    per_pass: int
    batch_size: int
    updates: int
    evaluate_every: int

    def passes(self, iteration: int) -> float:
        """How often every row has been trained after `iteration`, in fractions."""
        return iteration / self.per_pass

    def is_evaluation(self, iteration: int) -> bool:
        """Whether validation is measured after this iteration; after the last one it always is."""
        return iteration == self.iterations or iteration % self.evaluate_every == 0

    def evaluations_left(self, iteration: int) -> int:
        """How many evaluations are still to come."""
        regular = (self.iterations - 1) // self.evaluate_every - iteration // self.evaluate_every
        return max(0, regular) + 1


def make_plan(rows: int, settings: TrainSettings) -> Plan:
    """The plan for so many rows. The last, smaller batch counts as one; iterations are rounded up to whole updates,
    since a gradient that is never applied would be a row that is never trained. Raises JobError where that would make
    quite another run of it."""
    batch_size = max(1, min(settings.batch_size, rows))
    per_pass = -(-rows // batch_size)
    accumulate = max(1, settings.accumulate)
    wanted = settings.iterations if settings.iterations > 0 else max(1, round(settings.passes * per_pass))
    if accumulate > _LONGER * wanted:
        raise JobError(
            f"One update of {accumulate:,} batches is far more than the {wanted:,} of the whole run.",
            "Choose fewer batches a step; 1 is usual.",
        )
    updates = max(1, -(-wanted // accumulate))
    every = max(1, round(per_pass / settings.evals_per_pass)) if settings.evals_per_pass > 0 else updates * accumulate
    every = -(-every // accumulate) * accumulate
    return Plan(updates * accumulate, per_pass, batch_size, updates, every)
