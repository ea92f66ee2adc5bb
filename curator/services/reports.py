"""Programs that a run's figures can also be written for, and whether they are there where it will train."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from curator.core.errors import JobError

TITLES = {"tensorboard": "TensorBoard", "wandb": "Weights & Biases"}
_MODULES = {"tensorboard": ("tensorboardX", "torch"), "wandb": ("wandb",)}


def refuse_missing(names: Iterable[str], runtime: str = "") -> None:
    """Raise JobError for a program that this Python has not. What another place has is only known over there: the run
    tells it in a note, and goes on without."""
    for name in names if not runtime else ():
        if not any(find_spec(module) for module in _MODULES.get(name, ())):
            title = TITLES.get(name, name)
            raise JobError(
                f"{title} is not installed in the Python that Curator runs in.",
                "Choose none under Advanced, Watching; or train in a Python environment that has it.",
            )
