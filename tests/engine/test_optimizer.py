from __future__ import annotations

import mlx.core as mx
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
