"""The time left, on runs whose cost is known: no clock and no chance but a seeded one."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from curator.core.settings import TrainSettings
from curator.engine.batches import batches_of_pass, padded
from curator.engine.pace import Pace
from curator.engine.plan import make_plan

CHANCE = random.Random(3)
SKEWED = [max(20, min(900, int(CHANCE.lognormvariate(4.4, 0.9)))) for _ in range(400)]
VALID = SKEWED[:40]
SETTINGS = TrainSettings(passes=3, evals_per_pass=4)

Cost = Callable[[int, int], float]
"""Seconds of a step with so many rows of such a width."""


def compute(rows: int, width: int) -> float:
    """A processor at its limit: every position costs the same, attention a little more."""
    return rows * width * 1e-3 + rows * width * width * 4e-7


def overhead(rows: int, width: int) -> float:
    """A graphics processor that mostly waits for the next step."""
    return 0.05 + rows * width * 1e-5


def run(
    settings: TrainSettings,
    lengths: list[int],
    cost: Cost,
    noise: float = 0.0,
    compiling: float = 0.0,
    checking: float = 0.3,
    probing: float = 0.0,
    saving: float = 0.0,
) -> tuple[float, float]:
    """Go through a whole run. Returns the seconds that were left after a tenth of it, as told and as they were."""
    chance, plan = random.Random(5), make_plan(len(lengths), settings)
    pace = Pace(plan, lengths, settings.seed, 0, VALID)
    batches = batches_of_pass(VALID, plan.batch_size, 0, 0)
    evaluation = checking * sum(cost(len(rows), max(padded(VALID[row]) for row in rows)) for rows in batches)
    clock, saved, asked, told, told_at, met = 0.0, 0.0, 0.0, 0.0, 0.0, set[int]()
    pace.validated(evaluation + 3 * compiling)
    pace.probed(probing)
    for iteration in range(1, plan.iterations + 1):
        pass_index, place = divmod(iteration - 1, plan.per_pass)
        rows = batches_of_pass(lengths, plan.batch_size, settings.seed, pass_index)[place]
        width = max(padded(lengths[row]) for row in rows)
        seconds = cost(len(rows), width) * chance.lognormvariate(0, noise)
        seconds += compiling if width not in met else 0.0
        met.add(width)
        clock += seconds
        pace.step(rows, seconds)
        if iteration == max(2, plan.iterations // 10):
            left = pace.seconds_left(iteration, settings.checkpoint_seconds)
            assert left is not None
            told, told_at = left, clock
        if plan.is_evaluation(iteration):
            clock += evaluation
            pace.validated(evaluation)
            if probing <= (clock - asked) / 9 or iteration == plan.iterations:  # a tenth of the time for answers
                clock += probing
                asked = clock
                pace.probed(probing)
        if saving and clock - saved > settings.checkpoint_seconds:
            clock += saving
            pace.saved(saving)
            saved = clock
    return told, clock - told_at


@pytest.mark.parametrize("cost", [compute, overhead])
@pytest.mark.parametrize(
    ("settings", "more"),
    [
        (SETTINGS, {}),
        (replace(SETTINGS, passes=1), {}),
        (replace(SETTINGS, passes=8), {"noise": 0.4}),
        (SETTINGS, {"noise": 0.4, "compiling": 2.0}),
        (SETTINGS, {"probing": 4.0, "saving": 3.0, "noise": 0.2}),
        (replace(SETTINGS, batch_size=1, accumulate=4), {"noise": 0.4}),
        (replace(SETTINGS, checkpoint_seconds=20.0), {"saving": 1.0}),
    ],
)
def test_after_a_tenth_the_time_left_is_right_within_a_fifth(
    settings: TrainSettings, more: dict[str, float], cost: Cost
) -> None:
    told, was = run(settings, SKEWED, cost, **more)
    assert told == pytest.approx(was, rel=0.2)


def test_rows_of_one_length_are_no_special_case() -> None:
    told, was = run(SETTINGS, [100] * 91, compute, noise=0.3)
    assert told == pytest.approx(was, rel=0.2)


def test_the_mean_of_the_steps_so_far_would_not_do() -> None:
    """The longest batch comes first, so that a short run begins with its dearest step."""
    lengths = [2000] * 4 + [60] * 200
    told, was = run(replace(SETTINGS, passes=1), lengths, compute)
    assert told == pytest.approx(was, rel=0.2) and was < 100


def test_nothing_is_told_before_the_second_step_and_nothing_is_left_after_the_last() -> None:
    plan = make_plan(8, replace(SETTINGS, iterations=4, batch_size=4))
    pace = Pace(plan, [50] * 8, 0, 0)
    assert pace.seconds_left(0) is None and pace.tokens_per_second == 0.0
    for iteration in range(1, 5):
        pace.step([0, 1, 2, 3], 1.0)
        left = pace.seconds_left(iteration)
        assert left == (None if iteration == 1 else 4 - iteration)
    assert pace.tokens_per_second == 200.0


def test_one_slow_validation_is_not_taken_for_all_that_are_to_come() -> None:
    plan = make_plan(80, replace(SETTINGS, passes=10, evals_per_pass=1))
    pace = Pace(plan, [50] * 80, 0, 0, VALID)
    for seconds in (30.0, 2.0, 2.1, 1.9):  # the first one compiles
        pace.validated(seconds)
    for _ in range(5):
        pace.step([0, 1, 2, 3], 1.0)
    before = pace.seconds_left(5)
    pace.validated(9.0)  # the person opened a film
    assert pace.seconds_left(5) == before
    for _ in range(3):
        pace.validated(9.0)  # and looks at it still
    assert before is not None and (pace.seconds_left(5) or 0.0) > before + 50
    again = Pace(plan, [50] * 80, 0, 5, VALID, known=pace.known)
    again.validated(40.0)  # compiles once more
    assert (again.seconds_left(5) or 0.0) == pytest.approx(pace.seconds_left(5), rel=0.1)


def test_a_run_that_goes_on_reckons_with_what_is_left_alone() -> None:
    plan = make_plan(len(SKEWED), SETTINGS)
    half = plan.iterations // 2
    pace = Pace(plan, SKEWED, SETTINGS.seed, half)
    for iteration in range(half + 1, half + 31):
        pass_index, place = divmod(iteration - 1, plan.per_pass)
        rows = batches_of_pass(SKEWED, plan.batch_size, SETTINGS.seed, pass_index)[place]
        pace.step(rows, compute(len(rows), max(padded(SKEWED[row]) for row in rows)))
    expected = 0.0
    for iteration in range(half + 31, plan.iterations + 1):
        pass_index, place = divmod(iteration - 1, plan.per_pass)
        rows = batches_of_pass(SKEWED, plan.batch_size, SETTINGS.seed, pass_index)[place]
        expected += compute(len(rows), max(padded(SKEWED[row]) for row in rows))
    assert pace.seconds_left(half + 30) == pytest.approx(expected, rel=0.1)


def test_fresh_starts_of_segments_are_counted() -> None:
    plan = make_plan(400, replace(SETTINGS, passes=1, batch_size=4))
    pace = Pace(plan, [50] * 400, 0, 0)
    pace.start_seconds = 5.0
    for _ in range(10):
        pace.step([0, 1, 2, 3], 1.0)
    assert pace.seconds_left(10) == 90.0
    assert pace.seconds_left(10, segment_seconds=30.0) == 105.0


def through(cost: Cost, faster_from: int, faster: float, known: dict[str, float] | None = None) -> dict[int, float]:
    """A run of rows of one length whose computer gets `faster` at a step: what was told there and after it, as a share
    of what was then left."""
    plan = make_plan(400, replace(SETTINGS, passes=4))
    pace = Pace(plan, [100] * 400, 0, 0, known=known)
    seconds = [cost(4, 128) / (faster if i > faster_from else 1) for i in range(1, plan.iterations + 1)]
    shares = {}
    for iteration, took in enumerate(seconds, 1):
        pace.step([0, 1, 2, 3], took)
        left = pace.seconds_left(iteration)
        if left is not None and iteration < plan.iterations:
            shares[iteration] = left / sum(seconds[iteration:])
    return shares


@pytest.mark.parametrize("faster", [0.5, 2.0])
def test_a_computer_that_is_busy_no_longer_or_only_now_is_followed_within_some_steps(faster: float) -> None:
    shares = through(compute, 100, faster)
    assert shares[100] == pytest.approx(faster, rel=0.01)  # nobody could know
    assert all(share == pytest.approx(1, abs=0.2) for iteration, share in shares.items() if 135 <= iteration < 395)


def test_what_an_earlier_sitting_knew_tells_the_time_left_at_once_and_gives_way_soon() -> None:
    plan = make_plan(400, replace(SETTINGS, passes=4))
    earlier = Pace(plan, [100] * 400, 0, 0, VALID)
    earlier.validated(2.0)
    earlier.validated(2.0)
    for _ in range(100):
        earlier.step([0, 1, 2, 3], compute(4, 128))
    told = earlier.seconds_left(100)
    again = Pace(plan, [100] * 400, 0, 100, VALID, earlier.known)
    assert told is not None and again.seconds_left(100) == pytest.approx(told, rel=0.01)
    on_another_computer = through(compute, 0, 3.0, earlier.known)
    assert on_another_computer[30] == pytest.approx(1, abs=0.2)


def test_figures_that_are_no_sums_are_passed_over() -> None:
    plan = make_plan(8, replace(SETTINGS, iterations=4, batch_size=4))
    assert Pace(plan, [50] * 8, 0, 0, known={"w": 0.0, "probe": 1.0}).seconds_left(0) is None
