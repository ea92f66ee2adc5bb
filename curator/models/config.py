"""The `config.json` of a model folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from curator.core.errors import ModelError


def read_config(folder: Path) -> dict[str, Any]:
    """The model's `config.json`. Raises `ModelError` when it is missing or not a JSON object."""
    path = folder / "config.json"
    if not path.is_file():
        raise ModelError(f"“{folder.name}” has no config.json: it is not a model folder.", "Choose another folder.")
    try:
        config = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ModelError(f"The config.json of “{folder.name}” cannot be read.", "Download the model again.") from error
    if not isinstance(config, dict):
        raise ModelError(f"The config.json of “{folder.name}” is not a JSON object.", "Download the model again.")
    return config


def text_config(config: dict[str, Any]) -> dict[str, Any]:
    """The language part of a configuration: models that also see keep it under `text_config`."""
    inner = config.get("text_config")
    return {**config, **inner} if isinstance(inner, dict) else config


_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")


def has_experts(config: dict[str, Any]) -> bool:
    """Whether it is a mixture of experts, by the names that mlx-lm 0.32 reads their number under."""
    inner = text_config(config)
    return any(isinstance(count := inner.get(name), int) and count > 1 for name in _EXPERTS)
