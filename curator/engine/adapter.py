"""The adapter: LoRA layers in a model, and their weights on disk as stock mlx-lm reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import linear_to_lora_layers, load_adapters

from curator.core.errors import ModelError
from curator.core.settings import TrainSettings
from curator.engine.files import save_arrays, write_text

ADAPTER_FILE = "adapters.safetensors"
CONFIG_FILE = "adapter_config.json"


def add_adapter(model: Any, settings: TrainSettings) -> int:
    """Freeze the model and put LoRA over all linear layers of its last `settings.layers` blocks (-1: of all).

    Returns the number of blocks. Raises ModelError for a model in which there is nothing to adapt.
    """
    blocks = len(model.layers)
    count = blocks if settings.layers < 0 else min(settings.layers, blocks)
    model.freeze()
    linear_to_lora_layers(model, count, _shape(settings))
    if not tree_flatten(model.trainable_parameters()):
        raise ModelError("This model has no layers that can be adapted.", "Choose another base model.")
    return count


def save_adapter(model: Any, folder: Path) -> None:
    """Write the adapter's weights, whole or not at all."""
    save_arrays(folder / ADAPTER_FILE, dict(tree_flatten(model.trainable_parameters())))


def save_config(folder: Path, model: Path, layers: int, settings: TrainSettings) -> None:
    """Write what stock mlx-lm needs to put the layers in. `alpha` is for Ollama, which knows no `scale`."""
    shape = _shape(settings)
    config = {
        "fine_tune_type": "lora",
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


def _shape(settings: TrainSettings) -> dict[str, Any]:
    return {"rank": settings.rank, "scale": settings.scale, "dropout": settings.dropout}
