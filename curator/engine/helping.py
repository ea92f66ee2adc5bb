"""What every rank but the first does in a run that several train together: see `distributed`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlx_lm.tuner import trainer

from curator.engine.batches import TrainingBatches
from curator.engine.stopping import StopRequest
from curator.engine.telling import Teller
from curator.engine.train import set_up, training_args


def help_job(folder: Path, job: dict[str, Any], teller: Teller, stop: StopRequest) -> dict[str, Any]:
    """Compute gradients for the first rank until it ends this process."""
    course = set_up(folder, job, teller, stop)
    standing, settings = course.standing, course.settings
    trainer.train(
        course.model,
        course.optimizer,
        course.rows,
        None,
        training_args(course),
        loss=course.loss,
        iterate_batches=TrainingBatches(settings.seed, standing.iteration, None, settings.accumulate),
    )
    return {}
