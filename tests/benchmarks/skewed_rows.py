"""400 made rows whose lengths are as skewed as people's (log-normal: half under ≈ 78 tokens, the longest ≈ 600)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

ROWS = 400
_PROMPT = "What is to be done now?"
_WORDS = "look into the log and restart the worker when its queue is longer than usual because the webhook retries"
_MEDIAN_LOG, _SPREAD = 3.7, 0.75  # of the response's words; a prompt with its roles takes some 25 tokens more
_LEAST, _MOST = 4, 560

Row = tuple[str, str]
"""Prompt and response."""


def skewed_rows(count: int = ROWS) -> list[Row]:
    """The same rows on every computer, in an order that has nothing to do with their length."""
    chance, words = random.Random(11), _WORDS.split()
    lengths = [int(chance.lognormvariate(_MEDIAN_LOG, _SPREAD)) for _ in range(ROWS)]
    rows = [(_PROMPT, " ".join(chance.choices(words, k=max(_LEAST, min(_MOST, length))))) for length in lengths]
    return sample(rows, count)


def sample(rows: Sequence[Row], count: int) -> list[Row]:
    """`count` rows that are as skewed as all of them: every so manieth by length, shuffled."""
    ordered = sorted(rows, key=lambda row: len(row[1]))
    chosen = [ordered[int((place + 0.5) * len(ordered) / count)] for place in range(count)]
    random.Random(5).shuffle(chosen)
    return chosen


def short_rows(count: int) -> list[Row]:
    """`count` rows of which a fifth of all are shorter, where a few steps must do."""
    ordered = sorted(skewed_rows(), key=lambda row: len(row[1]))
    start = len(ordered) // 5
    return ordered[start : start + count]


@dataclass(frozen=True, slots=True)
class Padding:
    """How many positions are computed for each real token, by lengths alone."""

    stock: float
    engine: float


def padding(lengths: Sequence[int], batch_size: int) -> Padding:
    """What both ways of making batches pad on rows of these lengths in tokens.

    mlx-lm takes the rows as they lie in the file (`itemlen` in mlx_lm/tuner/datasets.py, by which it sorts,
    is the number of a row's keys), the engine sorts them; both fill up to a multiple of 32.
    """

    def positions(ordered: Sequence[int]) -> int:
        batches = [ordered[start : start + batch_size] for start in range(0, len(ordered), batch_size)]
        return sum(32 * -(-max(batch) // 32) * len(batch) for batch in batches)

    real = sum(lengths)
    return Padding(round(positions(lengths) / real, 3), round(positions(sorted(lengths)) / real, 3))
