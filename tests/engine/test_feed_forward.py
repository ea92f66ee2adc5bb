"""Feed-forward layers that keep less give the gradients of those that keep all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import pytest
from tiny_model import build_tiny_model
from tuned_model import assert_same_gradients, rows_of, tuned

from curator.engine.batches import assemble
from curator.engine.loss import ResponseLoss

ROWS = rows_of((3, 5), (20, 30), (33, 1), (1, 40))


def step(model: Any) -> tuple[float, Any]:
    """The loss and its gradients, always from the same random state."""
    mx.random.seed(5)
    (loss, _), gradients = nn.value_and_grad(model, ResponseLoss(model))(model, *assemble(ROWS))
    mx.eval(loss, gradients)
    return loss.item(), gradients


def as_mlx_lm_has_it(model: Any) -> int:
    """Give every feed-forward layer its first class back; how many had another."""
    changed = [block.mlp for block in model.layers if type(block.mlp).__mro__[1] is not nn.Module]
    for module in changed:
        module.__class__ = type(module).__mro__[1]
    return len(changed)


@pytest.mark.parametrize("kind", ["llama", "qwen2", "qwen3", "gemma2", "gemma3_text", "cohere", "granite"])
@pytest.mark.parametrize("options", [{}, {"method": "dora"}])
def test_gradients_are_those_of_mlx_lms_own_layers(tmp_path: Path, kind: str, options: dict[str, str]) -> None:
    model = tuned(build_tiny_model(tmp_path / kind, kind), **options)
    loss, gradients = step(model)
    assert as_mlx_lm_has_it(model) == 2
    plain, expected = step(model)
    assert loss == pytest.approx(plain, abs=1e-6)
    assert_same_gradients(gradients, expected, tolerance=1e-5)


@pytest.mark.parametrize("bits", [4, 8])
def test_quantised_layers_give_them_too(tmp_path: Path, bits: int) -> None:
    model = tuned(build_tiny_model(tmp_path / "model", bits=bits))
    _, gradients = step(model)
    assert as_mlx_lm_has_it(model) == 2
    assert_same_gradients(gradients, step(model)[1], tolerance=1e-5)


@pytest.mark.parametrize("kind", ["phi3", "mixtral"])
def test_layers_of_another_make_are_left_as_they_are(tmp_path: Path, kind: str) -> None:
    model = tuned(build_tiny_model(tmp_path / kind, kind))
    for block in model.layers:
        assert all("_sparing" not in type(m).__call__.__qualname__ for m in block.modules() if m is not block)


def test_dropout_falls_where_it_falls_in_the_forward_pass(tiny_model: Path) -> None:
    """By finite differences along the gradient, with the masks of one seed: a mask drawn anew would show at once."""
    model = tuned(tiny_model, dropout=0.3)
    loss, gradients = step(model)
    layer, slope = model.layers[1].mlp.down_proj, gradients["model"]["layers"][1]["mlp"]["down_proj"]["lora_a"]
    before, reach = mx.array(layer.lora_a), 1e-2 / mx.abs(slope).max()
    sides = []
    for sign in (1, -1):
        layer.lora_a = before + sign * reach * slope
        sides.append(step(model)[0])
    expected = 2 * (reach * mx.square(slope).sum()).item()
    assert expected > 1e-5
    assert sides[0] - sides[1] == pytest.approx(expected, rel=0.05)
    assert min(sides) < loss < max(sides)


def test_less_is_kept(tmp_path: Path) -> None:
    folder = build_tiny_model(tmp_path / "model", layers=8, intermediate=512)
    batch = assemble(rows_of((60, 69), (60, 69)))

    def peak(is_plain: bool) -> int:
        model = tuned(folder)
        if is_plain:
            assert as_mlx_lm_has_it(model) == 8
        function = nn.value_and_grad(model, ResponseLoss(model))
        mx.eval(model.parameters(), batch)
        mx.clear_cache()
        held = mx.get_active_memory()
        mx.reset_peak_memory()
        mx.eval(function(model, *batch))
        return int(mx.get_peak_memory() - held)

    assert peak(is_plain=False) < 0.75 * peak(is_plain=True)
