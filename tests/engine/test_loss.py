"""The loss against a plain one: no batches, no padding, no masks, the whole model for each row."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import pytest
from mlx.utils import tree_flatten
from tiny_model import build_tiny_model
from tuned_model import assert_same_gradients, plain_loss, rows_of, tuned

from curator.engine import cross_entropy
from curator.engine.base import load_base
from curator.engine.batches import assemble
from curator.engine.loss import ResponseLoss
from curator.tokens.template import Encoded

ARCHITECTURES = (
    *("llama", "qwen2", "qwen3", "gemma2", "gemma3_text", "gemma3n", "phi3", "cohere", "granite", "smollm3", "olmo2"),
    *("mixtral", "gpt_oss"),  # experts
    *("exaone", "mamba2"),  # a “transformer” and a “backbone” instead of a “model”
    *("stablelm", "mamba"),  # bodies that want to be given a cache
)


ROWS = rows_of((3, 5), (20, 30), (33, 1), (1, 40))


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_loss_and_gradients_are_those_of_the_plain_way(tmp_path: Path, kind: str) -> None:
    model = tuned(build_tiny_model(tmp_path / kind, kind))
    loss = ResponseLoss(model)
    assert (loss.is_split, loss.head) == (True, "response")
    (found, count), gradients = nn.value_and_grad(model, loss)(model, *assemble(ROWS))
    expected, plain = nn.value_and_grad(model, plain_loss)(model, ROWS)
    assert count.item() == 76
    assert found.item() == pytest.approx(expected.item(), abs=1e-5)
    assert_same_gradients(gradients, plain)


@pytest.mark.parametrize("kind", ["llama", "gemma2"])
def test_the_full_way_gives_them_too(tmp_path: Path, kind: str) -> None:
    model = tuned(build_tiny_model(tmp_path / kind, kind))
    loss = ResponseLoss(model)
    loss.is_split = False
    (found, _), gradients = nn.value_and_grad(model, loss)(model, *assemble(ROWS))
    expected, plain = nn.value_and_grad(model, plain_loss)(model, ROWS)
    assert found.item() == pytest.approx(expected.item(), abs=1e-5)
    assert_same_gradients(gradients, plain)


def test_a_cap_and_a_scale_of_logits_are_not_lost(tmp_path: Path) -> None:
    """A body and an output layer alone would give other losses here: that is what the model's own code is run for."""
    for kind in ("gemma2", "cohere", "granite"):
        model = tuned(build_tiny_model(tmp_path / kind, kind))
        inputs = mx.array([ROWS[0].ids])
        uncapped = model.model.embed_tokens.as_linear(model.model(inputs))
        assert not mx.allclose(uncapped, model(inputs), rtol=0.02).item(), kind


def test_weights_of_rows_scale_their_part_of_the_gradient_and_not_the_value(tiny_model: Path) -> None:
    model = tuned(tiny_model)
    rows = [replace(row, weight=weight) for row, weight in zip(ROWS, (2.0, 0.5, 3.0, 1.0), strict=True)]
    step = nn.value_and_grad(model, ResponseLoss(model))
    (value, _), gradients = step(model, *assemble(rows))
    _, plain = nn.value_and_grad(model, plain_loss)(model, rows)
    (unweighted, _), _ = step(model, *assemble(ROWS))
    assert_same_gradients(gradients, plain)
    assert value.item() == pytest.approx(unweighted.item(), abs=1e-6)


def test_a_row_of_weight_two_is_a_row_that_is_there_twice(tiny_model: Path) -> None:
    model = tuned(tiny_model)
    step = nn.value_and_grad(model, ResponseLoss(model))
    _, once = step(model, *assemble([replace(ROWS[0], weight=2.0), ROWS[1]]))
    _, twice = step(model, *assemble([ROWS[0], ROWS[0], ROWS[1]]))
    targets = ROWS[0].response_tokens, ROWS[1].response_tokens
    factor = (2 * targets[0] + targets[1]) / sum(targets)  # the mean is over as many more tokens
    scaled = [(name, value * factor) for name, value in tree_flatten(twice)]
    assert_same_gradients(dict(tree_flatten(once)), dict(scaled))


def test_a_row_of_weight_nothing_teaches_nothing(tiny_model: Path) -> None:
    model = tuned(tiny_model)
    step = nn.value_and_grad(model, ResponseLoss(model))
    (with_it, count), gradients = step(model, *assemble([ROWS[0], replace(ROWS[1], weight=0.0)]))
    (without, _), plain = step(model, *assemble([ROWS[0]]))
    assert count.item() == ROWS[0].response_tokens
    assert with_it.item() == pytest.approx(without.item(), abs=1e-6)
    assert_same_gradients(gradients, plain)


def test_earlier_answers_of_a_chat_are_trained_with_the_last(tiny_model: Path) -> None:
    model = tuned(tiny_model)
    chat = Encoded(ROWS[1].ids, [0] * 5 + [1] * 9 + [0] * 20 + [1] * 16, 5, 45)
    (found, count), gradients = nn.value_and_grad(model, ResponseLoss(model))(model, *assemble([chat, ROWS[0]]))
    expected, plain = nn.value_and_grad(model, plain_loss)(model, [chat, ROWS[0]])
    assert count.item() == 9 + 16 + 5
    assert found.item() == pytest.approx(expected.item(), abs=1e-5)
    assert_same_gradients(gradients, plain)


@pytest.mark.parametrize("kind", ["llama", "exaone"])
def test_in_training_and_validation_the_logits_of_a_few_places_are_held_at_once(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    places, vocabulary = 96, 8192
    monkeypatch.setattr(cross_entropy, "_PIECE_ON_CPU", 4 * vocabulary)
    model = tuned(build_tiny_model(tmp_path / kind, kind, vocab_size=vocabulary))
    batch = assemble(rows_of((1, places)))

    def peak(loss: ResponseLoss) -> float:
        mx.eval(model.parameters(), *batch)
        mx.clear_cache()
        held = mx.get_active_memory()
        mx.reset_peak_memory()
        mx.eval(nn.value_and_grad(model, loss)(model, *batch) if model.training else loss(model, *batch))
        return (mx.get_peak_memory() - held) / (places * vocabulary * 4)

    whole = ResponseLoss(model)
    whole.is_split = False
    assert peak(ResponseLoss(model)) < 2 < 3 < peak(whole)
    model.eval()
    assert peak(ResponseLoss(model)) < 1 < 3 < peak(whole)


@pytest.mark.parametrize("kind", ["llama", "phi3"])
def test_an_output_layer_that_is_trained_itself_gets_its_gradient(tmp_path: Path, kind: str) -> None:
    """No adapter does that now; where one did, its layer would be left as it was, and nothing would say so."""
    model, _ = load_base(build_tiny_model(tmp_path / kind, kind))
    model.unfreeze()
    model.train()
    _, gradients = nn.value_and_grad(model, ResponseLoss(model))(model, *assemble(ROWS))
    _, plain = nn.value_and_grad(model, plain_loss)(model, ROWS)
    assert_same_gradients(gradients, plain)


def test_a_model_whose_last_bits_depend_on_how_many_places_it_is_asked_for_goes_the_short_way(
    tiny_model: Path,
) -> None:
    """As on a graphics processor, which multiplies a few places in another order than many."""
    model = tuned(tiny_model)

    class Rounding(type(model)):  # type: ignore[misc]
        def __call__(self, inputs: mx.array) -> mx.array:
            logits: mx.array = super().__call__(inputs)
            return logits * (1 + 1e-5 * logits.shape[1])

    model.__class__ = Rounding
    assert ResponseLoss(model).is_split


def test_padding_changes_nothing(tiny_model: Path) -> None:
    model = tuned(tiny_model)
    step = nn.value_and_grad(model, ResponseLoss(model))
    (narrow, _), one = step(model, *assemble(ROWS[:1]))
    (wide, _), other = step(model, *assemble(ROWS[:1], width=160))
    assert narrow.item() == pytest.approx(wide.item(), abs=1e-6)
    assert_same_gradients(one, other)


def test_a_model_whose_places_answer_to_each_other_goes_the_full_way(tiny_model: Path) -> None:
    model = tuned(tiny_model)

    class Centred(type(model)):  # type: ignore[misc]
        def __call__(self, inputs: mx.array) -> mx.array:
            logits = super().__call__(inputs)
            return logits - logits.mean(axis=1, keepdims=True)

    model.__class__ = Centred
    loss = ResponseLoss(model)
    assert (loss.is_split, loss.head) == (False, "full")
    (found, _), gradients = nn.value_and_grad(model, loss)(model, *assemble(ROWS[:1], width=len(ROWS[0].ids) - 1))
    assert math.isfinite(found.item()) and any(value.any().item() for _, value in tree_flatten(gradients))


def test_a_model_of_unknown_make_goes_the_full_way(tiny_model: Path) -> None:
    class Wrapped(nn.Module):  # type: ignore[misc]
        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.inner = inner

        def __call__(self, inputs: mx.array) -> mx.array:
            logits: mx.array = self.inner(inputs)
            return logits

    model = Wrapped(tuned(tiny_model))
    assert not ResponseLoss(model).is_split
    (found, _), _ = nn.value_and_grad(model, ResponseLoss(model))(model, *assemble(ROWS))
    assert found.item() == pytest.approx(plain_loss(model, ROWS).item(), abs=1e-5)


def test_a_language_model_inside_of_another_is_found(tiny_model: Path) -> None:
    """As Gemma 3 and Mistral 3 have it, whose text model lies beside one for pictures."""

    class Both(nn.Module):  # type: ignore[misc]
        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.language_model = inner
            self.layers = inner.layers

        def __call__(self, inputs: mx.array) -> mx.array:
            logits: mx.array = self.language_model(inputs)
            return logits

    model = Both(tuned(tiny_model))
    loss = ResponseLoss(model)
    assert loss.is_split
    (found, _), gradients = nn.value_and_grad(model, loss)(model, *assemble(ROWS))
    expected, plain = nn.value_and_grad(model, plain_loss)(model, ROWS)
    assert found.item() == pytest.approx(expected.item(), abs=1e-5)
    assert_same_gradients(gradients, plain)


def test_half_precision_goes_the_short_way_and_sums_in_full(tiny_model: Path) -> None:
    model = tuned(tiny_model)
    model.set_dtype(mx.bfloat16)
    loss = ResponseLoss(model)
    assert loss.is_split
    assert loss.token_losses(model, *assemble(ROWS)[:3]).dtype == mx.float32


def test_trying_the_short_way_leaves_the_run_alone(tiny_model: Path) -> None:
    model = tuned(tiny_model, dropout=0.1)
    state = mx.random.state[0].tolist()
    parameters = {name: id(value) for name, value in tree_flatten(model.parameters())}
    ResponseLoss(model)
    assert mx.random.state[0].tolist() == state and model.training
    assert {name: id(value) for name, value in tree_flatten(model.parameters())} == parameters


def test_a_batch_without_targets_is_zero_and_not_nan(tiny_model: Path) -> None:
    model = tuned(tiny_model)
    batch = assemble([Encoded([3, 4, 5], [0, 0, 0], 3, 0)])
    (loss, count), gradients = nn.value_and_grad(model, ResponseLoss(model))(model, *batch)
    assert (loss.item(), count.item()) == (0.0, 0.0)
    assert not any(value.any().item() for _, value in tree_flatten(gradients))
