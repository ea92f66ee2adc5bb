"""Validation: the mean loss over all response tokens, and the same for each tag and each row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from curator.engine.batches import assemble, batches_of_pass
from curator.engine.loss import ResponseLoss
from curator.tokens.template import Encoded


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """Losses in nats per response token. `mean` is over all tokens of all rows, so long answers count for more;
    `tags` the same over the rows of each tag; `per_row` each row's own mean, in the order of the rows."""

    mean: float
    tags: dict[str, float] = field(default_factory=dict)
    per_row: list[float] = field(default_factory=list)


def validation_losses(
    model: Any,
    loss: ResponseLoss,
    rows: Sequence[Encoded],
    batch_size: int,
    before: Callable[[], None] | None = None,
) -> ValidationResult:
    """The losses of `rows` without dropout; weights of rows do not matter here. The random state is left alone, and
    the model is left as it was, training or not.

    `before` is called before each batch and may raise to break off. Sums are kept in float64: over 100,000 tokens
    float32 would lose the fourth decimal.
    """
    sums, counts = np.zeros(len(rows)), np.zeros(len(rows))
    was_training = model.training
    model.eval()
    try:
        for members in batches_of_pass([len(row.ids) for row in rows], batch_size, 0, 0):
            if before is not None:
                before()
            inputs, places, targets, weights = assemble([rows[index] for index in members], is_weighted=False)
            losses = np.array(loss.token_losses(model, inputs, places, targets), np.float64)
            owners = np.array(places) // inputs.shape[1]
            is_target = np.array(weights) > 0
            sums[members] += np.bincount(owners[is_target], losses[is_target], len(members))
            counts[members] += np.bincount(owners[is_target], minlength=len(members))
    finally:
        model.train(was_training)
    per_row = [float(mean) for mean in np.divide(sums, counts, out=np.full(len(rows), np.nan), where=counts > 0)]
    by_tag: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        for tag in row.tags:
            by_tag.setdefault(tag, []).append(index)
    return ValidationResult(
        _mean(sums, counts, list(range(len(rows)))),
        {tag: _mean(sums, counts, members) for tag, members in sorted(by_tag.items())},
        per_row,
    )


def _mean(sums: Any, counts: Any, members: list[int]) -> float:
    tokens = counts[members].sum()
    return float(sums[members].sum() / tokens) if tokens else float("nan")
