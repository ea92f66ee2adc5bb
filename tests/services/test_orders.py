"""What a run's order says of its place, and what is offered when memory did not suffice."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tiny_model import build_tiny_model
from tiny_training import LONG, SHORT, add_snapshot, training_workspace, until

from curator.core.errors import JobError, NotFoundError
from curator.core.job import JobState
from curator.core.machine import RuntimeKind, RuntimeSpec
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.jobs.claim import claim
from curator.jobs.folder import append_event, read_job, write_job
from curator.services import orders, runtimes, training
from curator.services.workspace import Workspace


@pytest.fixture
def ws(library_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    with training_workspace(library_folder, build_tiny_model(tmp_path / "tiny")) as opened:
        yield opened


def ended(ws: Workspace, settings: TrainSettings, kind: str, **figures: Any) -> int:
    """A run whose folder tells this end."""
    run = ws.library.add_run(Run(0, "x", 1, "tiny", "", settings, JobState.FAILED, "", "2026-11-22T00:00:00+00:00"))
    write_job(Path(run.path), {"kind": "train", "settings": asdict(settings)})
    append_event(Path(run.path), kind, **figures)
    return run.id


@pytest.mark.parametrize("kind", ["failed", "interrupted"])
def test_smaller_settings_are_what_the_worker_offered(ws: Workspace, kind: str) -> None:
    offer = {"batch_size": 1, "accumulate": 4, "from_the_future": True}
    run = ended(ws, TrainSettings(is_sparing=True), kind, cause="memory", offer=offer)
    assert training.smaller(ws, run) == TrainSettings(is_sparing=True, batch_size=1, accumulate=4)


def test_nothing_is_offered_where_the_worker_had_no_offer_or_memory_was_not_the_cause(ws: Workspace) -> None:
    assert training.smaller(ws, ended(ws, TrainSettings(), "failed", cause="memory", offer=None)) is None
    assert training.smaller(ws, ended(ws, TrainSettings(), "failed", cause="nan", offer={"batch_size": 1})) is None
    assert training.smaller(ws, ended(ws, TrainSettings(), "done")) is None


def test_a_run_can_go_on_at_another_place(ws: Workspace, tmp_path: Path) -> None:
    snapshot = add_snapshot(ws, tmp_path / "snapshot")
    with pytest.raises(NotFoundError, match="no place to train"):
        training.train(ws, snapshot.id, "tiny", SHORT, runtime="the moon")
    assert training.runs(ws) == []
    runtimes.add(ws, RuntimeSpec("other", RuntimeKind.PYTHON, python=sys.executable))
    before = date.today()
    run = training.train(ws, snapshot.id, "tiny", replace(SHORT, passes=300), runtime="other")
    order = read_job(Path(run.path))
    assert order["runtime"]["python"] == sys.executable and before <= date.fromisoformat(order["day"]) <= date.today()
    training.pause(ws, run.id)
    until(ws, run.id, JobState.PAUSED)
    resumed = training.resume(ws, run.id, runtime="")
    assert resumed.runtime == "" and "runtime" not in read_job(Path(run.path))
    training.stop(ws, run.id)
    until(ws, run.id, JobState.STOPPED)
    with pytest.raises(NotFoundError):
        orders.send_to(ws, resumed, "the moon")


def test_who_comes_second_to_resume_a_run_leaves_the_record_of_the_first(ws: Workspace, tmp_path: Path) -> None:
    snapshot = add_snapshot(ws, tmp_path / "snapshot")
    run = training.train(ws, snapshot.id, "tiny", LONG)
    until(ws, run.id, JobState.RUNNING)
    with pytest.raises(JobError, match="already running"):
        orders.begin(ws, training.run(ws, run.id))  # a window that had seen it paused, a moment ago
    assert training.run(ws, run.id).state is JobState.RUNNING
    training.stop(ws, run.id)
    until(ws, run.id, JobState.STOPPED)


def test_a_run_that_is_just_being_started_is_not_deleted(ws: Workspace) -> None:
    run_id = ended(ws, TrainSettings(), "paused")
    folder = Path(training.run(ws, run_id).path)
    starter = claim(folder)
    assert starter is not None
    append_event(folder, "starting")  # nobody has signed yet
    with pytest.raises(JobError, match="still at work"):
        training.delete(ws, run_id)
    os.close(starter)  # it died
    training.delete(ws, run_id)
    assert not folder.exists()
