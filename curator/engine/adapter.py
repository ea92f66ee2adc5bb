"""The adapter: LoRA or DoRA layers in a model, and their weights on disk as stock mlx-lm reads them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten
from mlx_lm.models.switch_layers import QuantizedSwitchLinear, SwitchLinear
from mlx_lm.tuner.dora import DoRALinear
from mlx_lm.tuner.utils import linear_to_lora_layers, load_adapters

from curator.core.errors import JobError, ModelError
from curator.core.settings import TrainSettings
from curator.engine.files import write_text
from curator.engine.low_rank import lean
from curator.engine.sparing import key_dropouts

ADAPTER_FILE = "adapters.safetensors"
CONFIG_FILE = "adapter_config.json"
METHODS = ("lora", "dora")
_KINDS = (nn.Linear, nn.QuantizedLinear, SwitchLinear, QuantizedSwitchLinear, nn.Embedding, nn.QuantizedEmbedding)
"""What mlx-lm adapts where it is not told what to adapt."""


def add_adapter(model: Any, settings: TrainSettings) -> int:
    """Freeze the model and put LoRA or DoRA over all linear layers of its last `settings.layers` blocks (-1: of all).

    With `settings.is_sparing` these blocks compute their activations again in the backward pass; mlx-lm's own
    `grad_checkpoint` must then stay off. Returns the number of blocks. Raises ModelError for a model in which there is
    nothing to adapt, or not in this way, and JobError for settings that make no adapter.
    """
    _check(settings)
    blocks = len(model.layers)
    count = blocks if settings.layers < 0 else min(settings.layers, blocks)
    adapted = list(model.layers)[blocks - count :]
    is_dora = settings.method == "dora"
    if is_dora:
        _refuse_dora(adapted)
    model.freeze()
    shape = _shape(settings)
    if _leaves_some_out(model):
        shape["keys"] = _names_of(model, lambda module: isinstance(module, _KINDS) or hasattr(module, "to_lora"))
    try:
        linear_to_lora_layers(model, count, shape, use_dora=is_dora)
    except ValueError as error:
        raise ModelError(f"This model cannot be adapted with {_title(settings)}: {error}.", _OTHER) from error
    if count == 0 or not tree_flatten(model.trainable_parameters()):
        raise ModelError("This model has no layers that can be adapted.", "Choose another base model.")
    if is_dora:
        _refuse_empty_rows(adapted)
    for block in adapted:
        lean(block)
    key_dropouts(adapted, settings.is_sparing)
    return count


def keys_of(model: Any) -> list[str] | None:
    """The names of the adapted layers within their blocks, where some were left out; None where all were adapted."""
    return _names_of(model, lambda module: "lora_a" in module) if _leaves_some_out(model) else None


def save_config(
    folder: Path, model: Path, layers: int, settings: TrainSettings, keys: Sequence[str] | None = None
) -> None:
    """Write what stock mlx-lm needs to put the layers in: with `keys` only those. `alpha` is for Ollama, which knows no
    `scale`."""
    shape = _shape(settings) | ({} if keys is None else {"keys": list(keys)})
    config = {
        "fine_tune_type": settings.method,
        "model": str(model),
        "num_layers": layers,
        "lora_parameters": {**shape, "alpha": shape["scale"] * shape["rank"]},
    }
    write_text(folder / CONFIG_FILE, json.dumps(config, ensure_ascii=False, indent=1))


def load_adapter(model: Any, folder: Path) -> Any:
    """The model with the adapter of `folder` in it. Raises ModelError where it is missing or belongs elsewhere."""
    if not (folder / ADAPTER_FILE).is_file() or not (folder / CONFIG_FILE).is_file():
        raise ModelError("This run has no adapter yet.", "Wait for its first checkpoint, or train it again.")
    try:
        return load_adapters(model, str(folder))
    except (ValueError, KeyError) as error:
        raise ModelError("This adapter belongs to another base model.", "Choose the one it was trained on.") from error
    except RuntimeError as error:
        raise ModelError("The adapter of this run is damaged.", "Train it again from its snapshot.") from error


def trainable(model: Any) -> int:
    """How many numbers are trained."""
    return sum(int(value.size) for _, value in tree_flatten(model.trainable_parameters()))


def weights(model: Any) -> dict[str, mx.array]:
    """The adapter's weights by name."""
    return dict(tree_flatten(model.trainable_parameters()))


def scale_of(settings: TrainSettings) -> float:
    """What the adapter's product is multiplied with. mlx multiplies directly (PEFT: alpha ÷ rank).

    Rank-stabilised, it falls with the root of the rank (rsLoRA, arXiv 2312.03732), measured from rank 8: there both
    ways are the same, and elsewhere the settings' learning rate stays right.
    """
    return settings.scale / math.sqrt(settings.rank / 8) if settings.is_rank_stabilized else settings.scale


def _shape(settings: TrainSettings) -> dict[str, Any]:
    return {"rank": settings.rank, "scale": scale_of(settings), "dropout": settings.dropout}


_AS_THEY_ARE = ("altup.prediction_coefs", "altup.correction_coefs")
"""Layers whose weights the model's own code clips before it uses them (Gemma 3n): with an adapter in their place it
would not find them, and break in its first step (mlx-lm 0.32.2)."""


def _leaves_some_out(model: Any) -> bool:
    return any(name.endswith(_AS_THEY_ARE) for block in model.layers for name, _ in block.named_modules())


def _names_of(model: Any, is_meant: Callable[[Any], bool]) -> list[str]:
    """The names that these modules have within their blocks, in order, without those that must stay as they are."""
    named = (pair for block in model.layers for pair in block.named_modules())
    return sorted({name for name, module in named if is_meant(module) and not name.endswith(_AS_THEY_ARE)})


def _title(settings: TrainSettings) -> str:
    return {"lora": "LoRA", "dora": "DoRA"}[settings.method]


_MOST_RANK = 8192
"""Models are hardly wider, and beyond its width an adapter is larger than what it changes: the memory would run out
before anything could be said."""


def _check(settings: TrainSettings) -> None:
    """Refuse settings that make no adapter, each in a sentence."""
    if settings.method not in METHODS:
        raise JobError(f"Nobody here knows the method “{settings.method}”.", "Choose “lora” or “dora”.")
    if settings.rank < 1:
        raise JobError(f"A rank of {settings.rank} leaves nothing to train.", "Choose a rank of 1 or more; 8 is usual.")
    if settings.rank > _MOST_RANK:
        raise JobError(f"A rank of {settings.rank:,} is larger than any model needs.", "8 is usual, 256 is very much.")
    if not 0 <= settings.dropout < 1:
        raise JobError(
            f"A dropout of {settings.dropout} is not possible.", "Choose a share from 0 to below 1; 0.05 is usual."
        )
    if not math.isfinite(settings.scale) or settings.scale <= 0:
        raise JobError(f"A scale of {settings.scale} is not possible.", "Choose one above 0; 4 is usual.")


def _refuse_dora(blocks: list[Any]) -> None:
    """Say in a sentence what mlx-lm's DoRA cannot do; it would break on it in its own words, or later."""
    for _, module in (pair for block in blocks for pair in block.named_modules()):
        if isinstance(module, SwitchLinear | QuantizedSwitchLinear):
            raise ModelError("DoRA cannot adapt a mixture of experts.", _OTHER)
        if isinstance(module, nn.QuantizedLinear) and (module.mode != "affine" or 32 % module.bits):
            raise ModelError(
                f"DoRA cannot adapt a model that was quantised to {module.bits} bits in the “{module.mode}” way.",
                "Choose LoRA, or a model quantised to 4 or 8 bits.",
            )


def _refuse_empty_rows(blocks: list[Any]) -> None:
    """DoRA divides by the length of each row of weights: one of length 0 would make every loss no number."""
    magnitudes = [m.m for block in blocks for _, m in block.named_modules() if isinstance(m, DoRALinear)]
    if any((magnitude == 0).any().item() for magnitude in magnitudes):
        raise ModelError("This model has weights that are all zero, which DoRA cannot scale.", _OTHER)


_OTHER = "Choose LoRA for it, or another base model."
