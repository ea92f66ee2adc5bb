"""Runs trained in this process, stopped where a test wants it, and compared bit for bit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlx.core as mx
from job_running import events_of

from curator.engine.ending import ended_outside, forget_checkpoints
from curator.engine.stopping import StopKind, StoppedError, StopRequest, StopRequestedError
from curator.engine.telling import Teller
from curator.engine.train import train_job
from curator.jobs.progress import fold


class StopAtStep(StopRequest):
    """Asks for a stop at the given question: before a step, a batch of validation or a token of the probe."""

    def __init__(self, folder: Path, step: int, kind: StopKind = StopKind.KEEP) -> None:
        super().__init__(folder)
        self.steps_left = step
        self._kind = kind

    def check(self) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise StopRequestedError(self._kind)


class CallAtStep(StopRequest):
    """Does something at the given question, and never stops."""

    def __init__(self, folder: Path, calls: dict[int, Callable[[], None]]) -> None:
        super().__init__(folder)
        self._calls, self._asked = calls, 0

    def check(self) -> None:
        self._asked += 1
        if self._asked in self._calls:
            self._calls[self._asked]()


def train_here(folder: Path, stop: StopRequest | None = None) -> dict[str, Any]:
    """Do the training job of `folder` in this process. Returns the figures of its end, whichever it is."""
    order = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    teller = Teller(folder)
    try:
        figures = train_job(folder, order, teller, stop or StopRequest(folder))
        forget_checkpoints(folder)
        return figures
    except (StoppedError, StopRequestedError) as error:
        stopped = error if isinstance(error, StoppedError) else ended_outside(folder, error.kind)
        teller.emit(stopped.event, **stopped.figures)
        return {"event": stopped.event, **stopped.figures}
    finally:
        teller.close()


def adapter_of(folder: Path, name: str = "adapters.safetensors") -> dict[str, mx.array]:
    """The adapter's weights as they lie on the disk."""
    return dict(mx.load(str(folder / name)))


def steps_of(folder: Path) -> list[tuple[int, float, float]]:
    """What every step computed; its speed and memory are the machine's."""
    return [(p.iteration, p.loss, p.learning_rate) for p in fold(events_of(folder)).train]


def assert_same_end(whole: Path, parted: Path) -> None:
    """The best adapter, the last one, all losses and all answers are the same, bit for bit."""
    for name in ("adapters.safetensors", "last_adapters.safetensors"):
        one, other = adapter_of(whole, name), adapter_of(parted, name)
        assert one.keys() == other.keys() and all(mx.array_equal(one[key], other[key]).item() for key in one)
    assert steps_of(parted) == steps_of(whole)
    told, expected = fold(events_of(parted)), fold(events_of(whole))
    assert told.valid == expected.valid and told.best == expected.best
    assert told.samples == expected.samples and told.tags == expected.tags
    assert events_of(parted, "train")[-1].figures["tokens"] == events_of(whole, "train")[-1].figures["tokens"]
