"""Arithmetic of curves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.evaluation.curves import fall, rises_in_a_row, shift, smoothed

losses = st.lists(st.floats(0.01, 20.0), min_size=1, max_size=300)


@given(losses)
def test_smoothing_keeps_the_number_of_points_and_stays_between_the_extremes(values: list[float]) -> None:
    smooth = smoothed(values)
    assert len(smooth) == len(values)
    assert min(values) - 1e-9 <= min(smooth) and max(smooth) <= max(values) + 1e-9


@given(st.floats(0.01, 20.0), st.integers(1, 400))
def test_a_level_curve_stays_level(value: float, count: int) -> None:
    assert smoothed([value] * count) == pytest.approx([value] * count)
    assert fall([value] * count) == 0.0


def test_falls_and_shifts_are_shares_of_the_beginning() -> None:
    assert fall([4.0, 9.0, 3.0]) == 0.25
    assert fall([4.0, 5.0]) == -0.25
    assert shift([4.0, 5.0]) == shift([4.0, 3.0]) == 0.25
    assert fall([4.0]) == fall([]) == 0.0


@pytest.mark.parametrize(
    ("values", "count"),
    [([], 0), ([1.0], 0), ([1, 2], 1), ([3, 2, 1], 0), ([3, 1, 2, 3, 4], 3), ([1, 2, 3, 3], 0), ([1, 2, 3, 2.9], 0)],
)
def test_only_rises_up_to_the_end_count(values: list[float], count: int) -> None:
    assert rises_in_a_row(values) == count


def test_rises_within_the_noise_are_none() -> None:
    assert rises_in_a_row([2.000, 2.001, 2.002, 2.003], 0.005) == 0
    assert rises_in_a_row([2.000, 2.010, 2.020, 2.030], 0.005) == 3
