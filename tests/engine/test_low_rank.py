"""LoRA layers that add in one go give what mlx-lm's own give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import pytest
from mlx_lm.tuner.lora import LoRALinear
from tiny_model import build_tiny_model
from tuned_model import assert_same_gradients, rows_of, tuned

from curator.engine.batches import assemble
from curator.engine.loss import ResponseLoss
from curator.engine.low_rank import LeanLoRALinear

BATCH = assemble(rows_of((3, 5), (20, 30), (33, 1), (1, 40)))


def step(model: Any) -> tuple[float, Any]:
    mx.random.seed(5)
    (loss, _), gradients = nn.value_and_grad(model, ResponseLoss(model))(model, *BATCH)
    mx.eval(loss, gradients)
    return loss.item(), gradients


def as_mlx_lm_has_it(model: Any) -> int:
    """Give every such layer its first class back; how many there were."""
    layers = [module for module in model.modules() if type(module) is LeanLoRALinear]
    for layer in layers:
        layer.__class__ = LoRALinear
    return len(layers)


@pytest.mark.parametrize("kind", ["llama", "qwen2", "phi3"])
@pytest.mark.parametrize("bits", [0, 4])
@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_loss_and_gradients_are_those_of_mlx_lms_own(tmp_path: Path, kind: str, bits: int, dropout: float) -> None:
    """With a bias on the base layer (qwen2), over quantised weights, and with dropout, whose masks stay the same."""
    model = tuned(build_tiny_model(tmp_path / kind, kind, bits=bits), dropout=dropout)
    loss, gradients = step(model)
    assert as_mlx_lm_has_it(model) >= 8
    plain, expected = step(model)
    assert loss == pytest.approx(plain, abs=1e-6)
    assert_same_gradients(gradients, expected, tolerance=1e-5)


def test_in_half_precision_the_product_stays_in_full_until_it_is_added(tiny_model: Path) -> None:
    model = tuned(tiny_model)
    layer = model.layers[0].mlp.up_proj
    layer.linear.set_dtype(mx.bfloat16)
    x = mx.random.normal((2, 5, 64)).astype(mx.bfloat16)
    expected = layer.linear(x) + (4.0 * ((x @ layer.lora_a) @ layer.lora_b)).astype(mx.bfloat16)
    found = layer(x)
    assert found.dtype == mx.bfloat16
    assert mx.allclose(found.astype(mx.float32), expected.astype(mx.float32), rtol=2**-7, atol=1e-2).item()
