"""Where a run stands between two updates, and how to read that without the weights."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

CHECKPOINT_FILE = "checkpoint.safetensors"
BEFORE_FILE = "checkpoint.before.safetensors"
"""The checkpoint before the last: it stays until the next one is whole, for a disk that loses what it had promised."""
LAST_FILE = "last_adapters.safetensors"
SPARING_FILE = "sparing"
"""Its presence says that memory did not suffice once, and activations are to be computed again instead of kept."""

_MAX_HEADER = 100 << 20


@dataclass(slots=True)
class Standing:
    """Where a run stands. `iteration` is the last one whose update was applied; with the seed it gives the place in
    the order of batches. `evaluated` and `sampled` are the iterations after which validation and the probe were done
    last, since a stop may come before or between them. `order` is a digest of what must not change between sittings;
    `made_with` are the versions and the device that the last sitting computed with, `pace` what its steps
    cost."""

    iteration: int = 0
    passes: float = 0.0
    best_loss: float | None = None
    best_passes: float = 0.0
    evaluations_without_better: int = 0
    first_valid: float | None = None
    last_valid: float | None = None
    evaluated: int = -1
    sampled: int = -1
    unsound: int = 0
    tokens: int = 0
    is_adapter_kept: bool = False
    order: str = ""
    made_with: dict[str, str] = field(default_factory=dict)
    pace: dict[str, float] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        """What the last event says of the whole run."""
        return {
            "iteration": self.iteration,
            "passes": self.passes,
            "best_loss": self.best_loss,
            "best_passes": self.best_passes,
            "first_valid": self.first_valid,
            "last_valid": self.last_valid,
            "tokens": self.tokens,
            "adapter": self.is_adapter_kept,
        }


def read_standing(words: str) -> Standing:
    """The standing that a checkpoint holds as JSON; what only a newer Curator knows is passed over. Raises ValueError
    or TypeError where it is none."""
    given, known = json.loads(words), {each.name for each in fields(Standing)}
    if not isinstance(given, dict):
        raise TypeError("no standing")
    return Standing(**{name: value for name, value in given.items() if name in known})


def standing_of(folder: Path) -> Standing | None:
    """Where the run in `folder` stands by its newest readable checkpoint; None without one. The weights are neither
    read nor checked, and no mlx is needed: this is for the process that only watches."""
    for name in (CHECKPOINT_FILE, BEFORE_FILE):
        try:
            with (folder / name).open("rb") as stream:
                (size,) = struct.unpack("<Q", stream.read(8))
                if size <= _MAX_HEADER:
                    header = json.loads(stream.read(size))
                    return read_standing(header["__metadata__"]["standing"])
        except (OSError, ValueError, KeyError, TypeError, struct.error):
            continue  # no checkpoint, or none that can be read: the one before it is as good
    return None
