"""The course of a training run: after every step it tells the loss, validates, keeps the best adapter, checkpoints."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from mlx_lm.tuner.callbacks import TrainingCallback
from mlx_lm.tuner.trainer import evaluate

from curator.core.errors import JobError
from curator.core.settings import TrainSettings
from curator.engine.adapter import save_adapter
from curator.engine.batches import TrainingBatches, ValidationBatches, padded, padded_tokens
from curator.engine.checkpoint import Standing, random_key, save_checkpoint
from curator.engine.loss import ResponseLoss
from curator.engine.optimizer import SafeAdamW
from curator.engine.plan import Plan
from curator.engine.stopping import StopRequest
from curator.engine.telling import Teller
from curator.tokens.template import Encoded

BETTER_BY = 1e-4
"""A validation loss counts as better when it is lower by this much, in nats."""
MAX_SKIPPED = 5
"""Updates in a row that may be skipped before the run is given up."""


class LearnedEnoughError(Exception):
    """Ends the training early: validation has not become better for as many evaluations as the settings allow."""


class DivergedError(JobError):
    """The loss or its gradients are no numbers any more; `figures` tell how far the run came."""

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
    ) -> None:
        self.folder, self.model, self.optimizer = folder, model, optimizer
        self.plan, self.rows, self.valid, self.settings = plan, rows, valid, settings
        self.standing, self._teller, self._stop = standing, teller, stop
        self.batches = TrainingBatches(settings.seed, standing.iteration, self._before_step)
        self.loss = ResponseLoss(model)
        self.is_early = False
        self._start = standing.iteration
        self._key = random_key()
        self._saved_at = self._step_at = time.monotonic()
        self._skipped_before, self._skipped_in_a_row = 0, 0
        self._pace = _Pace(plan, padded_tokens([len(row.ids) for row in rows], plan.batch_size))

    def begin(self) -> None:
        """Measure where the base model stands, unless the run goes on from a checkpoint."""
        self._skipped_before = self.optimizer.skipped
        if self.standing.iteration == 0:
            self._validate(0)

    def on_train_loss_report(self, train_info: dict[str, Any]) -> None:
        """After each step: tell it, and do what is due. May raise to end the training; the model is consistent."""
        iteration = self._start + int(train_info["iteration"])
        seconds = time.monotonic() - self._step_at
        standing, is_update = self.standing, iteration % max(1, self.settings.accumulate) == 0
        lengths = [len(self.rows[row].ids) for row in self.batches.current]
        standing.tokens += sum(lengths)
        self._pace.step(sum(lengths), max(map(padded, lengths)) * len(lengths), seconds)
        loss = float(train_info["train_loss"])
        skipped = self.optimizer.skipped
        self._teller.emit(
            "train",
            iteration=iteration,
            passes=round(self.plan.passes(iteration), 4),
            loss=loss,
            learning_rate=float(train_info["learning_rate"]),
            tokens_per_second=round(self._pace.tokens_per_second, 2),
            tokens=standing.tokens,
            memory_gb=round(float(train_info["peak_memory"]), 3),
            seconds_left=self._pace.seconds_left(iteration, bool(self.valid)),
            grad_norm=self.optimizer.gradient_norm,
            skipped=skipped,
        )
        self._refuse_nonsense(iteration, loss, skipped)
        if not is_update:
            return
        standing.iteration = iteration
        self._key = random_key()
        if self.valid and self.plan.is_evaluation(iteration):
            self._validate(iteration)
        if time.monotonic() - self._saved_at >= self.settings.checkpoint_seconds:
            self.checkpoint()
        if self.settings.patience and standing.evaluations_without_better >= self.settings.patience:
            self.is_early = True
            raise LearnedEnoughError

    def checkpoint(self) -> None:
        """Save everything that going on needs, as of the last update."""
        save_checkpoint(self.folder, self.model, self.optimizer, self.standing, self._key)
        if self.standing.best_loss is None and self.standing.iteration > 0:
            save_adapter(self.model, self.folder)  # nothing was measured yet, or nothing can be
            self.standing.is_adapter_kept = True
        self._saved_at = time.monotonic()
        self._teller.emit("checkpoint", iteration=self.standing.iteration)

    def finish(self) -> None:
        """Leave the best adapter on disk; without validation rows, the last one."""
        standing = self.standing
        if standing.best_loss is None:
            save_adapter(self.model, self.folder)
            standing.is_adapter_kept = True
        elif standing.first_valid is not None and standing.best_loss > standing.first_valid:
            self._teller.note(
                "Validation never became better than the base model's own. Try a lower learning rate or more rows."
            )

    def figures(self) -> dict[str, Any]:
        """What the last event says of the whole run."""
        standing = self.standing
        figures: dict[str, Any] = {
            "iteration": standing.iteration,
            "passes": round(self.plan.passes(standing.iteration), 4),
            "best_loss": standing.best_loss,
            "best_passes": round(self.plan.passes(standing.best_iteration), 4),
            "first_valid": standing.first_valid,
            "last_valid": standing.last_valid,
            "tokens": standing.tokens,
            "adapter": standing.is_adapter_kept,
        }
        if self.is_early:
            figures["message"] = "It stopped by itself: validation did not become better any more."
        return figures

    def _before_step(self) -> None:
        self._stop.check()
        self._step_at = time.monotonic()

    def _validate(self, iteration: int) -> None:
        if not self.valid:
            return
        began = time.monotonic()
        loss = validation_loss(self.model, self.loss, self.valid, self.plan.batch_size, self._stop)
        self._pace.validation_seconds = time.monotonic() - began
        standing = self.standing
        standing.last_valid = loss
        if iteration == 0:
            standing.first_valid = loss
        is_better = (
            iteration > 0
            and math.isfinite(loss)
            and (standing.best_loss is None or loss < standing.best_loss - BETTER_BY)
        )
        if is_better:
            save_adapter(self.model, self.folder)
            standing.best_loss, standing.best_iteration = loss, iteration
            standing.evaluations_without_better, standing.is_adapter_kept = 0, True
        elif iteration > 0:
            standing.evaluations_without_better += 1
        passes = round(self.plan.passes(iteration), 4)
        self._teller.emit("valid", iteration=iteration, passes=passes, loss=loss, best=is_better)

    def _refuse_nonsense(self, iteration: int, loss: float, skipped: int) -> None:
        is_sound = math.isfinite(loss) and skipped == self._skipped_before
        self._skipped_in_a_row = 0 if is_sound else self._skipped_in_a_row + 1
        self._skipped_before = skipped
        if self._skipped_in_a_row >= MAX_SKIPPED:
            kept = "The best adapter before that is kept. " if self.standing.is_adapter_kept else ""
            raise DivergedError(
                f"The loss is no number any more since iteration {iteration - MAX_SKIPPED + 1}.",
                f"{kept}Try half the learning rate, or a lower scale.",
                self.figures(),
            )


def validation_loss(
    model: Any, loss: ResponseLoss, rows: list[Encoded], batch_size: int, stop: StopRequest | None = None
) -> float:
    """Mean loss over all target tokens of all rows, without dropout. Leaves the model ready to be trained."""
    batches = ValidationBatches(stop.check if stop is not None else None)
    mean = evaluate(model, rows, batch_size, -1, loss=loss, iterate_batches=batches)
    model.train()
    return float(mean)


class _Pace:
    """How fast it goes, and how long it will take: from the steps so far, the first (which compiles) left aside."""

    def __init__(self, plan: Plan, positions_per_pass: int) -> None:
        self._plan = plan
        self._per_iteration = positions_per_pass / plan.per_pass
        self._steps = 0
        self._seconds_per_position = 0.0
        self._recent: list[tuple[int, float]] = []
        self.validation_seconds = 0.0

    @property
    def tokens_per_second(self) -> float:
        """Real tokens (prompt and response, no padding) trained per second over the last steps."""
        seconds = sum(s for _, s in self._recent)
        return sum(t for t, _ in self._recent) / seconds if seconds else 0.0

    def step(self, tokens: int, positions: int, seconds: float) -> None:
        """Take note of a step."""
        self._steps += 1
        if self._steps == 2:
            self._recent.clear()
        self._recent = [*self._recent[-19:], (tokens, seconds)]
        per_position = seconds / positions
        weight = 1.0 if self._steps <= 2 else 0.1
        self._seconds_per_position += weight * (per_position - self._seconds_per_position)

    def seconds_left(self, iteration: int, has_validation: bool) -> float | None:
        """Seconds to the end; None before the second step, since the first says nothing."""
        if self._steps < 2:
            return None
        steps = (self._plan.iterations - iteration) * self._per_iteration * self._seconds_per_position
        checks = self._plan.evaluations_left(iteration) * self.validation_seconds if has_validation else 0.0
        return round(steps + checks, 1)
