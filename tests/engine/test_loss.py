from __future__ import annotations

import math
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from mlx.utils import tree_flatten
from tiny_model import build_tiny_model

from curator.core.settings import TrainSettings
from curator.engine.adapter import add_adapter
from curator.engine.base import load_base
from curator.engine.batches import assemble
from curator.engine.course import validation_loss
from curator.engine.loss import ResponseLoss
from curator.engine.rows import read_rows
from curator.tokens.template import Encoded
from curator.tokens.tokenizer import ModelTokenizer


def plain_loss(model: nn.Module, rows: list[Encoded]) -> float:
    """The same loss without batches, masks or padding: one row at a time, in float64."""
    total, count = 0.0, 0
    for row in rows:
        logits = np.array(model(mx.array([row.ids[:-1]]))[0], dtype=np.float64)
        for position, target in enumerate(row.ids[1:]):
            if row.weights[position + 1]:
                scores = logits[position]
                top = scores.max()
                total += top + math.log(np.exp(scores - top).sum()) - scores[target]
                count += 1
    return total / count


@pytest.mark.parametrize("kind", ["llama", "qwen2", "qwen3"])
def test_validation_loss_equals_a_plain_computation(tmp_path: Path, snapshot: Path, kind: str) -> None:
    folder = build_tiny_model(tmp_path / kind, kind)
    model, _ = load_base(folder)
    add_adapter(model, TrainSettings())
    rows = read_rows(snapshot / "train.jsonl", ModelTokenizer(folder), 2048)
    assert validation_loss(model, ResponseLoss(model), rows, 4) == pytest.approx(plain_loss(model, rows), abs=1e-5)


def test_the_short_way_through_the_output_layer_gives_the_gradients_of_the_long_one(
    tiny_model: Path, snapshot: Path
) -> None:
    model, _ = load_base(tiny_model)
    mx.random.seed(0)
    add_adapter(model, TrainSettings(dropout=0.1))
    model.train()
    state = mx.random.state[0].tolist()
    batch = assemble(read_rows(snapshot / "train.jsonl", ModelTokenizer(tiny_model), 2048)[:4])
    short, long = ResponseLoss(model), ResponseLoss(model)
    assert short.is_split
    assert mx.random.state[0].tolist() == state and model.training
    long.is_split = False
    model.eval()
    (first, _), one = nn.value_and_grad(model, short)(model, *batch)
    (second, _), other = nn.value_and_grad(model, long)(model, *batch)
    assert first.item() == pytest.approx(second.item(), abs=1e-5)
    for (_, a), (_, b) in zip(tree_flatten(one), tree_flatten(other), strict=True):
        assert mx.allclose(a, b, rtol=1e-4, atol=1e-6).item()


def test_a_model_that_caps_its_logits_goes_the_long_way(tiny_model: Path) -> None:
    model, _ = load_base(tiny_model)

    class Capped(type(model)):  # type: ignore[misc]
        def __call__(self, inputs: mx.array) -> mx.array:
            return mx.tanh(super().__call__(inputs))

    model.__class__ = Capped
    assert not ResponseLoss(model).is_split


def test_a_batch_without_targets_is_zero_and_not_nan(tiny_model: Path) -> None:
    model, _ = load_base(tiny_model)
    loss, count = ResponseLoss(model)(model, *assemble([Encoded([3, 4, 5], [0, 0, 0], 3, 0)]))
    assert (loss.item(), count.item()) == (0.0, 0.0)
