"""The course of a training run: after every step it tells the loss, measures, saves, and ends where it is time."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from mlx_lm.tuner.callbacks import TrainingCallback

from curator.core.errors import JobError
from curator.core.settings import TrainSettings
from curator.engine.batches import TrainingBatches
from curator.engine.checkpoint import Weights
from curator.engine.failures import NAN
from curator.engine.keeping import Keeping
from curator.engine.loss import ResponseLoss
from curator.engine.measuring import Measuring
from curator.engine.optimizer import SafeAdamW
from curator.engine.pace import Pace
from curator.engine.plan import Plan
from curator.engine.probe import Probe
from curator.engine.standing import Standing
from curator.engine.stopping import StopRequest
from curator.engine.telling import Teller
from curator.tokens.template import Encoded

MAX_SKIPPED = 5
"""Updates in a row that may be skipped before the run is given up."""
LEFT_EVERY = 5.0
"""Seconds from one word about the time left to the next, while something takes long."""


class CourseOverError(Exception):
    """Ends the training: it is through, or has learned enough. mlx-lm's own end would save once more, and unsafely."""


class SegmentOverError(Exception):
    """Ends this process's part of the training; a fresh one goes on."""


class DivergedError(JobError):
    """The loss or its gradients are no numbers any more; `figures` tell how far the run came."""

    cause = NAN

    def __init__(self, message: str, hint: str, figures: dict[str, Any]) -> None:
        super().__init__(message, hint)
        self.figures = figures


class Course(TrainingCallback):  # type: ignore[misc]  # mlx-lm brings no types along
    """One run from its present standing to its end; `mlx_lm.tuner.trainer.train` calls it after every step."""

    def __init__(
        self,
        folder: Path,
        model: Any,
        optimizer: SafeAdamW,
        plan: Plan,
        rows: list[Encoded],
        valid: list[Encoded],
        settings: TrainSettings,
        standing: Standing,
        teller: Teller,
        stop: StopRequest,
        loss: ResponseLoss | None = None,
        probe: Probe | None = None,
        best: Weights | None = None,
    ) -> None:
        self.model, self.optimizer = model, optimizer
        self.plan, self.rows, self.settings, self.standing = plan, rows, settings, standing
        self._teller, self._stop = teller, stop
        self.batches = TrainingBatches(settings.seed, standing.iteration, stop.check, settings.accumulate)
        self.loss = loss or ResponseLoss(model)
        self.is_early = False
        self._start, self._accumulate = standing.iteration, max(1, settings.accumulate)
        self._skipped_before, self._unsound, self._tokens = 0, standing.unsound, standing.tokens
        self._is_finite = True  # each loss since the last update
        lengths, of_valid = [len(row.ids) for row in rows], [len(row.ids) for row in valid]
        self.pace = Pace(plan, lengths, settings.seed, standing.iteration, of_valid, standing.pace)
        self.keeping = Keeping(folder, model, optimizer, standing, teller, settings.checkpoint_seconds, best)
        self._measuring = Measuring(
            model, self.loss, valid, probe, plan, standing, self.pace, self.keeping, teller, self._between
        )
        self._left: float | None = None
        self._began = self._step_at = self._left_at = time.monotonic()

    def begin(self) -> None:
        """Do what is due where the run stands: at its beginning, measure the base model; after a stop that came
        between an update and its validation, that validation. May raise CourseOverError."""
        self._skipped_before = self.optimizer.skipped
        self._began = time.monotonic()
        self._reckon_left(self._start)
        self._tell_left()
        self.keeping.begin()
        self._measuring.measure()
        self._end_if_over()
        self._began = self._step_at = time.monotonic()

    def on_train_loss_report(self, train_info: dict[str, Any]) -> None:
        """After each step: tell it, and do what is due. May raise to end the training; the model is consistent."""
        iteration = self._start + int(train_info["iteration"])
        current = self.batches.current
        self.pace.step(current, time.monotonic() - self._step_at)
        self._tokens += sum(len(self.rows[row].ids) for row in current)
        loss, skipped = float(train_info["train_loss"]), self.optimizer.skipped
        self._reckon_left(iteration)
        self._teller.emit(
            "train",
            iteration=iteration,
            passes=round(self.plan.passes(iteration), 4),
            loss=loss,
            learning_rate=float(train_info["learning_rate"]),
            tokens_per_second=round(self.pace.tokens_per_second, 2),
            tokens=self._tokens,
            memory_gb=round(float(train_info["peak_memory"]), 3),
            seconds_left=self._left,
            grad_norm=self.optimizer.gradient_norm,
            skipped=skipped,
        )
        self._is_finite = self._is_finite and math.isfinite(loss)
        if iteration % self._accumulate == 0:
            self._updated(iteration, skipped)
        self._step_at = time.monotonic()

    def figures(self) -> dict[str, Any]:
        """What the last event says of the whole run."""
        figures = self.standing.figures()
        if self.is_early:
            figures["message"] = "It stopped by itself: validation did not become better any more."
        return figures

    def _updated(self, iteration: int, skipped: int) -> None:
        """After an update: what is due between it and the next."""
        standing = self.standing
        self._refuse_nonsense(iteration, skipped)
        standing.iteration, standing.passes = iteration, round(self.plan.passes(iteration), 4)
        standing.tokens, standing.unsound, standing.pace = self._tokens, self._unsound, self.pace.known
        self.keeping.updated()
        self._measuring.measure()
        self._end_if_over()
        self._save_if_due()

    def _end_if_over(self) -> None:
        standing, patience = self.standing, self.settings.patience
        is_through = standing.iteration >= self.plan.iterations
        if patience and standing.evaluations_without_better >= patience and not is_through:
            self.is_early = True
            raise CourseOverError
        if is_through:
            raise CourseOverError

    def _save_if_due(self) -> None:
        segment = self.settings.segment_minutes * 60
        is_segment_over = segment > 0 and time.monotonic() - self._began >= segment
        if not is_segment_over and not self.keeping.is_due:
            return
        if not self.keeping.try_checkpoint():
            self._began = time.monotonic()
            return
        self.pace.saved(self.keeping.cost)
        if is_segment_over:
            raise SegmentOverError

    def _between(self) -> None:
        """Now and then while validation or an answer takes its time: stop on request, and let the time left run."""
        self._stop.check()
        if time.monotonic() - self._left_at >= LEFT_EVERY:
            self._tell_left()

    def _reckon_left(self, iteration: int) -> None:
        segment = self.settings.segment_minutes * 60
        self._left = self.pace.seconds_left(iteration, self.keeping.every, segment)
        self._reckoned_at = self._left_at = time.monotonic()

    def _tell_left(self) -> None:
        self._left_at = time.monotonic()
        if self._left is not None:
            left = max(0.0, self._left - (self._left_at - self._reckoned_at))
            self._teller.emit("left", seconds_left=round(left, 1))

    def _refuse_nonsense(self, iteration: int, skipped: int) -> None:
        """Give up after an update that was one too many of those that taught nothing."""
        is_sound = self._is_finite and skipped == self._skipped_before
        self._unsound = 0 if is_sound else self._unsound + 1
        self._skipped_before, self._is_finite = skipped, True
        if self._unsound >= MAX_SKIPPED:
            since = iteration - MAX_SKIPPED * self._accumulate + 1
            kept = "The best adapter before that is kept. " if self.standing.is_adapter_kept else ""
            raise DivergedError(
                f"The loss or its gradients are no numbers any more since iteration {since}.",
                f"{kept}Try half the learning rate, or a lower scale.",
                self.figures(),
            )
