"""Batches of rows: bucketed by true length, every row in every pass, in an order that seed and pass alone decide."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import mlx.core as mx
import numpy as np

from curator.tokens.template import Encoded

PAD_TO = 32
"""Lengths are padded to a multiple of this: few shapes for mlx to compile, little waste."""

Batch = tuple[mx.array, mx.array, mx.array, mx.array]
"""Inputs (rows, padded length), and flat: places in them whose next token is trained, these tokens, their weights."""


def padded(length: int) -> int:
    """Positions that a row of `length` tokens takes: its inputs (all but the last token) in whole multiples."""
    return PAD_TO * -(-max(1, length - 1) // PAD_TO)


def batches_of_pass(lengths: Sequence[int], batch_size: int, seed: int, pass_index: int) -> list[list[int]]:
    """The batches of one pass as indices of rows; each row is in exactly one.

    Rows are ordered by padded length, longest first, and by chance within a length, so that a batch has little
    padding and other company in each pass. The remainder is a smaller batch of the shortest rows. Batches then come
    in random order, but the very first of a run is the longest: if memory does not suffice, that shows in the first
    seconds and not in an hour.
    """
    chance = random.Random(f"{seed}-{pass_index}")
    order = sorted(range(len(lengths)), key=lambda row: (-padded(lengths[row]), chance.random()))
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    longest = batches[:1] if pass_index == 0 else []
    others = batches[len(longest) :]
    chance.shuffle(others)
    return longest + others


def assemble(rows: Sequence[Encoded]) -> Batch:
    """Rows as arrays, padded on the right with token 0. Places are only ever real targets: padding is never trained.

    The list of places is itself padded to a multiple of 32 with weight 0, again for few shapes.
    """
    width = max(padded(len(row.ids)) for row in rows)
    inputs = np.zeros((len(rows), width), np.int32)
    places: list[int] = []
    targets: list[int] = []
    for place, row in enumerate(rows):
        inputs[place, : len(row.ids) - 1] = row.ids[:-1]
        for index in range(1, len(row.ids)):
            if row.weights[index]:
                places.append(place * width + index - 1)
                targets.append(row.ids[index])
    count = len(places)
    filling = [0] * (-count % PAD_TO or (PAD_TO if count == 0 else 0))
    weights = np.zeros(count + len(filling), np.float32)
    weights[:count] = 1
    return mx.array(inputs), mx.array(places + filling), mx.array(targets + filling), mx.array(weights)


def padded_tokens(lengths: Sequence[int], batch_size: int) -> int:
    """Positions computed in one pass, padding included; the same for every pass, so time left can be told."""
    widths = sorted((padded(length) for length in lengths), reverse=True)
    return sum(widths[start] * len(widths[start : start + batch_size]) for start in range(0, len(widths), batch_size))


class TrainingBatches:
    """The iterator that mlx-lm's `train` asks for its batches, endless, from iteration `start` on.

    `before` is called before each batch is handed out (it may raise to end the training between two steps); `rows`
    of the batch under way can be read from `current`.
    """

    def __init__(self, seed: int, start: int = 0, before: Callable[[], None] | None = None) -> None:
        self._seed = seed
        self._start = start
        self._before = before
        self.current: list[int] = []

    def __call__(
        self, dataset: Sequence[Encoded], batch_size: int, max_seq_length: int, loop: bool = False, **_: Any
    ) -> Iterator[Batch]:
        """Yield batch after batch; the place in the order is a function of the iteration alone."""
        lengths = [len(row.ids) for row in dataset]
        per_pass = -(-len(lengths) // batch_size)
        pass_index, place = divmod(self._start, per_pass)
        while True:
            batches = batches_of_pass(lengths, batch_size, self._seed, pass_index)
            for rows in batches[place:]:
                if self._before is not None:
                    self._before()
                self.current = rows
                yield assemble([dataset[row] for row in rows])
            pass_index, place = pass_index + 1, 0


class ValidationBatches:
    """The iterator for `evaluate`: every row once, nothing dropped. `before` may raise to break off."""

    def __init__(self, before: Callable[[], None] | None = None) -> None:
        self._before = before

    def __call__(self, dataset: Sequence[Encoded], batch_size: int, max_seq_length: int, **_: Any) -> Iterator[Batch]:
        """Yield the rows in batches of similar length."""
        for rows in batches_of_pass([len(row.ids) for row in dataset], batch_size, 0, 0):
            if self._before is not None:
                self._before()
            yield assemble([dataset[row] for row in rows])
