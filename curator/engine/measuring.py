"""What is measured of a run between two updates: its validation, and what it answers to the probe."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from curator.engine.keeping import Keeping
from curator.engine.loss import ResponseLoss
from curator.engine.pace import PROBE_SHARE, QUICK_ANSWER, Pace
from curator.engine.plan import Plan
from curator.engine.probe import Probe
from curator.engine.standing import Standing
from curator.engine.telling import Teller
from curator.engine.validation import validation_losses
from curator.tokens.template import Encoded

BETTER_BY = 1e-4
"""A validation loss counts as better when it is lower by this much, in nats."""


class Measuring:
    """Validates, has the best adapter kept, and asks the probe. `between` is called while that takes its time, and may
    raise to break off."""

    def __init__(
        self,
        model: Any,
        loss: ResponseLoss,
        valid: list[Encoded],
        probe: Probe | None,
        plan: Plan,
        standing: Standing,
        pace: Pace,
        keeping: Keeping,
        teller: Teller,
        between: Callable[[], None],
    ) -> None:
        self._model, self._loss, self._valid, self._probe = model, loss, valid, probe
        self._plan, self._standing, self._pace = plan, standing, pace
        self._keeping, self._teller, self._between = keeping, teller, between
        self._answered = time.monotonic()
        self._answer_took = 0.0
        self._has_said = False

    def measure(self) -> None:
        """Validate and ask the probe, where that is due after the last update and not done yet."""
        standing = self._standing
        iteration = standing.iteration
        if iteration != 0 and not self._plan.is_evaluation(iteration):
            return
        if self._valid and standing.evaluated < iteration:
            self._validate(iteration)
        if self._probe is not None and standing.sampled < iteration and self._is_time_for_an_answer(iteration):
            self._ask(self._probe, iteration)

    def _validate(self, iteration: int) -> None:
        began, standing = time.monotonic(), self._standing
        found = validation_losses(self._model, self._loss, self._valid, self._plan.batch_size, self._between)
        self._pace.validated(time.monotonic() - began)
        loss, best = found.mean, standing.best_loss
        is_better = iteration > 0 and math.isfinite(loss) and (best is None or loss < best - BETTER_BY)
        standing.evaluated, standing.last_valid = iteration, loss
        if iteration == 0:
            standing.first_valid = loss
        elif is_better:
            standing.best_loss, standing.best_passes = loss, standing.passes
            standing.evaluations_without_better = 0
            self._keeping.found_best()
        else:
            standing.evaluations_without_better += 1
        self._teller.emit(
            "valid", iteration=iteration, passes=standing.passes, loss=loss, best=is_better, tags=found.tags
        )

    def _is_time_for_an_answer(self, iteration: int) -> bool:
        """Whether answers would still take no more than their share of the time. The first and the last always come,
        and so do quick ones: then the answers are the same each time."""
        if iteration in (0, self._plan.iterations) or self._answer_took <= QUICK_ANSWER:
            return True
        since = time.monotonic() - self._answered
        return self._answer_took <= PROBE_SHARE / (1 - PROBE_SHARE) * since

    def _ask(self, probe: Probe, iteration: int) -> None:
        began, standing = time.monotonic(), self._standing
        text, is_cut = probe.answer(self._between)
        self._answered = time.monotonic()
        self._answer_took = self._answered - began
        self._pace.probed(self._answer_took)
        standing.sampled = iteration
        self._teller.emit(
            "sample", iteration=iteration, passes=standing.passes, prompt=probe.prompt, text=text, cut=is_cut
        )
        if self._answer_took > QUICK_ANSWER and not self._has_said:
            self._has_said = True
            self._teller.note(
                f"An answer to the probe takes {self._answer_took:.0f} s here. It is asked so rarely that answers take"
                f" no more than {100 * PROBE_SHARE:.0f} % of the time."
            )
