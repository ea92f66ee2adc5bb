from __future__ import annotations

from typing import Any

import pytest

from curator.core.errors import JobError
from curator.core.settings import TrainSettings
from curator.engine.plan import make_plan


def test_a_remainder_counts_as_a_batch() -> None:
    plan = make_plan(9, TrainSettings(passes=3, batch_size=4))
    assert (plan.per_pass, plan.iterations, plan.passes(9)) == (3, 9, 3.0)


def test_a_set_smaller_than_a_batch_is_one_batch() -> None:
    plan = make_plan(2, TrainSettings(passes=5, batch_size=4))
    assert (plan.batch_size, plan.per_pass, plan.iterations) == (2, 1, 5)


def test_iterations_are_rounded_up_to_whole_updates() -> None:
    plan = make_plan(20, TrainSettings(passes=1, batch_size=4, accumulate=4))
    assert (plan.iterations, plan.updates, plan.evaluate_every % 4) == (8, 2, 0)


def test_given_iterations_win_over_passes() -> None:
    assert make_plan(100, TrainSettings(passes=3, iterations=7)).iterations == 7


def test_validation_comes_some_times_a_pass_and_always_at_the_end() -> None:
    plan = make_plan(160, TrainSettings(passes=1.05, batch_size=4, evals_per_pass=4))
    due = [i for i in range(1, plan.iterations + 1) if plan.is_evaluation(i)]
    assert due == [10, 20, 30, 40, 42]
    assert [plan.evaluations_left(i) for i in (0, 10, 39, 40, 41)] == [5, 4, 2, 1, 1]


@pytest.mark.parametrize("length", [{"iterations": 3}, {"passes": 1.0}])
def test_an_update_that_is_far_longer_than_the_run_is_refused(length: dict[str, Any]) -> None:
    with pytest.raises(JobError, match="One update of 1,000,000 batches is far more than the 3 of the whole run"):
        make_plan(12, TrainSettings(batch_size=4, accumulate=1_000_000, **length))
    assert make_plan(1, TrainSettings(passes=1, accumulate=16)).iterations == 16  # one row, and a batch made smaller
