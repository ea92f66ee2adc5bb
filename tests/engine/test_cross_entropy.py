"""Cross entropy against float64 and against mlx's own, and how much of it is held."""

from __future__ import annotations

import math
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest

from curator.engine import cross_entropy
from curator.engine.cross_entropy import losses_measured, losses_of_hidden, losses_of_logits


@pytest.mark.parametrize("vocabulary", [64, 320, 49_152, 50_257])
def test_the_gradient_of_the_logits_is_that_of_cross_entropy(vocabulary: int) -> None:
    """softmax less 1 at the target, times the slope of each place; against float64."""
    chance = np.random.default_rng(2)
    logits = chance.normal(0, 4, (12, vocabulary)).astype(np.float32)
    targets, slopes = chance.integers(0, vocabulary, 12), np.linspace(-1, 2, 12).astype(np.float32)

    def loss(x: mx.array) -> mx.array:
        return (losses_of_logits(x, mx.array(targets)) * mx.array(slopes)).sum()

    exact = np.exp(logits.astype(np.float64) - logits.max())
    exact = exact / exact.sum(axis=1, keepdims=True)
    exact[np.arange(12), targets] -= 1
    found = np.array(mx.grad(loss)(mx.array(logits)))
    assert np.abs(found - exact * slopes[:, None]).max() <= 1e-5


@pytest.mark.parametrize("vocabulary", [64, 300, 49_152])
@pytest.mark.parametrize("places", [1, 5, 43])
def test_reckoned_with_the_loss_the_gradient_is_that_of_the_plain_way(
    monkeypatch: pytest.MonkeyPatch, vocabulary: int, places: int
) -> None:
    """In several pieces, of which the last is smaller, with a head that is more than a product."""
    monkeypatch.setattr(cross_entropy, "_PIECE_ON_CPU", 4 * vocabulary)
    mx.random.seed(3)
    weight, hidden = mx.random.normal((vocabulary, 8)), mx.random.normal((places, 8))
    targets, slopes = mx.arange(places) % vocabulary, mx.linspace(-1, 2, places)

    def head(states: mx.array) -> mx.array:
        return 5 * mx.tanh(states @ weight.T / 5)

    def plain(states: mx.array) -> mx.array:
        return (losses_of_logits(head(states), targets) * slopes).sum()

    def ours(states: mx.array) -> mx.array:
        return (losses_of_hidden(head, states, targets) * slopes).sum()

    measured = (losses_measured(head, hidden, targets) * slopes).sum()
    assert measured.item() == pytest.approx(plain(hidden).item(), rel=1e-5)
    (expected, wanted), (value, gradient) = (mx.value_and_grad(way)(hidden) for way in (plain, ours))
    assert value.item() == pytest.approx(expected.item(), rel=1e-5)
    assert mx.abs(gradient - wanted).max().item() <= 1e-4 * mx.abs(wanted).max().item()


def test_great_logits_are_no_infinity() -> None:
    losses = losses_of_logits(mx.array([[200.0, -200.0, 0.0], [1e4, 1e4, 0.0]]), mx.array([1, 0]))
    assert losses.tolist() == pytest.approx([400.0, np.log(2)], abs=1e-4)


@pytest.mark.parametrize("dtype", [mx.float16, mx.bfloat16])
def test_half_precision_is_reckoned_as_float32_and_its_gradient_given_back_in_it(dtype: mx.Dtype) -> None:
    """Half precision has eight or eleven bits: a loss of 12 made of them would be off by 0.01 or more."""
    mx.random.seed(4)
    hidden, targets, slopes = (4 * mx.random.normal((6, 300))).astype(dtype), mx.arange(6), mx.linspace(-1, 2, 6)
    whole = hidden.astype(mx.float32)
    expected = mx.logsumexp(whole, axis=-1) - whole[mx.arange(6), targets]
    for way in (losses_of_logits, lambda states, wanted: losses_of_hidden(lambda logits: logits, states, wanted)):
        found = way(hidden, targets)
        assert found.dtype == mx.float32
        assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-5)
        gradient = mx.grad(lambda states, way=way: (way(states, targets) * slopes).sum())(hidden)
        assert gradient.dtype == dtype
        exact = (mx.softmax(whole, axis=-1) - mx.eye(6, 300)) * slopes[:, None]
        assert mx.abs(gradient.astype(mx.float32) - exact).max().item() <= 1e-2


def test_what_is_masked_gets_no_gradient_and_what_is_no_number_is_seen() -> None:
    """A vocabulary padded with -inf trains as one without; a run that diverges is told by its loss and gradient."""
    logits, targets = mx.array([[1.0, 2.0, -math.inf], [0.0, 3.0, -math.inf]]), mx.array([0, 1])
    losses, gradient = mx.value_and_grad(lambda x: losses_of_logits(x, targets).sum())(logits)
    plain, expected = mx.value_and_grad(lambda x: nn.losses.cross_entropy(x, targets).sum())(logits[:, :2])
    assert losses.item() == pytest.approx(plain.item(), rel=1e-6)
    assert mx.abs(gradient[:, :2] - expected).max().item() <= 1e-6
    assert mx.abs(gradient[:, 2]).max().item() <= 1e-37
    for broken in (math.nan, math.inf):
        gone = mx.array([[1.0, broken, 0.0], [0.0, 3.0, 1.0]])
        losses, gradient = mx.value_and_grad(lambda x: losses_of_logits(x, targets).sum())(gone)
        assert math.isnan(losses.item())
        assert mx.isnan(gradient[0]).all().item() and mx.isfinite(gradient[1]).all().item()


def test_logits_are_held_for_a_few_places_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """mlx's own cross entropy holds four arrays of their size; with 150,000 tokens that is most of the memory of a
    small model's step."""
    count, vocabulary = 256, 16_384
    monkeypatch.setattr(cross_entropy, "_PIECE_ON_CPU", 8 * vocabulary)
    weight, hidden, targets = mx.random.normal((vocabulary, 8)), mx.random.normal((count, 8)), mx.arange(count)

    def peak(losses_of: Any) -> float:
        step = mx.value_and_grad(lambda states: losses_of(states).mean())
        mx.eval(weight, hidden, targets)
        mx.clear_cache()
        held = mx.get_active_memory()
        mx.reset_peak_memory()
        mx.eval(step(hidden))
        return (mx.get_peak_memory() - held) / (count * vocabulary * 4)

    def head(states: mx.array) -> mx.array:
        return states @ weight.T

    pieces = peak(lambda states: losses_of_hidden(head, states, targets))
    assert pieces < 0.7 < 3.5 < peak(lambda states: nn.losses.cross_entropy(head(states), targets))
