"""Care for the computer: a real run is paused under pressure and goes on after it. Only the pressure is made up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from job_running import wait_until
from tiny_model import build_tiny_model, write_snapshot

from curator.core.job import JobState
from curator.core.machine import Weight
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.core.snapshot import Snapshot
from curator.jobs import supervisor
from curator.jobs.pressure import Level, Pressure
from curator.services import care, training
from curator.services.workspace import Workspace

LONG = TrainSettings(passes=4000, learning_rate=1e-3, evals_per_pass=0.25, checkpoint_seconds=0.2)
GB = 10**9
WELL = Pressure(available=16 * GB)
SHORT_OF_MEMORY = Pressure(memory=Level.CRITICAL, available=GB // 5)
HOT = Pressure(heat=Level.CRITICAL, available=16 * GB, degrees=104.0)


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def workspace(library_folder: Path, tiny_model: Path) -> Iterator[Workspace]:
    ws = Workspace.open(library_folder)
    ws.shelf.add_folder(tiny_model)
    yield ws
    ws.close()
    for run in (library_folder / "runs").glob("*"):
        supervisor.kill(run)


class Watcher:
    """Looks at a made-up computer every two seconds of a made-up clock."""

    def __init__(self, ws: Workspace) -> None:
        self.ws, self.now = ws, 0.0

    def sees(self, pressure: Pressure, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now += 2.0
            care.watch(self.ws, lambda: pressure, lambda: self.now)


def begin(ws: Workspace, tmp_path: Path) -> Run:
    folder = write_snapshot(tmp_path / "snapshot")
    made = Snapshot(0, "First", "d1", str(folder), "tiny", 2048, 10, 3, 0, 900, "2026-11-22T00:00:00+00:00")
    run = training.train(ws, ws.library.add_snapshot(made, []).id, "tiny", LONG)
    until_steps(ws, run.id, 3)
    return run


def notes(ws: Workspace, run: Run) -> str:
    return " ".join(training.progress(ws, run.id).notes)


def until_steps(ws: Workspace, run: int, steps: int) -> None:
    wait_until(lambda: training.progress(ws, run).iteration > steps, f"step {steps}")
    until(ws, run, JobState.RUNNING)


def until(ws: Workspace, run: int, state: JobState) -> None:
    def is_so() -> bool:
        training.refresh(ws)
        return training.run(ws, run).state is state

    wait_until(is_so, f"run {run} being {state}")


def test_a_run_is_paused_when_memory_runs_out_and_goes_on_when_there_is_room_but_not_for_ever(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(care, "MOST_PAUSES", 2)  # of three: each costs a start of a worker
    run, watcher = begin(workspace, tmp_path), Watcher(workspace)
    watcher.sees(SHORT_OF_MEMORY, 2)
    watcher.sees(WELL, 2)
    watcher.sees(SHORT_OF_MEMORY, 4)
    assert supervisor.state(Path(run.path)) is JobState.RUNNING  # short peaks are nobody's business
    watcher.sees(SHORT_OF_MEMORY, 2)
    until(workspace, run.id, JobState.PAUSED)
    steps = training.progress(workspace, run.id).iteration
    paused = training.run(workspace, run.id)
    assert care.goes_on_by_itself(paused)
    assert "Paused by itself. Memory is nearly used up (0.2 GB are left)." in notes(workspace, run)
    assert [finding.weight for finding in care.strain()] == [Weight.STOP]
    with Workspace.open(workspace.folder) as other:
        later = Watcher(other)
        later.sees(WELL, care.CALM_SECONDS)
        assert training.run(other, run.id).state is JobState.PAUSED  # not a moment too early
        later.sees(WELL, 4)
    until_steps(workspace, run.id, steps)
    assert "There is room in memory again" in notes(workspace, run)
    watcher.sees(WELL, 2)
    assert care.strain() == ()
    watcher.sees(SHORT_OF_MEMORY, 8)
    until(workspace, run.id, JobState.PAUSED)
    assert "stays paused" in notes(workspace, run)
    assert not care.goes_on_by_itself(training.run(workspace, run.id))
    watcher.sees(WELL, 2 * care.CALM_SECONDS)
    assert training.run(workspace, run.id).state is JobState.PAUSED


def test_a_hot_computer_rests_and_a_run_that_the_person_resumes_is_theirs(workspace: Workspace, tmp_path: Path) -> None:
    run, watcher = begin(workspace, tmp_path), Watcher(workspace)
    watcher.sees(HOT, 8)
    until(workspace, run.id, JobState.PAUSED)
    assert "104 °C" in notes(workspace, run)
    steps = training.progress(workspace, run.id).iteration
    training.resume(workspace, run.id)
    until_steps(workspace, run.id, steps)
    watcher.sees(WELL, 2)
    training.pause(workspace, run.id)
    until(workspace, run.id, JobState.PAUSED)
    watcher.sees(WELL, 2 * care.CALM_SECONDS)
    assert training.run(workspace, run.id).state is JobState.PAUSED
    assert not care.goes_on_by_itself(training.run(workspace, run.id))


def test_without_a_run_nothing_is_looked_at(workspace: Workspace) -> None:
    def never() -> Pressure:
        raise AssertionError("nobody is at work")

    assert not care.watch(workspace, never)
    assert care.strain() == ()
