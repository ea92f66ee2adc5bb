"""Loads a base model, and says in a sentence why it cannot where it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlx_lm.utils import load_model

from curator.core.errors import ModelError

_AGAIN = "Download or add the model again, or choose another one."


def load_base(folder: Path) -> tuple[Any, dict[str, Any]]:
    """The model and its config. Only safetensors are read, and no code out of the folder is ever run.

    Raises ModelError with what is wrong with the folder.
    """
    config = read_config(folder)
    if not any(folder.glob("model*.safetensors")):
        if any(folder.glob("*.bin")) or any(folder.glob("*.gguf")):
            raise ModelError(f"“{folder.name}” has its weights in another format than safetensors.", _AGAIN)
        raise ModelError(f"The weights of “{folder.name}” are missing.", _AGAIN)
    if config.get("model_file"):
        raise ModelError(f"“{folder.name}” wants to run its own code, which Curator never does.", "Choose another one.")
    try:
        model, loaded = load_model(folder)
    except ValueError as error:
        words = str(error)
        if "not supported" in words:
            kind = config.get("model_type", "unknown")
            raise ModelError(f"This version of mlx-lm does not know the architecture “{kind}”.", _CHOOSE) from error
        raise ModelError(f"The weights of “{folder.name}” do not fit its config: {_sentence(words)}", _AGAIN) from error
    except SystemExit as error:  # mlx-lm's module for OLMo ends the process where a package of its makers is missing
        raise ModelError(f"mlx-lm wants more than Curator brings along for “{folder.name}”.", _CHOOSE) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"The config.json of “{folder.name}” is incomplete: {_sentence(str(error))}", _AGAIN
        ) from error
    except RuntimeError as error:
        if "safetensors" in str(error).lower() or "load" in str(error).lower():
            raise ModelError(f"The weights of “{folder.name}” are damaged: {_sentence(str(error))}", _AGAIN) from error
        raise
    return model, loaded


_CHOOSE = "Choose a model of the Llama, Qwen, Gemma, Phi, Mistral or SmolLM families."


def read_config(folder: Path) -> dict[str, Any]:
    """The model's config.json. Raises ModelError."""
    if not folder.is_dir():
        raise ModelError(f"The base model is not where it was: {folder}.", "Add it again, or choose another one.")
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"“{folder.name}” is no model folder: it has no config.json.", _AGAIN) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"The config.json of “{folder.name}” cannot be read.", _AGAIN) from error
    if not isinstance(config, dict):
        raise ModelError(f"The config.json of “{folder.name}” cannot be read.", _AGAIN)
    return config


def end_tokens(folder: Path, config: dict[str, Any]) -> frozenset[int]:
    """The ids at which the model's answer ends, of config.json and generation_config.json together."""
    found: set[int] = set()
    sources = [config]
    try:
        more = json.loads((folder / "generation_config.json").read_text(encoding="utf-8"))
        sources += [more] if isinstance(more, dict) else []
    except (OSError, ValueError):
        pass  # most folders have none, and it only adds to what config.json says
    for source in sources:
        ids = source.get("eos_token_id")
        found.update([ids] if isinstance(ids, int) else [i for i in ids or () if isinstance(i, int)])
    return frozenset(found)


def _sentence(words: str) -> str:
    """The beginning of what mlx-lm says, which names the weights on lines of their own, as one sentence."""
    line = " ".join(words.split())[:160] or "no reason given"
    return line if line.endswith(".") else f"{line}."
