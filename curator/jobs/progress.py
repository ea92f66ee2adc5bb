"""Folds a run's events into what the window shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from curator.core.job import JobEvent, JobState
from curator.core.progress import LossPoint, RunProgress, TrainPoint

_ENDS = {
    "done": JobState.DONE,
    "stopped": JobState.STOPPED,
    "failed": JobState.FAILED,
    "interrupted": JobState.INTERRUPTED,
}


def end_state(event: JobEvent) -> JobState | None:
    """The end this event tells of, or None where the job goes on."""
    if event.kind == "stopped" and event.figures.get("discarded"):
        return JobState.DISCARDED
    return _ENDS.get(event.kind)


def fold(events: Iterable[JobEvent]) -> RunProgress:
    """Everything these events say, as one value."""
    folding = ProgressFold()
    folding.add(events)
    return folding.value()


class ProgressFold:
    """Folds events as they come, so that a long run is not read again for each new line."""

    def __init__(self) -> None:
        self._state = JobState.QUEUED
        self._train: list[TrainPoint] = []
        self._valid: list[LossPoint] = []
        self._best: LossPoint | None = None
        self._figures: dict[str, Any] = {}
        self._message = ""
        self._hint = ""
        self._elapsed = 0.0  # of the sittings before this one
        self._since: float | None = None
        self._last = 0.0

    def add(self, events: Iterable[JobEvent]) -> bool:
        """Take in further events; whether there were any."""
        had_any = False
        for event in events:
            had_any = True
            self._take(event)
        return had_any

    def value(self, state: JobState | None = None, message: str = "", hint: str = "") -> RunProgress:
        """What has been told so far. `state`, with its sentence, overrules the events: they cannot tell of a process
        that is gone, or of a stop that was only asked for."""
        known = self._figures
        last = self._train[-1] if self._train else None
        iteration = last.iteration if last else int(known.get("resumed_at", 0))
        total = int(known.get("iterations", 0))
        total_passes = float(known.get("passes", 0.0))
        return RunProgress(
            state=state or self._state,
            iterations=total,
            iteration=iteration,
            passes=last.passes if last else 0.0,
            total_passes=total_passes,
            train=tuple(self._train),
            valid=tuple(self._valid),
            tokens_per_second=_number(known.get("tokens_per_second")),
            memory_gb=_number(known.get("memory_gb")),
            seconds_left=known.get("seconds_left") if not (state or self._state).is_over else None,
            elapsed=self._elapsed + (max(0.0, self._last - self._since) if self._since is not None else 0.0),
            best=self._best,
            blas=str(known.get("blas", "")),
            message=message or self._message,
            hint=hint or self._hint,
            skipped=int(known.get("skipped", 0)),
        )

    def _take(self, event: JobEvent) -> None:
        figures = event.figures
        end = end_state(event)
        if event.kind == "starting":
            if self._since is not None:
                self._elapsed += max(0.0, self._last - self._since)
                self._since = None
            self._state, self._message, self._hint = JobState.STARTING, "", ""
        elif event.kind == "started":
            self._since = event.time
            self._state = JobState.RUNNING
            self._figures.update(figures)
            self._rewind(int(figures.get("resumed_at", 0)))
        elif event.kind == "train":
            self._figures.update({name: value for name, value in figures.items() if name in _LIVE})
            self._step(figures)
        elif event.kind == "valid":
            point = _point(figures)
            if point is not None:
                self._valid.append(point)
                if figures.get("best"):
                    self._best = point
        elif end is not None:
            self._state = end
            self._message = str(figures.get("message") or "")
            self._hint = str(figures.get("hint") or "")
        self._last = event.time

    def _rewind(self, iteration: int) -> None:
        """A resumed run goes through the iterations after its checkpoint once more."""
        self._train = [point for point in self._train if point.iteration <= iteration]
        self._valid = [point for point in self._valid if point.iteration <= iteration]
        if self._best is not None and self._best.iteration > iteration:
            self._best = min((p for p in self._valid if p.iteration), key=lambda p: p.loss, default=None)

    def _step(self, figures: dict[str, Any]) -> None:
        point = _point(figures)
        if point is None:
            return
        self._train.append(
            TrainPoint(
                point.iteration,
                point.passes,
                point.loss,
                _number(figures.get("learning_rate")),
                _number(figures.get("grad_norm")),
                _number(figures.get("tokens_per_second")),
                _number(figures.get("memory_gb")),
            )
        )


def _point(figures: dict[str, Any]) -> LossPoint | None:
    """The loss that an event tells, or None where it is no number."""
    loss = figures.get("loss")
    if not isinstance(loss, int | float):
        return None
    return LossPoint(int(figures.get("iteration", 0)), float(figures.get("passes", 0.0)), float(loss))


_LIVE = frozenset({"tokens_per_second", "memory_gb", "seconds_left", "skipped"})


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
