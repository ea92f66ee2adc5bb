"""A benchmark never calls a goal reached that it did not judge."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from goals import Goal, is_missed, verdicts

GOALS = {"fast": Goal(10.0), "short": Goal(100.0, is_least=False), "real": Goal(10.0, not_judged="too small a model")}


def test_a_goal_is_reached_missed_or_not_judged() -> None:
    said = verdicts({"fast": 10.0, "short": 101.0, "real": 7.45}, GOALS)
    assert said == {"fast": "reached", "short": "MISSED: at most 100", "real": "not judged: too small a model"}
    assert is_missed(said)


def test_what_was_not_measured_is_neither_reached_nor_missed() -> None:
    said = verdicts({"fast": 9.9, "short": None}, {"short": GOALS["short"], "real": GOALS["real"]})
    assert said == {"short": "not judged: not measured", "real": "not judged: too small a model"}
    assert not is_missed(said)


@pytest.mark.parametrize(
    ("ratios", "is_real", "said"),
    [
        ({"same BLAS": 1.5, "as installed": 7.45}, False, ["reached", "not judged: it takes a real model (--model)"]),
        ({"same BLAS": 1.5, "as installed": 7.45}, True, ["reached", "MISSED: at least 10"]),
        ({"same BLAS": 1.3}, True, ["MISSED: at least 1.4", "not judged: not measured"]),
    ],
)
def test_the_wheel_is_judged_on_a_real_model_alone(ratios: dict[str, float], is_real: bool, said: list[str]) -> None:
    assert list(importlib.import_module("bench_engine").judge(ratios, is_real).values()) == said
