"""Checkpoints: everything a run needs to go on as if it had never stopped, in one file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten, tree_unflatten

from curator.engine.files import put_in_place, scratch_of, write_arrays
from curator.engine.optimizer import SafeAdamW
from curator.engine.standing import BEFORE_FILE, CHECKPOINT_FILE, Standing, read_standing

Weights = dict[str, mx.array]


def random_key() -> mx.array:
    """The state of mlx's random numbers, which dropout draws from."""
    state: Any = mx.random.state
    return mx.array(state[0])


def save_checkpoint(
    folder: Path, model: Any, optimizer: SafeAdamW, standing: Standing, key: mx.array, best: Weights | None = None
) -> None:
    """Write the adapter, the optimizer's moments and step, the random state, the standing and the best adapter so far.

    Whole or not at all, and on the disk when this returns; the checkpoint before stays beside it, in case that the
    disk loses the new one after all. Raises OSError where there is no room, with both as they were.
    """
    arrays = {f"model.{name}": value for name, value in tree_flatten(model.trainable_parameters())}
    arrays |= {f"optimizer.{name}": value for name, value in tree_flatten(optimizer.state)}
    arrays |= {f"best.{name}": value for name, value in (best or {}).items()}
    arrays["random"] = key
    words = json.dumps(asdict(standing))
    path = folder / CHECKPOINT_FILE
    write_arrays(scratch_of(path), arrays, {"standing": words, "digest": _digest(arrays, words)})
    if path.exists():
        path.replace(folder / BEFORE_FILE)
    put_in_place(scratch_of(path), path)


def load_checkpoint(
    folder: Path, model: Any, optimizer: SafeAdamW, order: str
) -> tuple[Standing, Weights | None] | None:
    """Put the run back where its newest sound checkpoint was; None where there is none, or it is of another order.

    Returns the standing, and the best adapter so far where there is one. A damaged checkpoint counts as none, and the
    one before it is taken: what lies on a disk after the power failed need not be what was written.
    """
    for name in (CHECKPOINT_FILE, BEFORE_FILE):
        found = _read(folder / name)
        if found is None:
            continue
        arrays, standing = found
        if standing.order != order or not _fits(arrays, model):
            return None
        if name == BEFORE_FILE:
            (folder / CHECKPOINT_FILE).unlink(missing_ok=True)  # or the next one would put it in the sound one's place
        model.load_weights(_part(arrays, "model."), strict=False)
        optimizer.state = tree_unflatten(_part(arrays, "optimizer."))
        mx.eval(model.trainable_parameters(), optimizer.state)
        restore_key(arrays["random"])
        return standing, dict(_part(arrays, "best.")) or None
    return None


def restore_key(key: mx.array) -> None:
    """Set mlx's random numbers to a state that `random_key` gave. The state itself is read-only since mlx 0.32, but
    a seed of 64 bits is the key [high, low]."""
    words: Any = key.tolist()
    mx.random.seed(words[0] << 32 | words[1])


def _read(path: Path) -> tuple[Weights, Standing] | None:
    """A checkpoint whose bytes are those that were written, or None."""
    if not path.is_file():
        return None
    try:
        loaded: Any = mx.load(str(path), format="safetensors", return_metadata=True)
        arrays, metadata = loaded
        standing = read_standing(metadata["standing"])
        mx.eval(arrays)
        is_sound = _digest(arrays, metadata["standing"]) == metadata["digest"] and "random" in arrays
    except (RuntimeError, KeyError, ValueError, TypeError):
        return None
    return (arrays, standing) if is_sound else None


def _fits(arrays: Weights, model: Any) -> bool:
    """Whether the adapter in a checkpoint is this model's: another mlx-lm may give its layers other names."""
    shapes = {name: value.shape for name, value in tree_flatten(model.trainable_parameters())}
    return {name: value.shape for name, value in _part(arrays, "model.")} == shapes


def _digest(arrays: Weights, words: str) -> str:
    digest = hashlib.sha256(words.encode())
    for name in sorted(arrays):
        value = arrays[name]
        digest.update(f"{name}\0{value.shape}\0{value.dtype}\0".encode())
        data: Any = mx.contiguous(value).reshape(-1).view(mx.uint8)
        digest.update(memoryview(data))
    return digest.hexdigest()


def _part(arrays: Weights, prefix: str) -> list[tuple[str, mx.array]]:
    return [(name[len(prefix) :], value) for name, value in arrays.items() if name.startswith(prefix)]
