"""Activations that are computed again give the gradients of those that were kept."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from mlx.utils import tree_flatten
from mlx_lm.tuner.trainer import TrainingArgs, train
from tiny_model import build_tiny_model
from tuned_model import assert_same_gradients, rows_of, tuned

from curator.engine.batches import TrainingBatches, assemble
from curator.engine.dropping import mask
from curator.engine.loss import ResponseLoss
from curator.engine.optimizer import SafeAdamW

ROWS = rows_of((3, 5), (20, 30), (33, 1), (1, 40), (9, 9))


def step(model: Any, seed: int) -> tuple[float, dict[str, Any], list[int]]:
    """The loss and gradients of one step from the random state of `seed`, and the random state after it."""
    mx.random.seed(seed)
    (loss, _), gradients = nn.value_and_grad(model, ResponseLoss(model))(model, *assemble(ROWS))
    mx.eval(loss, gradients)
    return loss.item(), gradients, mx.random.state[0].tolist()


@pytest.mark.parametrize("kind", ["llama", "qwen3", "gemma2", "gemma3_text", "phi3", "mixtral"])
def test_gradients_are_the_same_with_dropout(tmp_path: Path, kind: str) -> None:
    folder = build_tiny_model(tmp_path / kind, kind)
    kept, again = (tuned(folder, dropout=0.3, is_sparing=is_sparing) for is_sparing in (False, True))
    first, one, state = step(kept, 5)
    second, other, state_of_other = step(again, 5)
    assert first == second and state == state_of_other
    assert_same_gradients(one, other, tolerance=1e-6)


def test_they_are_the_same_for_dora_and_quantised_weights(tmp_path: Path) -> None:
    folder = build_tiny_model(tmp_path / "model", bits=4)
    kept, again = (tuned(folder, dropout=0.3, method="dora", is_sparing=is_sparing) for is_sparing in (False, True))
    assert step(kept, 5)[0] == step(again, 5)[0]
    assert_same_gradients(step(kept, 5)[1], step(again, 5)[1], tolerance=1e-6)


def trained(folder: Path, scratch: Path, is_sparing: bool) -> dict[str, mx.array]:
    """The adapter after some steps of mlx-lm's own trainer, with dropout and accumulation."""
    model = tuned(folder, dropout=0.2, is_sparing=is_sparing)
    optimizer = SafeAdamW(1e-2, weight_decay=0.01, clip=1.0)
    optimizer.begin(model.trainable_parameters())
    args = TrainingArgs(batch_size=2, iters=6, steps_per_save=99, adapter_file=str(scratch), grad_accumulation_steps=2)
    batches = TrainingBatches(1, accumulate=2)
    train(model, optimizer, ROWS, None, args, loss=ResponseLoss(model), iterate_batches=batches)
    return dict(tree_flatten(model.trainable_parameters()))


def test_a_run_is_the_same_bit_for_bit(tmp_path: Path, tiny_model: Path) -> None:
    kept, again = (trained(tiny_model, tmp_path / "a.safetensors", is_sparing) for is_sparing in (False, True))
    assert all(mx.array_equal(value, again[name]).item() for name, value in kept.items())


def test_other_models_of_the_architecture_are_left_alone(tiny_model: Path) -> None:
    before = tuned(tiny_model)
    kind = type(before.layers[0])
    call = kind.__call__
    sparing = tuned(tiny_model, is_sparing=True)
    assert kind.__call__ is call and type(before.layers[0]) is kind
    assert type(sparing.layers[0]).__mro__[1] is kind.__mro__[1] and type(sparing.layers[0]) is not kind


def test_only_adapted_blocks_compute_again(tmp_path: Path) -> None:
    folder = build_tiny_model(tmp_path / "model", layers=3)
    model = tuned(folder, layers=1, is_sparing=True)
    assert type(model.layers[0]) is type(model.layers[1]) is not type(model.layers[2])


def test_activations_are_not_kept(tmp_path: Path) -> None:
    """Peak memory of a step over what the model itself holds: blocks forget all but what goes into them."""
    folder = build_tiny_model(tmp_path / "model", layers=8)
    rows = rows_of((60, 69), (60, 69))
    peaks = []
    for is_sparing in (False, True):
        model = tuned(folder, is_sparing=is_sparing)
        function, batch = nn.value_and_grad(model, ResponseLoss(model)), assemble(rows)
        mx.eval(model.parameters(), batch)
        mx.clear_cache()
        held = mx.get_active_memory()
        mx.reset_peak_memory()
        mx.eval(function(model, *batch))
        peaks.append(mx.get_peak_memory() - held)
    assert peaks[1] < 0.5 * peaks[0]


def test_dropout_is_still_dropout(tiny_model: Path) -> None:
    model = tuned(tiny_model, dropout=0.25)
    dropout = model.layers[0].self_attn.q_proj.dropout
    x = mx.ones((200, 200))
    share = (dropout(x) == 0).mean().item()
    assert share == pytest.approx(0.25, abs=0.02)
    assert dropout(x).mean().item() == pytest.approx(1.0, abs=0.02)
    model.eval()
    assert dropout(x) is x


@pytest.mark.parametrize("kept", [0.05, 0.5, 0.95])
def test_masks_are_even_and_have_nothing_in_common(kept: float) -> None:
    """Share, rows and columns within five standard deviations; neighbours and other keys no more alike than chance."""
    one, other = (np.array(mask((301, 203), kept, mx.random.key(seed))).astype(float) for seed in (1, 2))
    spread = math.sqrt(kept * (1 - kept))
    for axis, count in ((None, 301 * 203), (0, 301), (1, 203)):
        assert np.abs(one.mean(axis=axis) - kept).max() <= 5 * spread / math.sqrt(count)
    for left, right in ((one[:, 1:], one[:, :-1]), (one[:, 2:], one[:, :-2]), (one[1:], one[:-1]), (one, other)):
        alike = ((left - kept) * (right - kept)).mean() / spread**2
        assert abs(alike) <= 5 / math.sqrt(left.size)


def masks_of(model: Any, calls: int) -> list[tuple[float, ...]]:
    """What each dropout left of its input, call after call of the model."""
    seen: list[tuple[float, ...]] = []
    kind = type(model.layers[0].self_attn.q_proj.dropout)
    plain = kind.__call__

    def watching(self: Any, x: mx.array) -> mx.array:
        left = plain(self, x)
        seen.append(tuple((left != 0).reshape(-1).tolist()))
        return left

    kind.__call__ = watching
    try:
        for _ in range(calls):
            mx.eval(model(mx.array([[5, 6, 7]])))
    finally:
        kind.__call__ = plain
    return seen


def test_each_input_and_each_step_has_a_mask_of_its_own(tiny_model: Path) -> None:
    """Four inputs in a block: of queries, keys and values; of the output; of gate and up; of down."""
    seen = masks_of(tuned(tiny_model, dropout=0.5), calls=2)
    assert len(seen) == 2 * 2 * 7 and len(set(seen)) == 2 * 2 * 4


def test_nothing_of_a_step_is_held_after_it(tiny_model: Path) -> None:
    model = tuned(tiny_model, dropout=0.5)
    mx.eval(model(mx.array([[5, 6, 7]])))
    assert all(block._dropping.is_at_rest for block in model.layers)
