"""Runs in words: durations, places, health."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from curator.core.job import JobState
from curator.core.progress import LossPoint, RunProgress
from curator.core.settings import rate_words
from curator.ui.models.amounts import count_words, duration, passes_words, rough_duration
from curator.ui.models.run_words import day_and_time, place_words, run_facts, when


@pytest.mark.parametrize(
    ("passes", "words"),
    [
        (4.25, "4¼"),
        (5.2, "5.2"),
        (3.0, "3"),
        (0.5, "½"),
        (0.0, "0"),
        (6.74, "6¾"),
        (1474.1, "1,474"),
        (float("nan"), "–"),
        (-1.0, "–"),
    ],
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


def test_the_status_line_leads_with_what_happens() -> None:
    facts = run_facts(_progress([2.5, 2.0], seconds_left=187.0, passes=5.2))
    assert facts[:2] == ["Training, pass 5.2 of 8", "≈ 3 min left"]


def test_a_place_in_line_is_said_in_words() -> None:
    assert place_words(0) == "next in line"
    places = (2, 3, 4, 11, 12, 13, 20, 21, 22, 23, 101, 111, 112, 1002)
    endings = "2nd 3rd 4th 11th 12th 13th 20th 21st 22nd 23rd 101st 111th 112th 1,002nd"
    assert [place_words(place - 1).removesuffix(" in line") for place in places] == endings.split()


def test_a_learning_rate_is_written_short() -> None:
    assert [rate_words(rate) for rate in (1e-4, 2.5e-5, 6.913e-5)] == ["1e-4", "2.5e-5", "6.91e-5"]
