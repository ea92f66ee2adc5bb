"""Adapters of every kind: trained, saved as stock mlx-lm reads them, loaded back, fused."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx_lm
import pytest
from mlx.utils import tree_flatten, tree_unflatten
from tiny_model import build_tiny_model
from tuned_model import rows_of, tuned

from curator.core.errors import JobError, ModelError
from curator.core.settings import TrainSettings
from curator.engine.adapter import (
    ADAPTER_FILE,
    add_adapter,
    keys_of,
    load_adapter,
    save_config,
    scale_of,
    trainable,
    weights,
)
from curator.engine.base import load_base
from curator.engine.batches import assemble
from curator.engine.files import save_arrays
from curator.engine.loss import ResponseLoss
from curator.engine.optimizer import SafeAdamW
from curator.engine.validation import validation_losses

ROWS = rows_of((3, 5), (20, 30), (33, 1), (1, 40))
LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def train(model: Any, steps: int = 8) -> list[float]:
    """Train on one batch; the losses."""
    optimizer = SafeAdamW(2e-2, weight_decay=0.0, clip=1.0)
    optimizer.begin(model.trainable_parameters())
    step, batch, losses = nn.value_and_grad(model, ResponseLoss(model)), assemble(ROWS), []
    for _ in range(steps):
        (loss, _), gradients = step(model, *batch)
        optimizer.update(model, gradients)
        mx.eval(model.parameters(), optimizer.state)
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("method", ["lora", "dora"])
@pytest.mark.parametrize("bits", [0, 4, 8])
def test_it_trains_and_comes_back_in_stock_mlx_lm(tmp_path: Path, method: str, bits: int) -> None:
    """QLoRA and QDoRA too: the base stays quantised and is not touched."""
    base, run = build_tiny_model(tmp_path / "model", bits=bits), tmp_path / "run"
    run.mkdir()
    settings = TrainSettings(method=method, dropout=0.0)
    model, _ = load_base(base)
    mx.random.seed(1)
    layers = add_adapter(model, settings)
    is_base = {name for name, _ in tree_flatten(model.parameters())} - set(weights(model))
    before = {name: mx.array(value) for name, value in tree_flatten(model.parameters()) if name in is_base}
    losses = train(model)
    assert losses[-1] < losses[0] - 1.0
    after = dict(tree_flatten(model.parameters()))
    assert all(mx.array_equal(value, after[name]).item() for name, value in before.items())
    save_arrays(run / ADAPTER_FILE, weights(model))
    save_config(run, base, layers, settings)
    stock, _ = mlx_lm.load(str(base), adapter_path=str(run))
    ours = load_adapter(load_base(base)[0], run)
    mean = validation_losses(model, ResponseLoss(model), ROWS, 4).mean
    assert mean < losses[0] - 1.0
    for loaded in (stock, ours):
        assert validation_losses(loaded, ResponseLoss(loaded), ROWS, 4).mean == pytest.approx(mean, abs=1e-5)


@pytest.mark.parametrize("method", ["lora", "dora"])
def test_a_layer_whose_weights_the_models_own_code_reads_stays_as_it_is(tmp_path: Path, method: str) -> None:
    """Gemma 3n clips two of them in every step; stock mlx-lm must leave them out too when it loads the adapter."""
    base, run = build_tiny_model(tmp_path / "model", "gemma3n"), tmp_path / "run"
    run.mkdir()
    settings = TrainSettings(method=method, dropout=0.0)
    model = tuned(base, method=method)
    losses = train(model)
    assert losses[-1] < losses[0] - 1.0
    names = weights(model)
    assert not any("_coefs" in name for name in names) and any("modality_router.lora_a" in name for name in names)
    save_arrays(run / ADAPTER_FILE, names)
    save_config(run, base, 2, settings, keys_of(model))
    mean = validation_losses(model, ResponseLoss(model), ROWS, 4).mean
    stock, _ = mlx_lm.load(str(base), adapter_path=str(run))
    assert validation_losses(stock, ResponseLoss(stock), ROWS, 4).mean == pytest.approx(mean, abs=1e-5)


def test_where_all_layers_are_adapted_none_is_named(tiny_model: Path) -> None:
    assert keys_of(tuned(tiny_model)) is None


@pytest.mark.parametrize("method", ["lora", "dora"])
@pytest.mark.parametrize("bits", [0, 4])
def test_fused_it_answers_as_before(tmp_path: Path, method: str, bits: int) -> None:
    """A quantised base must be unpacked for it: packed again, some of what was learned is rounded away."""
    model = tuned(build_tiny_model(tmp_path / "model", "qwen2", bits=bits), method=method)
    train(model, 6)
    model.eval()
    inputs = mx.array([ROWS[1].ids])
    expected = model(inputs)
    fused = [(name, module.fuse(True)) for name, module in model.named_modules() if hasattr(module, "fuse")]
    assert len(fused) == 14
    model.update_modules(tree_unflatten(fused))
    assert mx.allclose(model(inputs), expected, rtol=1e-3, atol=1e-3).item()


def test_all_linear_layers_of_all_blocks_are_adapted(tiny_model: Path) -> None:
    names = weights(tuned(tiny_model))
    for block in range(2):
        for layer in LAYERS:
            room = "self_attn" if layer[0] in "qkvo" else "mlp"
            assert f"model.layers.{block}.{room}.{layer}.lora_a" in names
    assert len(names) == 2 * 7 * 2 and trainable(tuned(tiny_model)) == sum(value.size for value in names.values())


def test_only_the_last_blocks_where_so_many_are_asked_for(tmp_path: Path) -> None:
    model, _ = load_base(build_tiny_model(tmp_path / "model", layers=3))
    assert add_adapter(model, TrainSettings(layers=2)) == 2
    assert {name.split(".")[2] for name in weights(model)} == {"1", "2"}


def test_a_new_adapter_changes_nothing_yet(tmp_path: Path) -> None:
    base = build_tiny_model(tmp_path / "model")
    plain, _ = load_base(base)
    inputs = mx.array([ROWS[1].ids])
    for method in ("lora", "dora"):
        model, _ = load_base(base)
        add_adapter(model, TrainSettings(method=method, dropout=0.0))
        assert mx.allclose(model(inputs), plain(inputs), rtol=1e-4, atol=1e-5).item(), method


def test_dora_trains_magnitudes_besides(tiny_model: Path) -> None:
    model = tuned(tiny_model, method="dora")
    magnitudes = {name: value for name, value in weights(model).items() if name.endswith(".m")}
    assert len(magnitudes) == 14
    before = {name: mx.array(value) for name, value in magnitudes.items()}
    train(model, 3)
    assert all(not mx.array_equal(before[name], weights(model)[name]).item() for name in before)


@pytest.mark.parametrize(("rank", "scale"), [(2, 8.0), (8, 4.0), (32, 2.0)])
def test_a_stabilised_scale_falls_with_the_root_of_the_rank(
    tmp_path: Path, tiny_model: Path, rank: int, scale: float
) -> None:
    settings = TrainSettings(rank=rank, scale=4.0, is_rank_stabilized=True)
    model, _ = load_base(tiny_model)
    layers = add_adapter(model, settings)
    assert model.layers[0].mlp.up_proj.scale == scale_of(settings) == pytest.approx(scale)
    save_config(tmp_path, tiny_model, layers, settings)
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    assert config["lora_parameters"]["scale"] == pytest.approx(scale)
    assert config["lora_parameters"]["alpha"] == pytest.approx(scale * rank)
    assert scale_of(TrainSettings(rank=rank, scale=4.0)) == 4.0


@pytest.mark.parametrize(("rank", "words"), [(0, "leaves nothing to train"), (100_000, "larger than any model needs")])
def test_a_rank_that_makes_no_adapter_is_refused(tiny_model: Path, rank: int, words: str) -> None:
    model, _ = load_base(tiny_model)
    with pytest.raises(JobError, match=words):
        add_adapter(model, TrainSettings(rank=rank))


def test_with_a_stabilised_scale_the_first_update_of_any_rank_goes_as_far() -> None:
    """rsLoRA's point (arXiv 2312.03732): Adam moves each entry of lora_b by the rate, and what that does to the layer
    must not grow with the rank faster than its root."""

    def moved(rank: int, is_rank_stabilized: bool) -> float:
        settings = TrainSettings(rank=rank, is_rank_stabilized=is_rank_stabilized, dropout=0.0)
        chance = mx.random.normal((256, 64), key=mx.random.key(3))
        lora_a = mx.random.uniform(-0.125, 0.125, (64, rank), key=mx.random.key(rank))
        signs = mx.where(mx.random.bernoulli(0.5, (rank, 64), key=mx.random.key(rank + 1)), 1e-3, -1e-3)
        return float((scale_of(settings) * (chance @ lora_a @ signs)).std().item())

    stabilised = [moved(rank, True) for rank in (4, 16, 64)]
    plain = [moved(rank, False) for rank in (4, 16, 64)]
    assert max(stabilised) / min(stabilised) < 1.4
    assert plain[2] / plain[0] > 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"method": "flux"}, "method “flux”"),
        ({"rank": 0}, "rank of 0"),
        ({"dropout": 1.0}, "dropout of 1.0"),
        ({"dropout": -0.1}, "dropout of -0.1"),
        ({"scale": math.nan}, "scale of nan"),
        ({"scale": 0.0}, "scale of 0.0"),
    ],
)
def test_settings_that_make_no_adapter_are_told(tiny_model: Path, change: dict[str, Any], words: str) -> None:
    model, _ = load_base(tiny_model)
    with pytest.raises(JobError) as caught:
        add_adapter(model, TrainSettings(**change))
    assert words in caught.value.message and caught.value.hint


def test_no_blocks_leave_nothing_to_train(tiny_model: Path) -> None:
    model, _ = load_base(tiny_model)
    with pytest.raises(ModelError, match="no layers"):
        add_adapter(model, TrainSettings(layers=0))


def test_dora_refuses_experts_in_a_sentence(tmp_path: Path) -> None:
    model, _ = load_base(build_tiny_model(tmp_path / "model", "mixtral"))
    with pytest.raises(ModelError, match="mixture of experts"):
        add_adapter(model, TrainSettings(method="dora"))
    assert add_adapter(model, TrainSettings()) == 2  # LoRA can


@pytest.mark.parametrize(("bits", "mode"), [(3, "affine"), (6, "affine"), (4, "mxfp4")])
def test_dora_refuses_what_it_cannot_unpack(tmp_path: Path, bits: int, mode: str) -> None:
    base = build_tiny_model(tmp_path / "model", bits=bits, mode=mode)
    model, _ = load_base(base)
    with pytest.raises(ModelError) as caught:
        add_adapter(model, TrainSettings(method="dora"))
    assert f"{bits} bits" in caught.value.message and "Choose LoRA" in caught.value.hint
    model = tuned(base)
    losses = train(model)
    assert losses[-1] < losses[0] - 1.0  # LoRA can


def test_dora_refuses_rows_of_weights_that_are_nothing(tiny_model: Path) -> None:
    model, _ = load_base(tiny_model)
    empty = mx.zeros((1, 64))
    layer = model.layers[1].mlp.up_proj
    layer.weight = mx.concatenate([empty, layer.weight[1:]])
    with pytest.raises(ModelError, match="all zero"):
        add_adapter(model, TrainSettings(method="dora"))


def test_an_adapter_of_another_model_is_told(tmp_path: Path, tiny_model: Path) -> None:
    other = build_tiny_model(tmp_path / "other", hidden=32)
    model, _ = load_base(tiny_model)
    layers = add_adapter(model, TrainSettings())
    save_arrays(tmp_path / ADAPTER_FILE, weights(model))
    save_config(tmp_path, tiny_model, layers, TrainSettings())
    with pytest.raises(ModelError, match="another base model"):
        load_adapter(load_base(other)[0], tmp_path)
    (tmp_path / "adapters.safetensors").write_bytes(b"torn")
    with pytest.raises(ModelError, match="damaged"):
        load_adapter(load_base(tiny_model)[0], tmp_path)
    (tmp_path / "adapters.safetensors").unlink()
    with pytest.raises(ModelError, match="no adapter yet"):
        load_adapter(load_base(tiny_model)[0], tmp_path)
