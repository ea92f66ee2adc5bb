"""The learning-rate finder: a short job that tries ever higher rates and looks where the loss falls fastest."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil

from curator.core.errors import JobError, ModelError
from curator.core.job import JobEvent
from curator.core.settings import PRESETS, TrainSettings, rate_words
from curator.core.waiting import wait_until
from curator.jobs import supervisor
from curator.jobs.folder import read_events, write_job
from curator.services.workspace import Workspace

FAMILIAR = next(preset.settings.learning_rate for preset in PRESETS if preset.name == "standard")
_LOOK_EVERY = 0.1
_LEAVE_SECONDS = 5.0
_SMOOTH = 2.0  # steps: a sixth of a decade to either side
_LEAST = 0.05  # nats: where no rate changes the loss by more, there is nothing to choose by
_LEAST_POINTS = 6


@dataclass(frozen=True, slots=True)
class RateFinding:
    """What was found: smoothed losses (nats a response token) at the rates tried, ascending; the rate to take, and the
    sentence that says why."""

    points: tuple[tuple[float, float], ...]
    suggestion: float
    sentence: str


def find(
    ws: Workspace,
    snapshot_id: int,
    model: str,
    settings: TrainSettings,
    progress: Callable[[float], None] | None = None,
    cancel: threading.Event | None = None,
) -> RateFinding:
    """Try learning rates on the rows of a snapshot in a job of its own; nothing is kept of what it learns. `progress`
    is told the share that is done; while another training has the computer, that stays 0. Not for the window's thread.

    Raises CuratorError with a sentence; after `cancel`, JobError.
    """
    snapshot = ws.library.snapshot(snapshot_id)
    base = ws.shelf.get(model)
    if not base.is_ready:
        raise ModelError(base.problem or f"“{base.title}” is not ready.", "Prepare it, or choose another.")
    settings = replace(settings, max_tokens=max(settings.max_tokens, snapshot.max_tokens))
    asker = {"pid": os.getpid(), "created": psutil.Process().create_time()}
    order = {"kind": "find_rate", "model": base.path, "data": snapshot.path, "settings": asdict(settings)}
    folder = Path(tempfile.mkdtemp(prefix="curator-rate-"))
    try:
        write_job(folder, order | {"asker": asker})
        supervisor.start(folder)
        return finding_of(_tried(folder, progress, cancel))
    finally:
        _leave(folder)


def finding_of(tried: Sequence[tuple[float, float, float]]) -> RateFinding:
    """What (rate, loss, loss of the base model on the same rows) tell. The rates ascend by one factor.

    The suggestion is a tenth of the rate at which the loss is lowest, and never above the one where it falls fastest:
    the first is the common advice for a run that is to survive its highest rate (Smith, arXiv 1506.01186), the second
    bounds it where the sweep ended before the loss rose.
    """
    sound = [(rate, loss - base) for rate, loss, base in tried if math.isfinite(loss) and math.isfinite(base)]
    if len(sound) < _LEAST_POINTS:
        raise JobError("The loss is no number from the first steps on.", "Choose another base model, or a lower scale.")
    level = sum(base for _, _, base in tried[: len(sound)]) / len(sound)
    rates = [rate for rate, _ in sound]
    gains = _smoothed([gain for _, gain in sound])
    points = tuple((rate, level + gain) for rate, gain in zip(rates, gains, strict=True))
    lowest = min(range(len(gains)), key=gains.__getitem__)
    if -gains[lowest] < _LEAST:
        return RateFinding(
            points,
            FAMILIAR,
            f"No rate changes the loss in so few steps; {rate_words(FAMILIAR)} is what such runs usually take.",
        )
    steepest = min(range(1, lowest + 1), key=lambda at: gains[at] - gains[at - 1], default=0)
    tenth = rates[lowest] / 10
    suggestion = _round(min(tenth, rates[steepest]))
    ran_away = "runs away above" if lowest < len(gains) - 1 else "was still falling at"
    which = "a tenth of that" if tenth < rates[steepest] else "the first"
    return RateFinding(
        points,
        suggestion,
        f"The loss falls fastest at about {rate_words(_round(rates[steepest]))} and {ran_away} "
        f"{rate_words(_round(rates[lowest]))}. Take {rate_words(suggestion)}, {which}: it has to last a whole run.",
    )


def _tried(
    folder: Path, progress: Callable[[float], None] | None, cancel: threading.Event | None
) -> list[tuple[float, float, float]]:
    """Follow the job to its end. Raises JobError where that is none to go by."""
    tried: list[tuple[float, float, float]] = []
    offset, last = 0, JobEvent("", 0.0)
    while True:
        state = supervisor.state(folder)  # before the events, so that none comes after an end
        events, offset = read_events(folder, offset)
        for event in events:
            last = event
            if event.kind == "started":
                tried.clear()  # its process was lost and it began anew
            elif event.kind == "rate":
                tried.append(_point(event))
                if progress is not None:
                    progress(min(1.0, float(event.figures["step"]) / float(event.figures["of"])))
        if cancel is not None and cancel.is_set():
            raise JobError("The search for a learning rate was stopped.", "Nothing was kept of it.")
        if state.is_over:
            break
        if not events:
            time.sleep(_LOOK_EVERY)
    if last.kind != "done":
        message = last.figures.get("message") or "The search for a learning rate ended without a word."
        raise JobError(str(message), str(last.figures.get("hint") or "Try again."))
    return tried


def _leave(folder: Path) -> None:
    """End what still works there, so that it does not begin again, and take the folder away."""
    if not supervisor.state(folder).is_over:
        supervisor.request_stop(folder, discard=True)
        supervisor.kill(folder)
        wait_until(lambda: supervisor.state(folder).is_over, _LEAVE_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)


def _point(event: JobEvent) -> tuple[float, float, float]:
    rate, loss, base = (event.figures.get(name) for name in ("rate", "loss", "base"))
    return _number(rate), _number(loss), _number(base)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan  # JSON knows no NaN: it comes as null


def _smoothed(values: Sequence[float]) -> list[float]:
    """A Gaussian over the neighbours, the same to both sides: it moves nothing up or down the rates."""
    smooth = []
    for at in range(len(values)):
        weights = [math.exp(-((at - other) ** 2) / (2 * _SMOOTH**2)) for other in range(len(values))]
        smooth.append(sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights))
    return smooth


def _round(rate: float) -> float:
    """One digit, as people write rates."""
    return float(f"{rate:.0e}")
