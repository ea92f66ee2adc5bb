"""A model folder, described: what it is, how big, and in a sentence why it cannot be trained, if so."""

from __future__ import annotations

import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from curator.core.errors import ModelError
from curator.core.model import BaseModel
from curator.models.config import read_config, text_config
from curator.models.weights import WEIGHTS, weigh
from curator.tokens.chat import ChatTemplate
from curator.tokens.tokenizer import COUNTING_FILES, chat_template_source, fingerprint

_CONTEXT = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "n_ctx")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_RENAMED = frozenset(
    {"mistral", "llava", "phi-msft", "falcon_mamba", "joyai_llm_flash", "kimi_k2", "qwen2_5_vl", "minimax_m2"}
    | {"iquestcoder", "xverse", "gemma4_unified", "deepseek_v41_text"}
)
"""Architectures that mlx-lm loads under another name (mlx_lm/utils.py, MODEL_REMAPPING)."""

_known: dict[str, tuple[tuple[tuple[str, int, int], ...], BaseModel]] = {}
_lock = threading.Lock()


def describe(folder: Path, name: str = "", title: str = "") -> BaseModel:
    """The model in `folder`; a folder that cannot be trained comes back with `is_ready` False and its `problem`.

    A description is kept until one of the folder's files changes, so asking again costs a look at the folder.
    """
    stamp = _stamp(folder)
    with _lock:
        kept = _known.get(str(folder))
    if kept is None or kept[0] != stamp:
        model = _describe(folder)
        with _lock:
            _known[str(folder)] = (stamp, model)
    else:
        model = kept[1]
    name = name or folder.name
    return replace(model, name=name, title=title or name.rpartition("/")[2].replace("-", " "))


def _describe(folder: Path) -> BaseModel:
    model = BaseModel(name=folder.name, path=str(folder), title=folder.name, is_ready=False)
    try:
        config = read_config(folder)
        text = text_config(config)
        model = replace(
            model,
            architecture=str(config.get("model_type", "")),
            context=next((n for key in _CONTEXT if isinstance(n := text.get(key), int) and n > 0), 0),
        )
        _check_weights(folder)
        weights = weigh(folder, config)
        model = replace(model, parameters=weights.parameters, bytes=weights.bytes, bits=weights.bits)
        _check_tokenizer(folder)
        _check_architecture(model.architecture)
        return replace(model, fingerprint=fingerprint(folder), is_ready=True)
    except ModelError as error:
        return replace(model, problem=str(error))


def _check_weights(folder: Path) -> None:
    names = [path.name for path in folder.iterdir()]
    if any(folder.glob(WEIGHTS)):
        return
    pickles = sorted(name for name in names if name.endswith(_PICKLES))
    if pickles:
        raise ModelError(
            f"The weights are in a pickle file ({pickles[0]}), which can run code when it is opened.",
            "Choose a version with safetensors.",
        )
    if any(name.endswith(".gguf") for name in names):
        raise ModelError(
            "A GGUF file is made for running a model, not for training.", "Choose the safetensors version."
        )
    raise ModelError("The folder holds no weights (no model.safetensors).", "Download the model again.")


def _check_tokenizer(folder: Path) -> None:
    if not (folder / "tokenizer.json").is_file():
        raise ModelError(
            "There is no tokenizer.json, so tokens cannot be counted.", "Choose a version that has the file."
        )
    source = chat_template_source(folder)
    if source is None or not source.strip():
        raise ModelError(
            "There is no chat template: this is a base model that was never taught to talk.",
            "Choose its instruct or chat version.",
        )
    ChatTemplate(source, {})


def _check_architecture(name: str) -> None:
    """Whether the installed mlx-lm has a module of that name; it is looked for, never imported."""
    if not name:
        raise ModelError("The config.json names no architecture (model_type).", "Download the model again.")
    spec = find_spec("mlx_lm")
    places = [Path(p) / "models" for p in (spec.submodule_search_locations or [])] if spec else []
    places = [place for place in places if place.is_dir()]
    if places and name not in _RENAMED and not any((place / f"{name}.py").is_file() for place in places):
        raise ModelError(f"mlx-lm does not know the architecture “{name}”.", "Choose another model, or update Curator.")


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of every file that a description depends on."""
    found = []
    try:
        for path in folder.iterdir():
            if (
                path.name in COUNTING_FILES
                or path.suffix in {".safetensors", ".gguf", *_PICKLES}
                or path.suffix == ".json"
            ):
                stat = path.stat()
                found.append((path.name, stat.st_size, stat.st_mtime_ns))
    except OSError:
        return ()
    return tuple(sorted(found))
