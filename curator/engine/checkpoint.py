"""Checkpoints: everything a run needs to go on as if it had never stopped, in one file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten, tree_unflatten

from curator.engine.files import save_arrays
from curator.engine.optimizer import SafeAdamW

CHECKPOINT_FILE = "checkpoint.safetensors"


@dataclass(slots=True)
class Standing:
    """Where a run stands between two updates. `iteration` is the last one whose update was applied; with the seed it
    gives the place in the order of batches. `order` is a digest of what must not change between two sittings."""

    iteration: int = 0
    best_loss: float | None = None
    best_iteration: int = 0
    evaluations_without_better: int = 0
    first_valid: float | None = None
    last_valid: float | None = None
    tokens: int = 0
    is_adapter_kept: bool = False
    order: str = ""


def random_key() -> mx.array:
    """The state of mlx's random numbers, which dropout draws from."""
    state: Any = mx.random.state
    return mx.array(state[0])


def save_checkpoint(folder: Path, model: Any, optimizer: SafeAdamW, standing: Standing, key: mx.array) -> None:
    """Write the adapter, the optimizer's moments and step, the random state and the standing, whole or not at all."""
    arrays = {f"model.{name}": value for name, value in tree_flatten(model.trainable_parameters())}
    arrays |= {f"optimizer.{name}": value for name, value in tree_flatten(optimizer.state)}
    arrays["random"] = key
    save_arrays(folder / CHECKPOINT_FILE, arrays, {"standing": json.dumps(asdict(standing))})


def load_checkpoint(folder: Path, model: Any, optimizer: SafeAdamW, order: str) -> Standing | None:
    """Put the run back where its checkpoint was; None where there is none, or it is of another order.

    A damaged checkpoint counts as none: the run then begins anew, which is worse than going on and better than wrong.
    """
    path = folder / CHECKPOINT_FILE
    if not path.is_file():
        return None
    try:
        loaded: Any = mx.load(str(path), return_metadata=True)
        arrays, metadata = loaded
        standing = Standing(**json.loads(metadata["standing"]))
    except (RuntimeError, KeyError, ValueError, TypeError):
        return None
    if standing.order != order:
        return None
    model.load_weights(_part(arrays, "model."), strict=False)
    optimizer.state = tree_unflatten(_part(arrays, "optimizer."))
    mx.eval(model.trainable_parameters(), optimizer.state)
    high, low = arrays["random"].tolist()
    mx.random.seed(high << 32 | low)  # the state itself is read-only since mlx 0.32; seed(u64) sets the key [high, low]
    return standing


def _part(arrays: dict[str, mx.array], prefix: str) -> list[tuple[str, mx.array]]:
    return [(name[len(prefix) :], value) for name, value in arrays.items() if name.startswith(prefix)]
