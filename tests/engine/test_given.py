from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from curator.core.errors import JobError
from curator.core.settings import TrainSettings
from curator.engine.given import given_day, given_folder, given_settings


def test_what_the_order_does_not_name_has_its_default() -> None:
    settings, named = given_settings({"settings": {"rank": 4, "learning_rate": 1, "flux": "new"}, "seed": 7})
    assert settings == TrainSettings(rank=4, learning_rate=1, seed=7)
    assert named == {"rank", "learning_rate", "flux"}
    assert given_settings({})[0] == TrainSettings()


def test_every_setting_comes_through_as_it_was_written() -> None:
    settings = TrainSettings(passes=0.5, method="dora", is_sparing=True, probe="Well?", seed=3)
    assert given_settings({"settings": asdict(settings)})[0] == settings


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ({"settings": [1]}, "settings of this run cannot be read"),
        ({"settings": {"batch_size": "4"}}, "no usable “batch_size”: '4'"),
        ({"settings": {"passes": None}}, "no usable “passes”"),
        ({"settings": {"learning_rate": float("nan")}}, "no usable “learning_rate”"),
        ({"settings": {"rank": 2.5}}, "no usable “rank”"),
        ({"settings": {"is_sparing": 1}}, "no usable “is_sparing”"),
        ({"settings": {"batch_size": 0}}, "A batch size of 0 trains nothing"),
        ({"settings": {"accumulate": -1}}, "of -1 trains nothing"),
        ({"settings": {"learning_rate": 0}}, "A learning rate of 0 teaches nothing"),
        ({"settings": {"learning_rate": -1e-4}}, "A learning rate of -0.0001 teaches nothing"),
        ({"settings": {"learning_rate": 1e9}}, "A learning rate of 1e+09 throws away"),
        ({"settings": {"layers": 0}}, "Nothing can be trained in 0 layers"),
        ({"settings": {"layers": -7}}, "Nothing can be trained in -7 layers"),
        ({"settings": {"iterations": 10**30}}, "So long a run would never end"),
        ({"settings": {"passes": 1e300}}, "So long a run would never end"),
        ({"settings": {"passes": -3.0}}, "-3.0 passes train nothing"),
        ({"settings": {"passes": 3.0, "iterations": -1}}, "A number of iterations of -1 is not possible"),
        ({"settings": {"warmup": 1.5}}, "A warm-up of 1.5 is not possible"),
        ({"settings": {"final_rate": -0.1}}, "A rate at the end of -0.1 is not possible"),
        ({"settings": {"weight_decay": 2.0}}, "A weight decay of 2.0 is not possible"),
        ({"settings": {"clip": -1.0}}, "A bound of gradients of -1.0 is not possible"),
        ({"settings": {"patience": -1}}, "A patience of -1 is not possible"),
        ({"seed": "x"}, "no usable “seed”"),
        ({"seed": -1}, "seed -1 is not possible"),
        ({"seed": 1 << 64}, "is not possible"),
    ],
)
def test_an_order_that_makes_no_run_is_told_in_a_sentence(job: dict[str, Any], words: str) -> None:
    with pytest.raises(JobError) as caught:
        given_settings(job)
    assert words in caught.value.message and caught.value.hint


def test_what_is_rare_but_possible_is_taken() -> None:
    rare = TrainSettings(iterations=3, passes=0.0, warmup=0.0, final_rate=1.0, clip=0.0, evals_per_pass=0.0)
    assert given_settings({"settings": asdict(rare)})[0] == rare


@pytest.mark.parametrize("job", [{}, {"model": None}, {"model": ""}, {"model": 3}])
def test_an_order_without_a_folder_is_told(job: dict[str, Any]) -> None:
    with pytest.raises(JobError, match="does not name its “model”"):
        given_folder(job, "model")


def test_a_folder_is_taken_as_it_is_named() -> None:
    assert given_folder({"data": "/a/b"}, "data") == Path("/a/b")


def test_the_day_is_that_of_the_order_or_none() -> None:
    assert given_day({"day": "2026-11-22"}) == date(2026, 11, 22)
    assert given_day({}) is None


@pytest.mark.parametrize("day", ["yesterday", 20261122, ""])
def test_a_day_that_is_none_is_told(day: Any) -> None:
    with pytest.raises(JobError, match="no usable “day”"):
        given_day({"day": day})
