"""How fast a run goes and how long it will take, with validation, probes, checkpoints and fresh starts counted in."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import accumulate
from statistics import median_low

from curator.engine.batches import batches_of_pass, padded
from curator.engine.plan import Plan

_FORGETTING = 0.99
"""How much of its weight a step keeps with each one after it: some hundred steps are remembered."""
_KEEPING_UP = 0.93
"""The same of how much slower or faster than by its cost a step is: the computer is busy now, or is no longer."""
_CHANCE = 0.15
"""The logarithm of what some twenty steps may be slower or faster than the rest by chance alone."""
_OF_BEFORE = 5.0
"""What the steps of an earlier sitting weigh against those of this one: the computer may be another by now."""
PROBE_SHARE = 0.1
"""How much of the time answers to the probe may take; the first and the last come anyway, and so do quick ones."""
QUICK_ANSWER = 3.0
"""Seconds up to which an answer is no cost worth sparing."""
_ENOUGH = 3
"""So many steps are needed before those are left out that were the first of their width: mlx compiles for each."""
_RECENT = 20
_VALIDATIONS = 5
"""So many of the last are remembered: one alone may have met a busy moment, and is reckoned with for all to come."""


class Pace:
    """Learns from the steps so far what a batch costs: so much for itself, and so much for each of its positions.

    Where rows differ in length, the mean of the first steps says little (the longest batch comes first): the cost of
    all batches to come is reckoned from their lengths, which are known.
    """

    def __init__(
        self,
        plan: Plan,
        lengths: Sequence[int],
        seed: int,
        start: int,
        valid: Sequence[int] = (),
        known: Mapping[str, float] | None = None,
    ) -> None:
        """`known` is what an earlier sitting of the run knew."""
        self._plan = plan
        self._lengths, self._seed = lengths, seed
        self._per_pass = self._sums(0)[-1]
        self._all = self._positions_until(plan.iterations)
        self._done = self._positions_until(start)
        self._met: set[int] = set()
        first_pass = batches_of_pass(lengths, plan.batch_size, seed, 0)
        self._widths = {_positions(lengths, rows) // len(rows) for rows in first_pass}
        self._all_steps, self._met_before = _Cost(), _Cost()
        self._first_positions, self._first_seconds = 0, 0.0
        self._recent: deque[tuple[int, float]] = deque(maxlen=_RECENT)
        batches = batches_of_pass(valid, plan.batch_size, 0, 0) if valid else []
        self._valid_batches, self._valid_positions = len(batches), sum(_positions(valid, rows) for rows in batches)
        self._validations_now = 0  # in this sitting
        known = known or {}
        self._before = _Cost.again(known)
        before = [known["validation"]] if "validation" in known else []
        self._validations: deque[float] = deque(before, maxlen=_VALIDATIONS)
        self._probe, self._checkpoint = known.get("probe", 0.0), known.get("checkpoint", 0.0)
        self._lag = _Lag()

    @property
    def known(self) -> dict[str, float]:
        """What a later sitting of the run can begin with."""
        validation = {"validation": median_low(self._validations)} if self._validations else {}
        return {**self._cost.sums, **validation, "probe": self._probe, "checkpoint": self._checkpoint}

    @property
    def tokens_per_second(self) -> float:
        """Real tokens (prompt and response, no padding) trained per second over the last steps."""
        seconds = sum(s for _, s in self._recent)
        return sum(t for t, _ in self._recent) / seconds if seconds else 0.0

    def step(self, rows: Sequence[int], seconds: float) -> None:
        """Take note of a step over these rows."""
        positions = _positions(self._lengths, rows)
        self._done += positions
        width = positions // len(rows)
        self._all_steps.add(positions, seconds)
        if width in self._met:
            if self._met_before.steps >= _ENOUGH or self._before.steps:
                self._lag.add(self._cost.of(1, positions), seconds)
            self._met_before.add(positions, seconds)
            if self._before.steps:
                self._before.add(positions, seconds)
        else:
            self._first_positions += positions
            self._first_seconds += seconds
        if len(self._recent) == 1 and len(self._met) == 1:
            self._recent.clear()  # the very first one compiled everything
        self._met.add(width)
        self._recent.append((sum(self._lengths[row] for row in rows), seconds))

    def validated(self, seconds: float) -> None:
        """Take note of a validation."""
        if self._validations_now == 1:
            self._validations.pop()  # the first of a sitting compiled
        self._validations_now += 1
        self._validations.append(seconds)

    def probed(self, seconds: float) -> None:
        """Take note of an answer to the probe."""
        self._probe = seconds

    def saved(self, seconds: float) -> None:
        """Take note of a checkpoint."""
        self._checkpoint = seconds

    def seconds_left(
        self, iteration: int, checkpoint_seconds: float = 0.0, segment_seconds: float = 0.0
    ) -> float | None:
        """Seconds to the end; None before the second step of a run, since the first says nothing.

        `checkpoint_seconds` is how often a checkpoint is written; `segment_seconds` how often the process is renewed,
        which takes what the start took.
        """
        if self._all_steps.steps < 2 and not self._before.steps:
            return None
        left = self._lag.times * self._cost.of(self._plan.iterations - iteration, self._all - self._done)
        left += self._compiling_left()
        evaluations = self._plan.evaluations_left(iteration)
        if iteration < self._plan.iterations and self._plan.is_evaluation(iteration):
            evaluations += 1  # the one that is due now
        left += evaluations * self._validation_cost()
        answers = evaluations * self._probe
        if self._probe > QUICK_ANSWER:
            answers = min(answers, self._probe + PROBE_SHARE / (1 - PROBE_SHARE) * left)
        left += answers
        if checkpoint_seconds > 0:
            left *= 1 + self._checkpoint / max(checkpoint_seconds, self._checkpoint)
        if segment_seconds > 0:
            left += left // segment_seconds * self.start_seconds
        return round(left, 1)

    start_seconds = 0.0
    """What it takes until a fresh process trains: imports, the model, the rows."""

    def _compiling_left(self) -> float:
        """What it will take to compile for the widths that have not been met yet."""
        if not self._met or self._cost is self._all_steps:
            return 0.0  # not known yet, or already in the mean
        dearer = self._first_seconds - self._cost.of(len(self._met), self._first_positions)
        return max(0.0, dearer / len(self._met)) * len(self._widths - self._met)

    @property
    def _cost(self) -> _Cost:
        if self._before.steps:
            return self._before
        return self._met_before if self._met_before.steps >= _ENOUGH else self._all_steps

    def _validation_cost(self) -> float:
        """What the last ones took at the median; the first, which compiles, is no dearer than training on its rows."""
        if not self._validations:
            return 0.0
        cost = median_low(self._validations)
        if self._validations_now > 1:
            return cost
        return min(cost, self._cost.of(self._valid_batches, self._valid_positions))

    def _positions_until(self, iteration: int) -> int:
        whole, rest = divmod(iteration, self._plan.per_pass)
        return whole * self._per_pass + (self._sums(whole)[rest - 1] if rest else 0)

    def _sums(self, pass_index: int) -> list[int]:
        """Positions after each batch of a pass."""
        batches = batches_of_pass(self._lengths, self._plan.batch_size, self._seed, pass_index)
        return list(accumulate(_positions(self._lengths, rows) for rows in batches))


class _Cost:
    """Seconds of a step as a line over its positions, by weighted least squares that slowly forgets."""

    def __init__(self) -> None:
        self.steps = 0
        self._w = self._x = self._t = self._xx = self._xt = 0.0

    @classmethod
    def again(cls, sums: Mapping[str, float]) -> _Cost:
        """The cost that had these sums, weighing little against what is added now; empty where there are none."""
        cost = cls()
        weight = sums.get("w", 0.0)
        if weight > 0 and sums.get("x", 0.0) > 0:
            share = min(1.0, _OF_BEFORE / weight)
            cost.steps = max(1, round(weight * share))
            cost._w, cost._x, cost._t, cost._xx, cost._xt = (share * sums.get(n, 0.0) for n in cls._NAMES)
        return cost

    _NAMES = ("w", "x", "t", "xx", "xt")

    @property
    def sums(self) -> dict[str, float]:
        """Weights, positions, seconds, squares of positions, positions times seconds."""
        return dict(zip(self._NAMES, (self._w, self._x, self._t, self._xx, self._xt), strict=True))

    def add(self, positions: float, seconds: float) -> None:
        self.steps += 1
        self._w = self._w * _FORGETTING + 1
        self._x = self._x * _FORGETTING + positions
        self._t = self._t * _FORGETTING + seconds
        self._xx = self._xx * _FORGETTING + positions * positions
        self._xt = self._xt * _FORGETTING + positions * seconds

    def of(self, steps: int, positions: float) -> float:
        """Seconds for so many steps with so many positions together."""
        mean_x, mean_t = self._x / self._w, self._t / self._w
        spread = self._xx / self._w - mean_x * mean_x
        slope = mean_t / mean_x
        if spread > 1e-4 * mean_x * mean_x:
            slope = min(slope, max(0.0, (self._xt / self._w - mean_x * mean_t) / spread))
        return slope * positions + (mean_t - slope * mean_x) * steps


class _Lag:
    """How much longer the last steps took than they should have, by the cost known before each. What may be chance is
    left out: single steps differ."""

    def __init__(self) -> None:
        self._should = self._took = 0.0

    def add(self, should: float, took: float) -> None:
        self._should = self._should * _KEEPING_UP + should
        self._took = self._took * _KEEPING_UP + took

    @property
    def times(self) -> float:
        if self._should <= 0 or self._took <= 0:
            return 1.0
        lag = math.log(self._took / self._should)
        return math.exp(math.copysign(max(0.0, abs(lag) - _CHANCE), lag))


def _positions(lengths: Sequence[int], rows: Sequence[int]) -> int:
    return max(padded(lengths[row]) for row in rows) * len(rows)
