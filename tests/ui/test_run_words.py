"""Runs in words: durations, places, health."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from curator.core.job import JobState
from curator.core.progress import LossPoint, RunProgress
from curator.core.settings import TrainSettings
from curator.ui.models.run_words import (
    count_words,
    day_and_time,
    duration,
    health,
    passes_words,
    rough_duration,
    run_facts,
    when,
)


@pytest.mark.parametrize(
    ("passes", "words"),
    [(4.25, "4¼"), (5.2, "5.2"), (3.0, "3"), (0.5, "½"), (0.0, "0"), (6.74, "6¾"), (float("nan"), "–"), (-1.0, "–")],
)
def test_a_place_is_said_in_quarters_where_it_is_one(passes: float, words: str) -> None:
    assert passes_words(passes) == words


def test_one_pass_is_not_plural() -> None:
    assert [count_words(n) for n in (0.5, 1, 3)] == ["½ pass", "1 pass", "3 passes"]


@pytest.mark.parametrize(("seconds", "words"), [(38, "38 s"), (252, "4 min 12 s"), (180, "3 min"), (7500, "2 h 5 min")])
def test_durations_have_two_units_at_most(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(3, "≈ 10 s"), (42, "≈ 40 s"), (187, "≈ 3 min"), (5400, "≈ 1½ h")])
def test_an_estimate_wears_its_sign(seconds: float, words: str) -> None:
    assert rough_duration(seconds) == words


def test_moments_are_said_from_today() -> None:
    now = datetime(2026, 3, 4, 18, 0).astimezone()
    assert when((now - timedelta(hours=2)).isoformat(), now) == "16:00"
    assert when((now - timedelta(days=1)).isoformat(), now) == "yesterday, 18:00"
    assert when((now - timedelta(days=20)).isoformat(), now) == "12 Feb"
    assert day_and_time((now - timedelta(hours=2)).isoformat(), now) == "today, 16:00"
    assert when("not a date", now) == ""


def _progress(valid: list[float], train: list[float] | None = None, **more: object) -> RunProgress:
    points = tuple(LossPoint(i * 5, i * 0.25, loss) for i, loss in enumerate(valid))
    steps = train if train is not None else [3 - 0.05 * i for i in range(40)]
    best = min(points, key=lambda p: p.loss, default=None)
    plain = RunProgress(
        state=JobState.RUNNING,
        total_passes=8,
        passes=len(valid) * 0.25,
        train=tuple(LossPoint(i, i / 20, loss) for i, loss in enumerate(steps, start=1)),
        valid=points,
        best=best,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def test_a_falling_validation_is_learning() -> None:
    judged = health(_progress([2.5, 2.2, 2.0]), TrainSettings())
    assert judged.first == "Learning."
    assert "from 2.50 to 2.00" in judged.rest


def test_memorising_names_the_pass_at_which_it_will_stop() -> None:
    judged = health(_progress([2.5, 2.0, 1.6, 1.62, 1.64, 1.66]), TrainSettings(patience=8))
    assert judged.first == "Learned, and now starting to memorise."
    assert "stops by itself at pass 2½" in judged.rest


def test_without_patience_nothing_is_promised_about_stopping() -> None:
    judged = health(_progress([2.5, 2.0, 1.6, 1.62, 1.64, 1.66]), TrainSettings(patience=0))
    assert "stops by itself" not in judged.rest
    assert "It goes on to pass 8." in judged.rest


def test_a_rising_validation_asks_for_half_the_rate() -> None:
    judged = health(_progress([2.5, 2.7, 3.1]), TrainSettings())
    assert judged.ink == "warn"
    assert "half the rate" in judged.rest


def test_an_end_tells_what_was_kept() -> None:
    judged = health(_progress([2.5, 1.6], state=JobState.DONE, passes=8.0), TrainSettings())
    assert judged.first == "Done."
    assert "from 2.50 to 1.60" in judged.rest


def test_an_early_end_says_that_it_stopped_by_itself() -> None:
    judged = health(_progress([2.5, 1.6], state=JobState.DONE, passes=3.25), TrainSettings(patience=8))
    assert judged.first == "Done: it stopped by itself at pass 3¼."


def test_a_run_without_losses_is_getting_ready() -> None:
    assert health(RunProgress(state=JobState.STARTING), TrainSettings()).first == "Getting ready."


def test_the_status_line_leads_with_what_happens() -> None:
    facts = run_facts(_progress([2.5, 2.0], seconds_left=187.0, passes=5.2))
    assert facts[:2] == ["Training, pass 5.2 of 8", "≈ 3 min left"]


def test_a_fall_that_may_be_chance_is_not_called_learning() -> None:
    still = health(_progress([2.0, 1.995, 1.998]), TrainSettings())
    assert still.first == "Nothing learned yet."
    assert health(_progress([2.0, 1.9]), TrainSettings()).first == "Learning."
