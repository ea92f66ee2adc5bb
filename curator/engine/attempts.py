"""Going on by itself after a lost process: how often, with what changed, and what to offer when it is no use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curator.core.job import EVENTS_FILE
from curator.engine.failures import DEVICE, MEMORY, WATCHDOG, Failure
from curator.engine.standing import SPARING_FILE, standing_of

MOST = 3
"""How often a run that makes no progress is begun again before it is given up."""
GOES_ON = frozenset({MEMORY, WATCHDOG, DEVICE})
"""Causes after which a run may go on by itself."""
_COOL_SECONDS = {WATCHDOG: 10.0}
"""How long to leave the graphics processor alone: at once again, macOS 26 has been seen to restart (mlx#3267)."""


class Attempts:
    """Counts the attempts of one run. Progress, a checkpoint of a later iteration, starts the count anew."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self._folder = folder
        self._settings = settings
        self._made = 0
        self._stood = self._iteration()

    def next(self, failure: Failure) -> int | None:
        """The number of the attempt to make now; None when it would be no use. After a want of memory the next one
        computes activations again instead of keeping them; where it does so already, only progress is a reason."""
        iteration = self._iteration()
        has_moved, self._stood = iteration > self._stood, iteration
        if has_moved:
            self._made = 0
        if failure.cause not in GOES_ON or self._made >= MOST:
            return None
        if failure.cause == MEMORY and not self._spare() and not has_moved:
            return None
        self._made += 1
        return self._made

    def seconds_to_cool(self, failure: Failure) -> float:
        """How long to wait before the next attempt."""
        return _COOL_SECONDS.get(failure.cause, 0.0)

    def _spare(self) -> bool:
        """Have the next attempt take less memory; whether it did not do so yet."""
        if is_sparing(self._folder, self._settings):
            return False
        try:
            (self._folder / SPARING_FILE).touch()
        except OSError:
            return False
        return True

    def _iteration(self) -> int:
        standing = standing_of(self._folder)
        return standing.iteration if standing is not None else 0


def is_sparing(folder: Path, settings: Mapping[str, Any]) -> bool:
    """Whether this run computes activations again, by its settings or because memory did not suffice once."""
    return bool(settings.get("is_sparing")) or (folder / SPARING_FILE).exists()


def adapted_layers(folder: Path) -> int | None:
    """How many blocks of the model the run adapts, where it came so far as to say."""
    try:
        return int(json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))["num_layers"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def batch_of(folder: Path) -> int | None:
    """How many rows the largest batch has, where the run came so far as to say: no more than there are to train."""
    try:
        with (folder / EVENTS_FILE).open(encoding="utf-8") as lines:
            begun = next(line for line in lines if '"started"' in line)
        return int(json.loads(begun)["batch_size"])
    except (OSError, StopIteration, ValueError, KeyError, TypeError):
        return None


def smaller(settings: Mapping[str, Any], adapted: int | None = None) -> dict[str, Any] | None:
    """The settings to offer after a want of memory, those that change least in what is learned first: the activations,
    then half the batch with twice the accumulation, then fewer of the `adapted` layers. None when nothing is left."""
    offer: dict[str, Any] = {} if settings.get("is_sparing") else {"is_sparing": True}
    batch = int(settings.get("batch_size", 1))
    if batch > 1:
        half = batch // 2
        parts = batch // half
        offer |= {"batch_size": half, "accumulate": max(1, int(settings.get("accumulate", 1))) * parts}
        iterations = int(settings.get("iterations", 0))  # each is one batch: so many more make the same updates
        return offer | ({"iterations": iterations * parts} if iterations > 0 else {})
    layers = adapted or int(settings.get("layers", -1))
    if layers < 0 or layers > _FEW_LAYERS:
        return {**offer, "layers": _FEW_LAYERS}
    return {**offer, "layers": layers // 2} if layers > 1 else (offer or None)


_FEW_LAYERS = 16
