"""Keeps Apple's graphics memory within bounds, so that the rest of the Mac stays usable while training."""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import mlx_lm.tuner.trainer
from mlx.utils import tree_flatten

GIB = 1 << 30
_CACHE = 2 * GIB


def wired_bytes(recommended: int, weights: int) -> int:
    """How much memory to wire for a model of `weights` bytes.

    mlx-lm wires all that Metal recommends, some 75 % of the memory, however small the model: a 0.7 GB model froze a
    16 GB Mac (exo#1672), and near the ceiling the kernel panics (mlx#3186). So: the weights with room to work, and
    never more than 60 % of what is recommended.
    """
    return min(int(recommended * 0.6), int(weights * 1.3) + 4 * GIB)


def bound_memory(model: Any) -> None:
    """Bound wired and cached memory on a Mac and keep mlx-lm from raising it again; elsewhere nothing."""
    if not mx.metal.is_available():
        return
    weights = sum(int(value.nbytes) for _, value in tree_flatten(model.parameters()))
    recommended = int(mx.device_info()["max_recommended_working_set_size"])
    mx.set_wired_limit(wired_bytes(recommended, weights))
    mx.set_cache_limit(_CACHE)
    mlx_lm.tuner.trainer.maybe_set_recommended_wired_limit = lambda: None
