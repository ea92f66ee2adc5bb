"""e to the power of x is right to the last digits, in any kind of number, at the ends and beyond."""

from __future__ import annotations

import math
from collections.abc import Callable

import mlx.core as mx
import numpy as np
import pytest

from curator.engine.exponential import exponential

ON_CPU = mx.default_device() == mx.Device(mx.cpu)
WAYS: list[Callable[[mx.array], mx.array]] = [exponential, mx.compile(exponential)]


@pytest.mark.parametrize("way", WAYS, ids=["plain", "compiled"])
def test_it_is_right_to_the_seventh_digit(way: Callable[[mx.array], mx.array]) -> None:
    values = np.concatenate(
        [np.linspace(-87, 88, 1_000_003), np.linspace(-1, 1, 100_001), np.arange(-125, 126) * math.log(2) / 2]
    ).astype(np.float32)
    exact = np.exp(values.astype(np.float64))
    found = np.array(way(mx.array(values))).astype(np.float64)
    assert np.abs(found / exact - 1).max() < (1.5e-7 if ON_CPU else 1e-5)


@pytest.mark.parametrize("way", WAYS, ids=["plain", "compiled"])
def test_of_nothing_it_is_one_and_of_no_number_none(way: Callable[[mx.array], mx.array]) -> None:
    found = way(mx.array([0.0, -0.0, math.nan, -math.inf, math.inf, -1e30, 1e30]))
    assert found[:2].tolist() == [1.0, 1.0]
    assert math.isnan(found[2].item())
    small, great = found[3].item(), found[4].item()
    if ON_CPU:
        assert [small, great] == pytest.approx([math.exp(-87), math.exp(88)], rel=1e-6)
    else:
        assert [small, great] == [0, math.inf]
    assert found[5].item() == small and found[6].item() == great


@pytest.mark.parametrize("dtype", [mx.float16, mx.bfloat16, mx.float32])
def test_half_precision_is_reckoned_as_float32(dtype: mx.Dtype) -> None:
    values = mx.linspace(-10, 10, 1001).astype(dtype)
    found = exponential(values)
    assert found.dtype == mx.float32
    exact = np.exp(np.array(values.astype(mx.float32)).astype(np.float64))
    assert np.abs(np.array(found) / exact - 1).max() < (1.5e-7 if ON_CPU else 1e-5)


def test_any_shape_goes_in_and_comes_out() -> None:
    for shape in [(), (0,), (1,), (3, 5), (2, 3, 4)]:
        assert exponential(mx.zeros(shape)).tolist() == mx.ones(shape).tolist()
