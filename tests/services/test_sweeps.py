"""A sweep is one row of runs that differ in one thing, wait for one another, and make one picture."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from row_workspaces import store_sessions
from tiny_model import build_tiny_model
from tiny_training import LONG, SHORT, training_workspace, until

from curator.core.errors import CuratorError, DatasetError, JobError
from curator.core.job import JobState
from curator.core.snapshot import Snapshot, Split
from curator.datasets.frozen import read_frozen
from curator.jobs.folder import read_job
from curator.services import datasets, queue, sweeps, training
from curator.services.workspace import Workspace

PAIRS = [[(f"question {s}.{n}?", f"answer {s}.{n}") for n in range(2)] for s in range(8)]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("models")
    return build_tiny_model(folder / "tiny"), build_tiny_model(folder / "other", "qwen2", vocab_size=300)


@pytest.fixture
def ws(library_folder: Path, models: tuple[Path, Path]) -> Iterator[Workspace]:
    with training_workspace(library_folder, *models) as opened:
        store_sessions(opened, PAIRS)
        yield opened


@pytest.fixture
def snapshot(ws: Workspace) -> Snapshot:
    return datasets.freeze(ws, "tiny", 64, "First")


@pytest.fixture
def is_busy(ws: Workspace, snapshot: Snapshot) -> None:
    """Another run has the computer, so that a sweep waits whole."""
    training.train(ws, snapshot.id, "tiny", LONG, name="before")


@pytest.mark.usefixtures("is_busy")
def test_rates_and_seeds_differ_in_nothing_else(ws: Workspace, snapshot: Snapshot) -> None:
    rates = sweeps.over_rates(ws, snapshot.id, "tiny", SHORT, [4e-4, 1e-4], preset="quick")
    assert [run.preset for run in rates] == ["quick", "quick"]
    assert [run.variant for run in rates] == ["rate 1e-4", "rate 4e-4"]
    assert [replace(run.settings, learning_rate=0) for run in rates] == [
        replace(rates[0].settings, learning_rate=0)
    ] * 2
    again = sweeps.over_rates(ws, snapshot.id, "tiny", SHORT, [4e-4, 1e-4])
    assert (rates[0].sweep, again[0].sweep) == ("First · learning rates", "First · learning rates 2")
    seeds = sweeps.over_seeds(ws, snapshot.id, "tiny", SHORT, [1, 2, 3], "Is it chance?", report_to=["tensorboard"])
    assert [read_job(Path(run.path))["report_to"] for run in seeds] == [["tensorboard"]] * 3
    assert [(run.sweep, run.variant, run.settings.seed) for run in seeds] == [
        ("Is it chance?", f"seed {seed}", seed) for seed in (1, 2, 3)
    ]
    assert [run.id for run in queue.waiting(ws)] == [run.id for run in [*rates, *again, *seeds]]
    assert sweeps.names(ws) == ["Is it chance?", "First · learning rates 2", "First · learning rates"]
    for values in ([1e-4], [1e-4, 1e-4]):
        with pytest.raises(JobError):
            sweeps.over_rates(ws, snapshot.id, "tiny", SHORT, values)


@pytest.mark.usefixtures("is_busy")
def test_leaving_rows_out_leaves_those_alone_that_check(ws: Workspace, snapshot: Snapshot) -> None:
    frozen = read_frozen(Path(snapshot.path))
    trained = [one.row.id for one in frozen if one.split is Split.TRAIN]
    held = [one.row.id for one in frozen if one.split is Split.VALID]
    whole, less = sweeps.without_rows(ws, snapshot.id, "tiny", SHORT, [*trained[:2], *held])
    assert (whole.variant, less.variant, whole.snapshot) == ("all rows", "without 2 rows", snapshot.id)
    kept = datasets.snapshot(ws, less.snapshot)
    assert (kept.train, kept.valid, less.rows) == (snapshot.train - 2, snapshot.valid, snapshot.train - 2)
    with pytest.raises(DatasetError, match="None of these rows is trained"):
        sweeps.without_rows(ws, snapshot.id, "tiny", SHORT, held)


def test_the_same_rows_are_trained_on_each_base_model_and_make_one_picture(ws: Workspace, snapshot: Snapshot) -> None:
    with pytest.raises(CuratorError):
        sweeps.over_models(ws, snapshot.id, ["tiny", "no such model"])
    assert training.runs(ws) == []
    runs = sweeps.over_models(ws, snapshot.id, ["tiny", "other"], SHORT)
    assert [run.model for run in runs] == ["tiny", "other"] and runs[0].snapshot == snapshot.id
    other = datasets.snapshot(ws, runs[1].snapshot)
    assert (other.model, other.digest, other.max_tokens >= snapshot.max_tokens) == ("other", snapshot.digest, True)
    until(ws, runs[1].id, JobState.DONE)
    picture = sweeps.picture(ws, runs[0].sweep)
    assert [(variant, run.id) for variant, _, run in picture] == [(run.variant, run.id) for run in runs]
    assert all(progress.valid[-1].loss < progress.valid[0].loss for _, progress, _ in picture)
    orders = [json.loads((Path(run.path) / "job.json").read_text(encoding="utf-8")) for run in runs]
    assert [Path(order["model"]).name for order in orders] == ["tiny", "other"]


def test_a_member_that_cannot_begin_keeps_none_of_the_others_from_their_place(
    ws: Workspace, snapshot: Snapshot
) -> None:
    """The folder of the first cannot be made: there is a file where it would be."""
    (ws.library.folder / "runs" / "1-first-seeds-seed-1").write_text("in the way")
    failed, begun, waiting = sweeps.over_seeds(ws, snapshot.id, "tiny", LONG, [1, 2, 3])
    assert (failed.state, waiting.state) == (JobState.FAILED, JobState.QUEUED) and begun.state in queue.AT_WORK
    assert failed.message.startswith("The run's folder cannot be written")
    os.utime(failed.path, (0, 0))  # long after that, too
    told = training.progress(ws, failed.id)
    assert (told.state, told.message) == (JobState.FAILED, failed.message)
    assert [run.variant for run in (failed, begun, waiting)] == ["seed 1", "seed 2", "seed 3"]


def test_a_sweep_of_which_nothing_can_begin_says_why(ws: Workspace, snapshot: Snapshot) -> None:
    for run in (1, 2):
        (ws.library.folder / "runs" / f"{run}-first-seeds-seed-{run}").write_text("in the way")
    with pytest.raises(CuratorError):
        sweeps.over_seeds(ws, snapshot.id, "tiny", SHORT, [1, 2])
    assert [run.state for run in training.runs(ws)] == [JobState.FAILED] * 2
