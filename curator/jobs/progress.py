"""Folds a run's events into what the window shows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, TypeVar

from curator.core.job import JobEvent, JobState
from curator.core.progress import LossPoint, RunProgress, Sample, TrainPoint

_ENDS = {
    "done": JobState.DONE,
    "stopped": JobState.STOPPED,
    "paused": JobState.PAUSED,
    "failed": JobState.FAILED,
    "interrupted": JobState.INTERRUPTED,
}
_AT_WORK = frozenset({"train", "valid", "checkpoint"})
_LIVE = frozenset({"tokens_per_second", "memory_gb", "seconds_left", "skipped"})
_Placed = TypeVar("_Placed", LossPoint, TrainPoint, Sample)


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
        self._lossless: list[LossPoint] = []  # steps whose loss is no number: no points, but the run went through them
        self._valid: list[LossPoint] = []
        self._tags: dict[str, list[LossPoint]] = {}
        self._samples: list[Sample] = []
        self._notes: list[str] = []
        self._best: LossPoint | None = None
        self._figures: dict[str, Any] = {}
        self._message = ""
        self._hint = ""
        self._cause = ""
        self._probe = ""
        self._host = ""
        self._attempt = 0
        self._elapsed = 0.0
        self._is_sitting = False
        self._last, self._clock = 0.0, ""  # of the newest event, and which computer's

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
        last = max([*self._train[-1:], *self._lossless[-1:]], key=lambda step: step.iteration, default=None)
        return RunProgress(
            state=state or self._state,
            iterations=int(known.get("iterations", 0)),
            iteration=last.iteration if last else int(known.get("resumed_at", 0)),
            passes=last.passes if last else 0.0,
            total_passes=float(known.get("passes", 0.0)),
            train=tuple(self._train),
            valid=tuple(self._valid),
            tokens_per_second=_number(known.get("tokens_per_second")),
            memory_gb=_number(known.get("memory_gb")),
            seconds_left=known.get("seconds_left") if not (state or self._state).is_over else None,
            elapsed=self._elapsed,
            best=self._best,
            blas=str(known.get("blas", "")),
            message=message or self._message,
            hint=hint or self._hint,
            skipped=int(known.get("skipped", 0)),
            tags={tag: tuple(points) for tag, points in self._tags.items()},
            probe=self._probe,
            samples=tuple(self._samples),
            attempt=self._attempt,
            notes=tuple(self._notes),
            device=str(known.get("device", "")),
            host=self._host,
            lossless=tuple(self._lossless),
            cause=self._cause,
        )

    def _take(self, event: JobEvent) -> None:
        figures = event.figures
        was_sitting = self._is_sitting
        if event.kind in _AT_WORK and self._state is JobState.STARTING:
            # A run on another computer went on while nobody here followed it: it does not tell its start again.
            self._state, self._is_sitting = JobState.RUNNING, True
            self._say({})
        if event.kind == "train":
            self._figures.update({name: value for name, value in figures.items() if name in _LIVE})
            self._step(figures)
        elif event.kind == "valid":
            self._validation(figures)
        elif event.kind == "sample":
            self._sample(figures)
        elif event.kind == "left":
            self._figures["seconds_left"] = figures.get("seconds_left")
        elif event.kind == "note":
            self._note(str(figures.get("message") or figures.get("text") or ""))
        elif event.kind == "line":
            self._line(figures)
        else:
            self._stage(event)
        clock = str(figures.get("far", "")).partition(":")[0]
        if event.kind == "started":  # the time between two sittings is not the run's
            self._clock = clock
        elif clock != self._clock:
            return  # told here of a run over there, or the other way round: that clock may be hours off
        elif was_sitting and self._is_sitting:
            self._elapsed += max(0.0, event.time - self._last)  # a clock that is set back takes nothing away
        self._last = event.time

    def _stage(self, event: JobEvent) -> None:
        """An event that says where the run stands."""
        figures = event.figures
        if event.kind == "started":
            self._is_sitting = True
            self._state = JobState.RUNNING
            self._say({})
            self._figures.update(figures)
            self._rewind(int(figures.get("resumed_at", 0)))
        elif event.kind == "starting":
            self._is_sitting = False
            self._state, self._attempt = JobState.STARTING, 0
            self._say({})
        elif event.kind == "waiting":
            self._is_sitting = False
            self._state = JobState.WAITING
            self._say(figures)
        elif event.kind == "segment":
            self._is_sitting = False
        elif event.kind == "again":
            self._is_sitting = False
            self._state = JobState.STARTING
            self._attempt = int(figures.get("attempt", self._attempt + 1))
            self._say(figures)
            self._note(f"{self._message} It went on by itself ({self._attempt} of {figures.get('of', 3)}).".strip())
        elif (end := end_state(event)) is not None:
            self._state = end
            self._say(figures)

    def _say(self, figures: dict[str, Any]) -> None:
        self._message = str(figures.get("message") or "")
        self._hint = str(figures.get("hint") or "")
        self._cause = str(figures.get("cause") or "")

    def _note(self, words: str) -> None:
        if words and words not in self._notes[-1:]:
            self._notes.append(words)

    def _line(self, figures: dict[str, Any]) -> None:
        """The line to another computer: while it is down its sentence stands where that of a wait does."""
        self._host = str(figures.get("host") or self._host)
        if figures.get("is_up"):
            self._say({})
        else:
            self._say(figures)

    def _rewind(self, iteration: int) -> None:
        """A resumed run goes through the iterations after its checkpoint once more."""
        self._train = _until(iteration, self._train)
        self._lossless = _until(iteration, self._lossless)
        self._valid = _until(iteration, self._valid)
        self._samples = _until(iteration, self._samples)
        self._tags = {tag: kept for tag, points in self._tags.items() if (kept := _until(iteration, points))}
        if self._best is not None and self._best.iteration > iteration:
            self._best = min((p for p in self._valid if p.iteration), key=lambda p: p.loss, default=None)

    def _validation(self, figures: dict[str, Any]) -> None:
        point = _point(figures)
        if point is not None:
            _place(self._valid, point)
            if figures.get("best"):
                self._best = point
        tags = figures.get("tags")
        for tag, loss in tags.items() if isinstance(tags, dict) else ():
            tagged = _point(figures | {"loss": loss})
            if tagged is not None:
                _place(self._tags.setdefault(str(tag), []), tagged)

    def _sample(self, figures: dict[str, Any]) -> None:
        self._probe = str(figures.get("prompt") or self._probe)
        _place(self._samples, Sample(*_at(figures), str(figures.get("text") or "")))

    def _step(self, figures: dict[str, Any]) -> None:
        point = _point(figures)
        if point is None:
            self._lossless.append(LossPoint(*_at(figures), math.nan))
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


def _until(iteration: int, points: list[_Placed]) -> list[_Placed]:
    return [point for point in points if point.iteration <= iteration]


def _place(points: list[_Placed], point: _Placed) -> None:
    """Add a point, in the place of one of the same iteration: what is begun anew measures the base model again."""
    if points and points[-1].iteration == point.iteration:
        points.pop()
    points.append(point)


def _point(figures: dict[str, Any]) -> LossPoint | None:
    """The loss that an event tells, or None where it is no number."""
    loss = figures.get("loss")
    if not isinstance(loss, int | float) or not math.isfinite(loss):
        return None
    return LossPoint(*_at(figures), float(loss))


def _at(figures: dict[str, Any]) -> tuple[int, float]:
    """The iteration and the passes of an event."""
    return int(figures.get("iteration", 0)), float(figures.get("passes", 0.0))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
