"""Blocks whose activations are computed again in the backward pass, with the same dropout both times."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import mlx.core as mx
import mlx.nn as nn


class _Dropping:
    """What the dropouts of one block share during one call: the random key, from which each draws in turn, and the last
    input with what was left of it. Not an array or a list, so that mlx does not take it for a part of the model."""

    def __init__(self) -> None:
        self.key: mx.array | None = None
        self._input: mx.array | None = None
        self._left: mx.array | None = None

    def begin(self, key: mx.array) -> None:
        """The block is called."""
        self.key = key

    def end(self) -> None:
        """The block has answered; arrays of a trace must not outlive it."""
        self.key = self._input = self._left = None

    def drop(self, x: mx.array, kept: float) -> mx.array:
        """`x` without a share of its elements; the same for layers that get the very same input one after the other."""
        if self._input is x and self._left is not None:
            return self._left
        key = None
        if self.key is not None:
            self.key, key = mx.random.split(self.key)
        left: mx.array = mx.where(mx.random.bernoulli(kept, x.shape, key=key), x * (1 / kept), 0)
        if self.key is not None:
            self._input, self._left = x, left
        return left


class KeyedDropout(nn.Module):  # type: ignore[misc]  # mlx brings no types along
    """Dropout whose masks come from its block's key.

    Queries, keys and values share one mask, as do gate and up: they have one input, and LoRA's own code for such layers
    drops from it once (loralib's MergedLinear). That and a mask of bytes instead of floats halve what dropout costs.
    """

    def __init__(self, probability: float, dropping: _Dropping) -> None:
        super().__init__()
        self._kept = 1 - probability
        self._dropping = dropping

    def __call__(self, x: mx.array) -> mx.array:
        """Zero elements by chance while training, and scale the others up."""
        if not self.training or self._kept == 1:
            return x
        return self._dropping.drop(x, self._kept)


def key_dropouts(blocks: list[Any], is_sparing: bool) -> None:
    """Give each block a random key of its own in every step, and, if `is_sparing`, let it forget its activations.

    mlx-lm's own gradient checkpointing (`trainer.grad_checkpoint`) draws dropout masks anew when it computes a block
    again, so that the gradient belongs to another forward pass: with dropout 0.3 its entries were off by more than
    their own size (mlx-lm 0.32.2, measured). Here the key goes into the block as an argument, so both passes see the
    same masks, and a run with and one without it draw the same random numbers.
    """
    for block in blocks:
        dropping = _Dropping()
        has_dropout = False
        for _, module in block.named_modules():
            dropout = module.get("dropout")
            if isinstance(dropout, nn.Dropout) and dropout._p_1 < 1:
                module.dropout = KeyedDropout(1 - dropout._p_1, dropping)
                has_dropout = True
        if has_dropout or is_sparing:
            block._dropping = dropping
            block.__class__ = _keyed(block.__class__, has_dropout, is_sparing)


@lru_cache(maxsize=64)
def _keyed(kind: type[Any], has_dropout: bool, is_sparing: bool) -> type[Any]:
    """The class of block `kind`, with its call wrapped. A class of its own: mlx-lm's way changes `kind` itself, and so
    every model of that architecture in the process, once more with each run."""

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807  (it becomes the class's own)
        if not self.training:
            return kind.__call__(self, *args, **kwargs)

        def block(parameters: Any, key: mx.array, *args: Any, **kwargs: Any) -> Any:
            self.update(parameters)
            self._dropping.begin(mx.stop_gradient(key))  # mx.checkpoint asks for the gradient of all it is given
            try:
                return kind.__call__(self, *args, **kwargs)
            finally:
                self._dropping.end()

        key = mx.random.randint(0, 2**31 - 1, (2,)).astype(mx.uint32) if has_dropout else mx.zeros(2, mx.uint32)
        run = mx.checkpoint(block) if is_sparing else block
        return run(self.trainable_parameters(), key, *args, **kwargs)

    return type(kind.__name__, (kind,), {"__call__": __call__, "__module__": kind.__module__})
