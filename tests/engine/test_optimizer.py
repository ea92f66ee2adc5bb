from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest

from curator.engine.optimizer import SafeAdamW, schedule


def begun(**options: float) -> tuple[SafeAdamW, dict[str, mx.array]]:
    parameters = {"w": mx.array([1.0, -2.0, 3.0])}
    optimizer = SafeAdamW(0.1, weight_decay=options.get("weight_decay", 0.0), clip=options.get("clip", 1.0))
    optimizer.begin(parameters)
    return optimizer, parameters


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_an_update_that_is_no_number_changes_nothing_and_is_counted(bad: float) -> None:
    optimizer, parameters = begun(weight_decay=0.1)
    parameters = optimizer.apply_gradients({"w": mx.array([0.1, 0.2, 0.3])}, parameters)
    moments = {name: value.tolist() for name, value in optimizer.state["w"].items()}
    after = optimizer.apply_gradients({"w": mx.array([0.1, bad, 0.3])}, parameters)
    assert after["w"].tolist() == parameters["w"].tolist()
    assert {name: value.tolist() for name, value in optimizer.state["w"].items()} == moments
    assert optimizer.skipped == 1
    sound = optimizer.apply_gradients({"w": mx.array([0.1, 0.2, 0.3])}, after)
    assert sound["w"].tolist() != after["w"].tolist() and optimizer.skipped == 1


def test_gradients_are_clipped_by_their_common_norm() -> None:
    one, parameters = begun(clip=1.0)
    other, _ = begun(clip=1.0)
    one.apply_gradients({"w": mx.array([3.0, 0.0, 4.0])}, parameters)
    other.apply_gradients({"w": mx.array([0.6, 0.0, 0.8])}, parameters)
    assert one.gradient_norm == pytest.approx(5.0)
    assert mx.allclose(one.state["w"]["m"], other.state["w"]["m"], rtol=1e-4).item()


def test_the_rate_warms_up_from_a_tenth_and_cools_to_its_share() -> None:
    rate = schedule(1e-3, updates=100, warmup=0.05, final=0.1)
    values = [float(rate(mx.array(step)).item()) for step in range(100)]
    assert values[0] == pytest.approx(1e-4)
    assert max(values) == pytest.approx(1e-3) and values.index(max(values)) == 5
    assert values[-1] == pytest.approx(1e-4, rel=0.02)


def test_a_run_of_one_update_has_no_time_to_warm_up() -> None:
    assert float(schedule(1e-3, updates=1, warmup=0.05, final=0.1)(mx.array(0)).item()) == pytest.approx(1e-3)


def test_below_the_clip_gradients_are_left_alone() -> None:
    clipped, parameters = begun(clip=1.0)
    free, _ = begun(clip=0.0)
    gradient = {"w": mx.array([0.3, 0.0, 0.4])}
    one, other = clipped.apply_gradients(gradient, parameters), free.apply_gradients(gradient, parameters)
    assert mx.array_equal(one["w"], other["w"]).item()
    assert clipped.gradient_norm == free.gradient_norm == pytest.approx(0.5)


def test_without_a_clip_great_gradients_are_taken_as_they_are() -> None:
    optimizer, parameters = begun(clip=0.0)
    optimizer.apply_gradients({"w": mx.array([300.0, 0.0, 400.0])}, parameters)
    assert optimizer.state["w"]["m"].tolist() == pytest.approx([30.0, 0.0, 40.0], rel=1e-5)


def test_the_norm_is_that_of_all_parameters_together() -> None:
    optimizer = SafeAdamW(0.1, weight_decay=0.0, clip=1.0)
    parameters = {"a": mx.zeros(1), "b": {"c": mx.zeros((2, 1))}}
    optimizer.begin(parameters)
    optimizer.apply_gradients({"a": mx.array([2.0]), "b": {"c": mx.array([[3.0], [6.0]])}}, parameters)
    assert optimizer.gradient_norm == pytest.approx(7.0)


def test_one_bad_entry_holds_the_whole_update_back() -> None:
    optimizer = SafeAdamW(0.1, weight_decay=0.1, clip=1.0)
    parameters = {"a": mx.array([1.0]), "b": mx.array([2.0, 3.0])}
    optimizer.begin(parameters)
    after = optimizer.apply_gradients({"a": mx.array([0.5]), "b": mx.array([float("nan"), 0.1])}, parameters)
    assert (after["a"].tolist(), after["b"].tolist(), optimizer.skipped) == ([1.0], [2.0, 3.0], 1)


def test_an_update_equals_adamw_as_it_is_written() -> None:
    """Loshchilov and Hutter 2019, with bias correction: three updates by hand in float64."""
    optimizer, parameters = begun(weight_decay=0.01, clip=0.0)
    weight, m, v = np.array([1.0, -2.0, 3.0]), np.zeros(3), np.zeros(3)
    for step, gradient in enumerate(([0.1, -0.2, 0.3], [0.3, 0.1, -0.1], [0.0, 0.2, 0.2]), 1):
        parameters = optimizer.apply_gradients({"w": mx.array(gradient)}, parameters)
        g = np.array(gradient)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        weight = weight * (1 - 0.1 * 0.01)
        weight = weight - 0.1 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    assert parameters["w"].tolist() == pytest.approx(weight.tolist(), abs=1e-5)


@pytest.mark.parametrize("updates", [1, 2, 3, 5, 10, 40, 1000])
@pytest.mark.parametrize("warmup", [0.0, 0.05, 0.5])
def test_the_rate_is_always_between_its_bounds(updates: int, warmup: float) -> None:
    rate = schedule(2e-4, updates, warmup, final=0.1)
    values = [float(rate(mx.array(step)).item()) for step in range(updates)]
    assert all(1.99e-5 <= value <= 2.01e-4 for value in values)
    assert max(values) == pytest.approx(2e-4, rel=0.01)
