from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from curator.core.settings import TrainSettings
from curator.engine.order import order_of
from curator.tokens.template import Encoded

ROW = Encoded(ids=[1, 2, 3], weights=[0, 1, 1], prompt_tokens=1, response_tokens=2)
SETTINGS = TrainSettings()
ORDER = order_of(SETTINGS, "base", [ROW], [ROW])


@pytest.mark.parametrize(
    "change", [{"is_sparing": True}, {"probe": "Hello?"}, {"checkpoint_seconds": 5.0}, {"segment_minutes": 10.0}]
)
def test_what_changes_nothing_in_the_maths_may_differ(change: dict[str, object]) -> None:
    assert order_of(replace(SETTINGS, **change), "base", [ROW], [ROW]) == ORDER  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change", [{"learning_rate": 1e-4}, {"seed": 1}, {"rank": 4}, {"accumulate": 2}, {"passes": 4}]
)
def test_other_numbers_are_another_run(change: dict[str, object]) -> None:
    assert order_of(replace(SETTINGS, **change), "base", [ROW], [ROW]) != ORDER  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "row", [replace(ROW, ids=[1, 2, 4]), replace(ROW, weights=[0, 0, 1]), replace(ROW, weight=2.0)]
)
def test_other_rows_are_another_run(row: Encoded) -> None:
    assert order_of(SETTINGS, "base", [row], [ROW]) != ORDER
    assert order_of(SETTINGS, "base", [ROW], [row]) != ORDER
    assert order_of(SETTINGS, "base", [ROW, ROW], []) != order_of(SETTINGS, "base", [ROW], [ROW])


def test_another_base_model_is_another_run() -> None:
    assert order_of(SETTINGS, "other", [ROW], [ROW]) != ORDER


def test_a_setting_that_the_order_does_not_name_costs_no_checkpoint() -> None:
    named = {"passes", "rank"}
    before = order_of(SETTINGS, "base", [ROW], [ROW], named)
    assert order_of(replace(SETTINGS, method="dora"), "base", [ROW], [ROW], named) == before
    assert order_of(replace(SETTINGS, rank=4), "base", [ROW], [ROW], named) != before
    assert order_of(replace(SETTINGS, seed=9), "base", [ROW], [ROW], named) != before
    assert order_of(SETTINGS, "base", [ROW], [ROW], asdict(SETTINGS)) == ORDER
