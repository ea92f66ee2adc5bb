"""Blocks whose activations are computed again in the backward pass, with the same dropout both times."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import mlx.core as mx
import mlx.nn as nn

from curator.engine.dropping import Dropping, KeyedDropout, new_key
from curator.engine.feed_forward import spare_feed_forward


def key_dropouts(blocks: list[Any], is_sparing: bool) -> None:
    """Give each block a random key of its own in every step, and, if `is_sparing`, let it forget its activations.

    mlx-lm's own gradient checkpointing (`trainer.grad_checkpoint`) draws dropout masks anew when it computes a block
    again, so that the gradient belongs to another forward pass: with dropout 0.3 its entries were off by more than
    their own size (mlx-lm 0.32.2, measured). Here the key goes into the block as an argument, so both passes see the
    same masks, and a run with and one without it draw the same random numbers.
    """
    for block in blocks:
        dropping = Dropping()
        has_dropout = False
        for _, module in block.named_modules():
            dropout = module.get("dropout")
            if isinstance(dropout, nn.Dropout) and dropout._p_1 < 1:
                module.dropout = KeyedDropout(1 - dropout._p_1, dropping)
                has_dropout = True
        spare_feed_forward(block, dropping)
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
            with self._dropping.under(key):
                return kind.__call__(self, *args, **kwargs)

        key = new_key() if has_dropout else mx.zeros(2, mx.uint32)
        run = mx.checkpoint(block) if is_sparing else block
        return run(self.trainable_parameters(), key, *args, **kwargs)

    return type(kind.__name__, (kind,), {"__call__": __call__, "__module__": kind.__module__})
