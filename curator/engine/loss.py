"""The training loss: cross entropy over the response tokens, and over nothing else."""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import mlx.nn as nn


def response_loss(model: Any, tokens: mx.array, weights: mx.array) -> tuple[mx.array, mx.array]:
    """Mean loss per target token, in nats, and the number of targets.

    `tokens` and `weights` are (rows, length + 1); position i predicts token i + 1 and counts with its weight. Unlike
    mlx-lm's own loss (mlx-lm#1697) no padding token is a target, and a batch without targets gives 0, not NaN.
    """
    logits = model(tokens[:, :-1]).astype(mx.float32)
    targets = weights[:, 1:]
    losses = nn.losses.cross_entropy(logits, tokens[:, 1:]) * targets
    count = targets.sum()
    return losses.sum() / mx.maximum(count, 1), count
