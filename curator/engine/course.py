"""The course of a training run: after every step it tells the loss, validates, keeps the best adapter, checkpoints."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlx_lm.tuner.callbacks import TrainingCallback

from curator.core.errors import JobError
from curator.core.settings import TrainSettings
from curator.engine.adapter import ADAPTER_FILE, weights
from curator.engine.batches import TrainingBatches
from curator.engine.checkpoint import Weights, random_key, save_checkpoint
from curator.engine.failures import NAN
from curator.engine.files import save_arrays
from curator.engine.loss import ResponseLoss
from curator.engine.optimizer import SafeAdamW
from curator.engine.pace import Pace
from curator.engine.plan import Plan
from curator.engine.probe import Probe
from curator.engine.standing import LAST_FILE, Standing
from curator.engine.stopping import StopRequest
from curator.engine.telling import NO_ROOM, Teller
from curator.engine.validation import validation_losses
from curator.tokens.template import Encoded

BETTER_BY = 1e-4
"""A validation loss counts as better when it is lower by this much, in nats."""
MAX_SKIPPED = 5
"""Updates in a row that may be skipped before the run is given up."""
CHECKPOINT_SHARE = 0.01
"""How much of the time checkpoints may take: where the disk is slow, they come less often than was asked for."""


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
        self.folder, self.model, self.optimizer = folder, model, optimizer
        self.plan, self.rows, self.valid, self.settings = plan, rows, valid, settings
        self.standing, self._teller, self._stop = standing, teller, stop
        self.batches = TrainingBatches(settings.seed, standing.iteration, stop.check, settings.accumulate)
        self.loss = loss or ResponseLoss(model)
        self.is_early = False
        self._probe, self._best = probe, best
        self._start, self._accumulate = standing.iteration, max(1, settings.accumulate)
        self._key = random_key()
        self._began = self._saved_at = self._step_at = time.monotonic()
        self._checkpoint_cost = 0.0
        self._skipped_before, self._unsound, self._tokens = 0, standing.unsound, standing.tokens
        self._is_finite = True  # each loss since the last update
        self._is_full = self._is_best_unsaved = False
        lengths = [len(row.ids) for row in rows]
        self.pace = Pace(plan, lengths, settings.seed, standing.iteration, [len(row.ids) for row in valid])

    def begin(self) -> None:
        """Do what is due where the run stands: at its beginning, measure the base model; after a stop that came
        between an update and its validation, that validation. May raise CourseOverError."""
        self._skipped_before = self.optimizer.skipped
        if self._best is not None:
            self._put_best()
        self._measure()
        self._end_if_over()
        self._began = self._saved_at = self._step_at = time.monotonic()

    def on_train_loss_report(self, train_info: dict[str, Any]) -> None:
        """After each step: tell it, and do what is due. May raise to end the training; the model is consistent."""
        iteration = self._start + int(train_info["iteration"])
        standing, is_update = self.standing, iteration % self._accumulate == 0
        current = self.batches.current
        self.pace.step(current, time.monotonic() - self._step_at)
        self._tokens += sum(len(self.rows[row].ids) for row in current)
        loss, skipped = float(train_info["train_loss"]), self.optimizer.skipped
        self._teller.emit(
            "train",
            iteration=iteration,
            passes=round(self.plan.passes(iteration), 4),
            loss=loss,
            learning_rate=float(train_info["learning_rate"]),
            tokens_per_second=round(self.pace.tokens_per_second, 2),
            tokens=self._tokens,
            memory_gb=round(float(train_info["peak_memory"]), 3),
            seconds_left=self.pace.seconds_left(
                iteration, self._checkpoint_seconds(), self.settings.segment_minutes * 60
            ),
            grad_norm=self.optimizer.gradient_norm,
            skipped=skipped,
        )
        self._is_finite = self._is_finite and math.isfinite(loss)
        if is_update:
            self._refuse_nonsense(iteration, skipped)
            standing.iteration, standing.passes = iteration, round(self.plan.passes(iteration), 4)
            standing.tokens, standing.unsound = self._tokens, self._unsound
            self._key = random_key()
            self._measure()
            self._end_if_over()
            self._save_if_due()
        self._step_at = time.monotonic()

    def checkpoint(self) -> None:
        """Save everything that going on needs, as of the last update. Raises OSError where there is no room."""
        began = time.monotonic()
        if self._is_best_unsaved:
            self._write_best()
        if self.standing.best_loss is None and self.standing.iteration > 0:
            save_arrays(self.folder / ADAPTER_FILE, weights(self.model))  # nothing was measured yet, or can be
            self.standing.is_adapter_kept = True
        self._teller.settle()
        save_checkpoint(self.folder, self.model, self.optimizer, self.standing, self._key, self._best)
        self._teller.emit("checkpoint", iteration=self.standing.iteration)
        self._saved_at = time.monotonic()
        self._checkpoint_cost = self._saved_at - began
        self.pace.saved(self._checkpoint_cost)

    def finish(self) -> None:
        """Leave the best adapter on disk, without validation rows the last one, and beside it the last one."""
        standing = self.standing
        if standing.iteration > 0:
            save_arrays(self.folder / LAST_FILE, weights(self.model))
        if standing.best_loss is None:
            save_arrays(self.folder / ADAPTER_FILE, weights(self.model))
            standing.is_adapter_kept = True
        elif self._is_best_unsaved:
            self._write_best()

    def figures(self) -> dict[str, Any]:
        """What the last event says of the whole run."""
        figures = self.standing.figures()
        if self.is_early:
            figures["message"] = "It stopped by itself: validation did not become better any more."
        return figures

    def _measure(self) -> None:
        """Validate and ask the probe, where that is due after the last update and not done yet."""
        standing = self.standing
        iteration = standing.iteration
        if iteration != 0 and not self.plan.is_evaluation(iteration):
            return
        if self.valid and standing.evaluated < iteration:
            self._validate(iteration)
        if self._probe is not None and standing.sampled < iteration:
            began = time.monotonic()
            text = self._probe.answer(self._stop)
            self.pace.probed(time.monotonic() - began)
            standing.sampled = iteration
            self._teller.emit(
                "sample", iteration=iteration, passes=standing.passes, prompt=self._probe.prompt, text=text
            )

    def _validate(self, iteration: int) -> None:
        began, standing = time.monotonic(), self.standing
        found = validation_losses(self.model, self.loss, self.valid, self.plan.batch_size, self._stop.check)
        self.pace.validated(time.monotonic() - began)
        loss, best = found.mean, standing.best_loss
        is_better = iteration > 0 and math.isfinite(loss) and (best is None or loss < best - BETTER_BY)
        standing.evaluated, standing.last_valid = iteration, loss
        if iteration == 0:
            standing.first_valid = loss
        elif is_better:
            standing.best_loss, standing.best_iteration, standing.best_passes = loss, iteration, standing.passes
            standing.evaluations_without_better = 0
            self._best = weights(self.model)
            self._put_best()
        else:
            standing.evaluations_without_better += 1
        self._teller.emit(
            "valid", iteration=iteration, passes=standing.passes, loss=loss, best=is_better, tags=found.tags
        )

    def _end_if_over(self) -> None:
        standing, patience = self.standing, self.settings.patience
        is_through = standing.iteration >= self.plan.iterations
        if patience and standing.evaluations_without_better >= patience and not is_through:
            self.is_early = True
            raise CourseOverError
        if is_through:
            raise CourseOverError

    def _save_if_due(self) -> None:
        now, segment = time.monotonic(), self.settings.segment_minutes * 60
        is_segment_over = segment > 0 and now - self._began >= segment
        if not is_segment_over and now - self._saved_at < self._checkpoint_seconds():
            return
        if not self._keep(self.checkpoint):
            self._saved_at = self._began = now  # later again
        elif is_segment_over:
            raise SegmentOverError

    def _checkpoint_seconds(self) -> float:
        wanted = self.settings.checkpoint_seconds
        return max(wanted, self._checkpoint_cost / CHECKPOINT_SHARE) if wanted >= 1 else wanted

    def _put_best(self) -> None:
        self._is_best_unsaved = True
        self._keep(self._write_best)

    def _write_best(self) -> None:
        save_arrays(self.folder / ADAPTER_FILE, self._best or {})
        self.standing.is_adapter_kept, self._is_best_unsaved = True, False

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
        self._is_full = False
        return True

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
