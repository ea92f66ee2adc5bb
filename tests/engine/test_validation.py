"""Validation against an independent reference: each row alone through the whole model, summed in float64."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from tiny_model import build_tiny_model
from tuned_model import rows_of, tuned

from curator.engine.cross_entropy import losses_of_logits
from curator.engine.loss import ResponseLoss
from curator.engine.validation import validation_losses
from curator.tokens.template import Encoded

ROWS = [
    replace(row, tags=tags)
    for row, tags in zip(
        rows_of((3, 5), (20, 30), (33, 1), (1, 40), (2, 90), (15, 2), (8, 8)),
        [("poem",), ("code", "long"), (), ("code",), ("long",), ("poem", "code"), ()],
        strict=True,
    )
]


def reference(model: Any, rows: list[Encoded]) -> tuple[float, list[float]]:
    """The mean over all response tokens, and the mean of each row."""
    per_row, total, count = [], 0.0, 0
    for row in rows:
        logits = np.array(model(mx.array([row.ids[:-1]]))[0].astype(mx.float32), np.float64)
        losses = [
            float(np.log(np.exp(logits[i] - logits[i].max()).sum()) + logits[i].max() - logits[i][target])
            for i, target in enumerate(row.ids[1:])
            if row.weights[i + 1]
        ]
        per_row.append(sum(losses) / len(losses))
        total, count = total + sum(losses), count + len(losses)
    return total / count, per_row


@pytest.mark.parametrize("kind", ["llama", "qwen3", "gemma2", "gemma3_text", "phi3"])
@pytest.mark.parametrize("is_split", [True, False])
def test_the_mean_equals_an_independent_reference(tmp_path: Path, kind: str, is_split: bool) -> None:
    model = tuned(build_tiny_model(tmp_path / kind, kind))
    loss = ResponseLoss(model)
    loss.is_split = is_split
    found = validation_losses(model, loss, ROWS, 4)
    model.eval()
    mean, per_row = reference(model, ROWS)
    assert found.mean == pytest.approx(mean, abs=1e-5)
    assert found.per_row == pytest.approx(per_row, abs=1e-5)


@pytest.mark.parametrize("vocabulary", [100, 8192, 49_152, 50_257, 151_936])
def test_a_large_vocabulary_is_summed_up_without_loss(vocabulary: int) -> None:
    """mlx's own logsumexp on a CPU is 2e-4 off at 151,936: more than a step of training changes the loss."""
    logits = np.random.default_rng(0).normal(10, 3, (24, vocabulary)).astype(np.float32)
    exact = np.log(np.exp(logits.astype(np.float64) - 10).sum(axis=1)) + 10
    targets = np.arange(24)
    losses = np.array(losses_of_logits(mx.array(logits), mx.array(targets)), np.float64)
    assert losses == pytest.approx(exact - logits[targets, targets], abs=1e-5)


def test_the_mean_is_right_with_a_vocabulary_of_the_usual_size(tmp_path: Path) -> None:
    model = tuned(build_tiny_model(tmp_path / "model", vocab_size=49_152))
    found = validation_losses(model, ResponseLoss(model), ROWS[:3], 4)
    model.eval()
    assert found.mean == pytest.approx(reference(model, ROWS[:3])[0], abs=1e-5)


def test_each_tag_has_the_mean_over_its_own_rows(tiny_model: Path) -> None:
    model = tuned(tiny_model)
    found = validation_losses(model, ResponseLoss(model), ROWS, 3)
    assert list(found.tags) == ["code", "long", "poem"]
    for tag, loss in found.tags.items():
        assert loss == pytest.approx(reference(model, [row for row in ROWS if tag in row.tags])[0], abs=1e-5)


@pytest.mark.parametrize("batch_size", [1, 2, 7, 50])
def test_it_does_not_matter_how_rows_are_batched(tiny_model: Path, batch_size: int) -> None:
    model = tuned(tiny_model)
    loss = ResponseLoss(model)
    one, other = validation_losses(model, loss, ROWS, 3), validation_losses(model, loss, ROWS, batch_size)
    assert other.mean == pytest.approx(one.mean, abs=1e-6)
    assert other.per_row == pytest.approx(one.per_row, abs=1e-5)


def test_weights_of_rows_are_for_training_only(tiny_model: Path) -> None:
    model = tuned(tiny_model)
    loss = ResponseLoss(model)
    weighted = [replace(row, weight=0.25 * index) for index, row in enumerate(ROWS)]
    assert validation_losses(model, loss, weighted, 3) == validation_losses(model, loss, ROWS, 3)


@pytest.mark.parametrize("is_training", [True, False])
def test_dropout_is_off_and_the_run_is_left_as_it_was(tiny_model: Path, is_training: bool) -> None:
    model = tuned(tiny_model, dropout=0.5)
    model.train(is_training)
    state = mx.random.state[0].tolist()
    found = validation_losses(model, ResponseLoss(model), ROWS, 3)
    assert (model.training, mx.random.state[0].tolist()) == (is_training, state)
    model.eval()
    assert found.mean == pytest.approx(reference(model, ROWS)[0], abs=1e-5)


def test_it_can_be_broken_off_between_two_batches(tiny_model: Path) -> None:
    asked = []

    def enough() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise InterruptedError

    model = tuned(tiny_model)
    with pytest.raises(InterruptedError):
        validation_losses(model, ResponseLoss(model), ROWS, 3, enough)
    assert len(asked) == 2 and model.training


def test_no_rows_have_no_loss(tiny_model: Path) -> None:
    model = tuned(tiny_model)
    found = validation_losses(model, ResponseLoss(model), [], 4)
    assert math.isnan(found.mean) and (found.tags, found.per_row) == ({}, [])
