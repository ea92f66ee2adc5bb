"""What a run leaves on the disk while it goes on: its checkpoints, its best adapter, and at its end the last one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from curator.core.job import LOG_FILE
from curator.engine.adapter import ADAPTER_FILE, weights
from curator.engine.checkpoint import Weights, random_key, save_checkpoint
from curator.engine.files import save_arrays
from curator.engine.optimizer import SafeAdamW
from curator.engine.own_log import shorten
from curator.engine.standing import LAST_FILE, Standing
from curator.engine.telling import NO_ROOM, Teller

CHECKPOINT_SHARE = 0.01
"""How much of the time checkpoints may take: where the disk is slow, they come less often than was asked for."""


class Keeping:
    """Saves one run. A full disk does not end it: it is told once, and saved when there is room."""

    def __init__(
        self,
        folder: Path,
        model: Any,
        optimizer: SafeAdamW,
        standing: Standing,
        teller: Teller,
        checkpoint_seconds: float,
        best: Weights | None = None,
    ) -> None:
        self._folder, self._model, self._optimizer = folder, model, optimizer
        self._standing, self._teller = standing, teller
        self._wanted, self._best = checkpoint_seconds, best
        self._key = random_key()
        self._is_full = self._is_best_unsaved = False
        self._saved_at = time.monotonic()
        self.cost = 0.0  # seconds that the last checkpoint took

    @property
    def every(self) -> float:
        """Seconds from one checkpoint to the next."""
        return max(self._wanted, self.cost / CHECKPOINT_SHARE) if self._wanted >= 1 else self._wanted

    @property
    def is_due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return time.monotonic() - self._saved_at >= self.every

    def begin(self) -> None:
        """The run begins, or goes on."""
        if self._best is not None:
            self._put_best()
        self._saved_at = time.monotonic()

    def updated(self) -> None:
        """An update was applied: a checkpoint that comes now goes on from this random state."""
        self._key = random_key()

    def found_best(self) -> None:
        """The adapter as it is now is the best so far."""
        self._best = weights(self._model)
        self._put_best()

    def try_checkpoint(self) -> bool:
        """Write a checkpoint; whether there was room."""
        if self._keep(self.checkpoint):
            return True
        self._saved_at = time.monotonic()  # later again
        return False

    def checkpoint(self) -> None:
        """Save everything that going on needs, as of the last update. Raises OSError where there is no room."""
        began, standing = time.monotonic(), self._standing
        if self._is_best_unsaved:
            self._write_best()
        if standing.best_loss is None and standing.iteration > 0:
            self._write_adapter(weights(self._model))  # nothing was measured yet, or can be
        self._teller.settle()
        save_checkpoint(self._folder, self._model, self._optimizer, standing, self._key, self._best)
        self._teller.emit("checkpoint", iteration=standing.iteration)
        shorten(self._folder / LOG_FILE)
        self._saved_at = time.monotonic()
        self.cost = self._saved_at - began
        self._is_full = False  # not after something small: there may be room for that alone

    def stop(self) -> bool:
        """Save what was learned before the run is left; whether there was room for it."""
        return self._keep(self._save_for_later)

    def finish(self) -> None:
        """Leave the best adapter on disk, without validation rows the last one, and beside it the last one."""
        if self._standing.iteration > 0:
            save_arrays(self._folder / LAST_FILE, weights(self._model))
        if self._standing.best_loss is None:
            self._write_adapter(weights(self._model))
        elif self._is_best_unsaved:
            self._write_best()

    def _save_for_later(self) -> None:
        self.checkpoint()
        if self._standing.iteration > 0:
            save_arrays(self._folder / LAST_FILE, weights(self._model))
            self._standing.is_adapter_kept = (self._folder / ADAPTER_FILE).is_file()

    def _put_best(self) -> None:
        self._is_best_unsaved = True
        self._keep(self._write_best)

    def _write_best(self) -> None:
        self._write_adapter(self._best or {})
        self._is_best_unsaved = False

    def _write_adapter(self, arrays: Weights) -> None:
        save_arrays(self._folder / ADAPTER_FILE, arrays)
        self._standing.is_adapter_kept = True

    def _keep(self, save: Callable[[], None]) -> bool:
        """Save something, or say once that the disk is full, and go on: the run itself needs no room."""
        try:
            save()
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            if not self._is_full:
                self._teller.note("The disk is full. The run goes on, and saves what it learns when there is room.")
            self._is_full = True
            return False
        return True
