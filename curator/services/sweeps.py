"""Sweeps: one thing varied over several runs, which wait for one another in the queue and share one picture."""

from __future__ import annotations

from collections.abc import Sequence

from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.services.workspace import Workspace


def over_models(
    ws: Workspace,
    rows_from: int,
    models: Sequence[str],
    settings: TrainSettings | None = None,
    name: str = "",
    runtime: str = "",
) -> list[Run]:
    """Train the rows of snapshot `rows_from` on each of these base models. Another model means a snapshot of its own,
    frozen from the same rows and splits, since every tokenizer counts differently. Raises CuratorError before anything
    is started."""
    raise NotImplementedError


def over_rates(
    ws: Workspace,
    snapshot_id: int,
    model: str,
    settings: TrainSettings,
    rates: Sequence[float],
    name: str = "",
    runtime: str = "",
) -> list[Run]:
    """Train one snapshot at each of these learning rates."""
    raise NotImplementedError


def over_seeds(
    ws: Workspace,
    snapshot_id: int,
    model: str,
    settings: TrainSettings,
    seeds: Sequence[int],
    name: str = "",
    runtime: str = "",
) -> list[Run]:
    """Train one snapshot with each of these seeds: how much of a difference is chance."""
    raise NotImplementedError


def without_rows(
    ws: Workspace,
    snapshot_id: int,
    model: str,
    settings: TrainSettings,
    rows: Sequence[int],
    name: str = "",
    runtime: str = "",
) -> list[Run]:
    """Train a snapshot as it is, and once more without these of its rows. Both are checked on the same rows."""
    raise NotImplementedError


def picture(ws: Workspace, sweep: str) -> list[tuple[str, RunProgress, Run]]:
    """(variant, progress, run) of every run of a sweep outside the trash, in the order of asking."""
    raise NotImplementedError
