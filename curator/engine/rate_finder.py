"""Finds learning rates: trains some steps at ever higher rates, tells what each did to the loss, and keeps nothing."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import psutil
from mlx.utils import tree_map

from curator.core.settings import TrainSettings
from curator.engine.adapter import add_adapter
from curator.engine.base import load_base
from curator.engine.batches import assemble, batches_of_pass
from curator.engine.given import given_folder, given_settings
from curator.engine.loss import ResponseLoss
from curator.engine.metal import bound_memory
from curator.engine.optimizer import SafeAdamW
from curator.engine.plan import make_plan
from curator.engine.rows import rows_to_train
from curator.engine.stopping import StopKind, StopRequest, StopRequestedError
from curator.engine.telling import Teller
from curator.tokens.template import Encoded
from curator.tokens.tokenizer import ModelTokenizer

LOWEST, HIGHEST = 5e-6, 5e-2
"""LoRA on small models learns nothing below and falls apart above; four decades."""
STEPS = 48
"""Twelve rates a decade."""
TOO_BAD = 1.5
"""Nats above the best so far after which higher rates need not be tried."""


def find_rate_job(folder: Path, job: dict[str, Any], teller: Teller, stop: StopRequest) -> dict[str, Any]:
    """Train at rates from `LOWEST` to `HIGHEST`, each for one update, and tell after each a `rate` event {step, of,
    rate, loss, base}: the loss of the next batch, and what the untrained model has on it. Their difference is what was
    learned; the losses alone would mostly tell which rows are hard. "steps" in the job may ask for fewer or more;
    it ends with the process that "asker" ({pid, created}) names.

    The rate range test of Smith, arXiv 1506.01186. Returns the figures of `done`. Raises CuratorError.
    """
    settings = replace(given_settings(job)[0], dropout=0.0)  # chance that would only blur the curve
    model_folder = given_folder(job, "model")
    rows = rows_to_train(given_folder(job, "data"), ModelTokenizer(model_folder), settings.max_tokens)
    make_plan(len(rows), settings)  # what no run can be made of needs no rate
    asked = _Asked(stop, job.get("asker"))
    asked.check()
    model, _ = load_base(model_folder)
    bound_memory(model)
    mx.random.seed(settings.seed)
    add_adapter(model, settings)
    model.train()
    steps = max(2, int(job.get("steps", STEPS)))
    teller.emit("started", iterations=steps, rows=len(rows))
    return _try_rates(model, rows, settings, steps, teller, asked)


class _Asked:
    """The question whether anybody still waits for the answer: a search outlives nobody, unlike a run."""

    def __init__(self, stop: StopRequest, asker: dict[str, Any] | None) -> None:
        self._stop, self._asker = stop, asker

    def check(self) -> None:
        """Raise StopRequestedError on request, or when the process that asked is gone."""
        self._stop.check()
        if self._asker is not None and not self._is_there(self._asker):
            raise StopRequestedError(StopKind.DISCARD)

    @staticmethod
    def _is_there(asker: dict[str, Any]) -> bool:
        try:
            return bool(abs(psutil.Process(int(asker["pid"])).create_time() - float(asker["created"])) < 1.0)
        except psutil.Error:
            return False


def _try_rates(
    model: Any, rows: list[Encoded], settings: TrainSettings, steps: int, teller: Teller, stop: _Asked
) -> dict[str, Any]:
    rates = [LOWEST * (HIGHEST / LOWEST) ** (step / (steps - 1)) for step in range(steps)]
    loss = ResponseLoss(model)
    gradient = nn.value_and_grad(model, loss)
    optimizer = SafeAdamW(rates[0], settings.weight_decay, settings.clip)
    optimizer.begin(model.trainable_parameters())
    groups = _groups(rows, settings, steps + 1)
    bases = _losses_of_the_base(model, loss, rows, groups, stop)
    best, tried = 0.0, 0
    for step, group in enumerate(groups):
        value, total = 0.0, None
        for batch in group:
            stop.check()
            (own, _), grads = gradient(model, *assemble([rows[row] for row in batch]))
            total = grads if total is None else tree_map(mx.add, total, grads)
            mx.eval(total, own)
            value += own.item() / len(group)
        if step > 0:  # the loss of these rows before they are trained: what the rate before did
            base = sum(bases[batch] for batch in group) / len(group)
            teller.emit("rate", step=step, of=steps, rate=rates[step - 1], loss=value, base=base)
            tried = step
            if not math.isfinite(value) or value - base > best + TOO_BAD:
                break
            best = min(best, value - base)
        if step < steps:
            optimizer.learning_rate = rates[step]
            optimizer.update(model, tree_map(lambda summed: summed / len(group), total))  # noqa: B023  used at once
            mx.eval(model.trainable_parameters(), optimizer.state)
    return {"tried": tried}


def _groups(rows: list[Encoded], settings: TrainSettings, wanted: int) -> list[list[tuple[int, ...]]]:
    """The batches of so many updates, as the first pass of training has them, again and again in other orders: their
    losses have to be measured on the base model once each."""
    lengths = [len(row.ids) for row in rows]
    batches = [tuple(batch) for batch in batches_of_pass(lengths, settings.batch_size, settings.seed, 0)]
    chance = random.Random(settings.seed)
    parts = max(1, settings.accumulate)
    drawn: list[tuple[int, ...]] = []
    while len(drawn) < wanted * parts:
        drawn += batches
        chance.shuffle(batches)
    return [drawn[start : start + parts] for start in range(0, wanted * parts, parts)]


def _losses_of_the_base(
    model: Any, loss: ResponseLoss, rows: list[Encoded], groups: list[list[tuple[int, ...]]], stop: _Asked
) -> dict[tuple[int, ...], float]:
    """What the untrained model has on every batch: an adapter that was just added changes nothing yet."""
    found: dict[tuple[int, ...], float] = {}
    for batch in (batch for group in groups for batch in group):
        if batch not in found:
            stop.check()
            value: Any = loss(model, *assemble([rows[row] for row in batch]))[0]
            found[batch] = float(value.item())
    return found
