"""Dropout whose masks come from a key that is handed in, so that a block computed again drops the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import mlx.core as mx
import mlx.nn as nn


class Dropping:
    """What the dropouts of one block share during one call: the random key, from which each draws in turn, and the last
    input with what was left of it. Not an array or a list, so that mlx does not take it for a part of the model."""

    def __init__(self) -> None:
        self._key: mx.array | None = None
        self._input: mx.array | None = None
        self._left: mx.array | None = None

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing of a call is held; arrays of a trace must not outlive it."""
        return self._key is None and self._input is None and self._left is None

    @contextmanager
    def under(self, key: mx.array) -> Iterator[None]:
        """Draw from `key` while in here. Its gradient is stopped, since mx.checkpoint asks for that of all it gets."""
        before = self._key, self._input, self._left
        self._key, self._input, self._left = mx.stop_gradient(key), None, None
        try:
            yield
        finally:
            self._key, self._input, self._left = before

    def split(self) -> mx.array:
        """A key of its own for a part of the block."""
        if self._key is None:
            return new_key()
        self._key, key = mx.random.split(self._key)
        return key

    def drop(self, x: mx.array, kept: float) -> mx.array:
        """`x` without a share of its elements; the same for layers that get the very same input one after the other."""
        if self._input is x and self._left is not None:
            return self._left
        is_within = self._key is not None
        left: mx.array = mx.where(mask(x.shape, kept, self.split()), x * (1 / kept), 0)
        if is_within:
            self._input, self._left = x, left
        return left


def new_key() -> mx.array:
    """A key drawn from the random state of the process."""
    return mx.random.randint(0, 2**31 - 1, (2,)).astype(mx.uint32)


def mask(shape: Sequence[int], kept: float, key: mx.array) -> mx.array:
    """True for a share `kept` of the elements, to 1/65,536. Sixteen random bits are enough for each; mlx's own way
    draws 32 and makes a float of them, in twice the time. New keys are the generator's bits as they are."""
    count = math.prod(shape)
    bits = mx.random.split(key, -(-count // 4)).view(mx.uint16).reshape(-1)[:count].reshape(shape)
    return bits < mx.array(min(round(kept * 65536), 65535), mx.uint16)


class KeyedDropout(nn.Module):  # type: ignore[misc]  # mlx brings no types along
    """Dropout whose masks come from its block's key.

    Queries, keys and values share one mask, as do gate and up: they have one input, and LoRA's own code for such layers
    drops from it once (loralib's MergedLinear). That, and a mask of bytes instead of floats, takes dropout 0.05 from a
    third more memory than none to a twentieth.
    """

    def __init__(self, probability: float, dropping: Dropping) -> None:
        super().__init__()
        self._kept = 1 - probability
        self._dropping = dropping

    def __call__(self, x: mx.array) -> mx.array:
        """Zero elements by chance while training, and scale the others up."""
        if not self.training or self._kept == 1:
            return x
        return self._dropping.drop(x, self._kept)
