"""A tiny model with an adapter that does something already, rows for it, and the loss computed the plain way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
from mlx.utils import tree_flatten

from curator.core.settings import TrainSettings
from curator.engine.adapter import add_adapter
from curator.engine.base import load_base
from curator.tokens.template import Encoded


def rows_of(*lengths: tuple[int, int]) -> list[Encoded]:
    """Rows of random tokens, each of so many prompt and response tokens."""
    chance = np.random.default_rng(7)
    return [
        Encoded(chance.integers(3, 300, prompt + response).tolist(), [0] * prompt + [1] * response, prompt, response)
        for prompt, response in lengths
    ]


def plain_loss(model: Any, rows: list[Encoded]) -> mx.array:
    """Σ weight · cross entropy ÷ targets, row by row, from the logits of the whole model."""
    total, count = mx.array(0.0), 0
    for row in rows:
        logits = model(mx.array([row.ids[:-1]]))[0].astype(mx.float32)
        log_chances = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
        for position, target in enumerate(row.ids[1:]):
            if row.weights[position + 1]:
                total = total - row.weight * log_chances[position, target]
                count += 1
    return total / count


def tuned(folder: Path, **options: Any) -> Any:
    """The model with an adapter that already does something, ready to be trained."""
    model, _ = load_base(folder)
    mx.random.seed(1)
    add_adapter(model, TrainSettings(**{"dropout": 0.0, **options}))
    for _, module in model.named_modules():
        if "lora_b" in module:
            module.lora_b = mx.random.normal(module.lora_b.shape) * 0.1
    model.train()
    return model


def assert_same_gradients(one: Any, other: Any, tolerance: float = 1e-4) -> None:
    """No gradient differs by more than a share of the greatest of its matrix."""
    first, second = dict(tree_flatten(one)), dict(tree_flatten(other))
    assert first.keys() == second.keys() and any(value.any().item() for value in first.values())
    for name, value in first.items():
        greatest = mx.abs(value).max().item()
        assert mx.abs(value - second[name]).max().item() <= tolerance * greatest + 1e-8, name
