"""Figures of runs as a table that any program reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from curator.services import training
from curator.services.workspace import Workspace

COLUMNS = (
    "run",
    "name",
    "kind",
    "tag",
    "iteration",
    "passes",
    "loss",
    "learning_rate",
    "gradient_norm",
    "tokens_per_second",
    "memory_gb",
)
"""One line for each training step ("train") and each validation ("valid", of all rows or of those with a tag).
Losses are mean nats a response token, memory is in 10⁹ bytes."""


def csv_of(ws: Workspace, run_ids: Sequence[int]) -> str:
    """The figures of steps and validations of these runs as CSV with a heading. Raises NotFoundError."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for run_id in run_ids:
        name = training.run(ws, run_id).name
        told = training.progress(ws, run_id)
        for step in told.train:
            figures = (step.learning_rate, step.gradient_norm, step.tokens_per_second, step.memory_gb)
            table.writerow((run_id, name, "train", "", step.iteration, step.passes, step.loss, *figures))
        for point in told.valid:
            table.writerow((run_id, name, "valid", "", point.iteration, point.passes, point.loss, "", "", "", ""))
        for tag, points in told.tags.items():
            for point in points:
                table.writerow((run_id, name, "valid", tag, point.iteration, point.passes, point.loss, "", "", "", ""))
    return text.getvalue()
