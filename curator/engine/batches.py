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


def assemble(rows: Sequence[Encoded], factor: float = 1.0, width: int | None = None, is_weighted: bool = True) -> Batch:
    """Rows as arrays, padded on the right with token 0. Places are only ever real targets: padding is never trained.

    A target counts with its row's weight times `factor`, or, not `is_weighted`, with 1; a row of weight 0 has none.
    `width` is at least the rows' own padded length. The list of places is itself padded with weight 0, to few sizes.
    """
    width = max(width or PAD_TO, *(padded(len(row.ids)) for row in rows))
    inputs = np.zeros((len(rows), width), np.int32)
    places: list[int] = []
    targets: list[int] = []
    weights: list[float] = []
    for place, row in enumerate(rows):
        inputs[place, : len(row.ids) - 1] = row.ids[:-1]
        weight = row.weight * factor if is_weighted else 1.0
        if weight <= 0:
            continue
        for index in range(1, len(row.ids)):
            if row.weights[index]:
                places.append(place * width + index - 1)
                targets.append(row.ids[index])
                weights.append(weight)
    filling = [0] * (_padded_places(len(places)) - len(places))
    counts = np.array(weights + filling, np.float32)
    return mx.array(inputs), mx.array(places + filling), mx.array(targets + filling), mx.array(counts)


def _padded_places(count: int) -> int:
    """The next of few sizes: multiples of 32, and of an eighth of the power of two below, so that at most an eighth is
    waste and mlx meets eight sizes an octave."""
    step = max(PAD_TO, 1 << max(0, count.bit_length() - 4))
    return step * -(-max(1, count) // step)


def targets_of(row: Encoded) -> int:
    """How many tokens of a row are trained."""
    return sum(1 for weight in row.weights[1:] if weight) if row.weight > 0 else 0


class TrainingBatches:
    """The iterator that mlx-lm's `train` asks for its batches, endless, from iteration `start` on.

    `before` is called before each batch is handed out (it may raise to end the training between two steps); `rows`
    of the batch under way can be read from `current`.

    mlx-lm averages the gradients of `accumulate` batches, and of the computers that share a batch, as if each had as
    many targets as the others. The factors given to the batches mend that: an update is what one batch of all these
    rows on one computer would make. Rows' weights are taken relative to their mean, so that weighting everything
    twice changes nothing.
    """

    def __init__(
        self, seed: int, start: int = 0, before: Callable[[], None] | None = None, accumulate: int = 1
    ) -> None:
        self._seed = seed
        self._start = start
        self._before = before
        self._accumulate = max(1, accumulate)
        self.current: list[int] = []

    def __call__(
        self,
        dataset: Sequence[Encoded],
        batch_size: int,
        max_seq_length: int,
        loop: bool = False,
        comm_group: Any = None,
        **_: Any,
    ) -> Iterator[Batch]:
        """Yield batch after batch; the place in the order is a function of the iteration alone.

        Of a group of computers each gets its share of every batch, padded to the same length; where a batch has fewer
        rows than there are computers, the others get a row that counts nothing."""
        rank, size = (0, 1) if comm_group is None else (comm_group.rank(), comm_group.size())
        counts = [targets_of(row) for row in dataset]
        unit = _mean_weight(dataset, counts)
        order = self._order([len(row.ids) for row in dataset], batch_size)
        while True:
            window = [next(order) for _ in range(self._accumulate)]
            whole = sum(counts[row] for rows in window for row in rows)
            for rows in window:
                if self._before is not None:
                    self._before()
                self.current = rows
                share = rows[rank::size]
                own = sum(counts[row] for row in share)
                factor = len(window) * size * own / max(1, whole) / unit
                width = max(padded(len(dataset[row].ids)) for row in rows)
                yield assemble([dataset[row] for row in share or rows[:1]], factor if share else 0.0, width)

    def _order(self, lengths: Sequence[int], batch_size: int) -> Iterator[list[int]]:
        pass_index, place = divmod(self._start, -(-len(lengths) // batch_size))
        while True:
            yield from batches_of_pass(lengths, batch_size, self._seed, pass_index)[place:]
            pass_index, place = pass_index + 1, 0


def _mean_weight(rows: Sequence[Encoded], counts: Sequence[int]) -> float:
    """The mean weight of a target; 1 where there is none."""
    weight = sum(row.weight * count for row, count in zip(rows, counts, strict=True))
    return weight / sum(counts) if weight > 0 else 1.0
