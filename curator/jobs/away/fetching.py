"""Brings what a run learns on another computer into the job's folder here, at its checkpoints and at its end."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path

from curator.jobs.away.far_side import FarSide
from curator.jobs.away.line import end


class Fetching:
    """One rsync at a time, beside the run. `model` is the base model's path here, which the adapter is to name."""

    def __init__(self, folder: Path, far: FarSide, model: str) -> None:
        self._folder, self._far, self._model = folder, far, model
        self._process: subprocess.Popen[bytes] | None = None
        self._is_due = False

    def ask(self) -> None:
        """There is a new checkpoint over there."""
        self._is_due = True

    def tend(self) -> None:
        """Begin to fetch where that was asked for and nothing is being fetched; what fails is fetched the next time."""
        if self._process is not None and self._process.poll() is not None:
            self.drop()
        if self._is_due and self._process is None:
            self._is_due = False
            self._process = self._far.fetching(self._folder)

    def drop(self) -> None:
        """Let go of what is being fetched."""
        if self._process is not None:
            end(self._process)
            self._process = None
            self._settle_config()

    def bring_all(self) -> None:
        """Fetch everything, now. Raises as `Line.fetched` does."""
        self.drop()
        self._far.fetch(self._folder)
        self._settle_config()

    def _settle_config(self) -> None:
        """The adapter's config names its base model, which lies elsewhere here."""
        path = self._folder / "adapter_config.json"
        with contextlib.suppress(OSError, ValueError):
            config = json.loads(path.read_text(encoding="utf-8"))
            if config.get("model") != self._model:
                scratch = path.with_name("adapter_config.json.new")
                scratch.write_text(json.dumps(config | {"model": self._model}, indent=1), encoding="utf-8")
                scratch.replace(path)


def forget_checkpoints(folder: Path) -> None:
    """The run is through: over there its checkpoints are gone already, and here they would only take room."""
    for path in folder.glob("checkpoint*.safetensors"):
        path.unlink(missing_ok=True)
