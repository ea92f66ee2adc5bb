"""Care for the computer: runs are paused under pressure and go on after it, one of them with a real worker. The
pressure is made up."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from crowd import crowded, only_linux_tells, work_for
from job_running import wait_until
from tiny_model import build_tiny_model
from tiny_training import LONG, add_snapshot, training_workspace

from curator.core.job import JobState
from curator.core.machine import RuntimeKind, RuntimeSpec, Weight
from curator.core.run import Run
from curator.jobs import supervisor
from curator.jobs.folder import append_event, write_job
from curator.jobs.pressure import Level, Pressure
from curator.jobs.runtimes import to_order
from curator.jobs.signature import sign_for
from curator.services import care, runtimes, training
from curator.services.workspace import Workspace

GB = 10**9
WELL = Pressure(available=16 * GB)
SHORT_OF_MEMORY = Pressure(memory=Level.CRITICAL, available=GB // 5)
HOT = Pressure(heat=Level.CRITICAL, available=16 * GB, degrees=104.0)


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def workspace(library_folder: Path, tiny_model: Path) -> Iterator[Workspace]:
    with training_workspace(library_folder, tiny_model) as opened:
        yield opened


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
    run = training.train(ws, add_snapshot(ws, tmp_path / "snapshot").id, "tiny", LONG)
    until_steps(ws, run.id, 3)
    return run


def notes(ws: Workspace, run: Run) -> str:
    return " ".join(training.progress(ws, run.id).notes)


def strained() -> dict[str, Weight]:
    """What is strained but the processor, which other programs may keep busy just now."""
    return {finding.subject: finding.weight for finding in care.strain() if finding.subject != "processor"}


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
    assert care.turn_of(paused) == "It goes on by itself when there is room."
    assert care.why_paused(paused) == "Paused by itself: memory was nearly used up."
    assert "Paused by itself. Memory is nearly used up (0.2 GB are left)." in notes(workspace, run)
    assert strained() == {"memory": Weight.STOP}
    with Workspace.open(workspace.folder) as other:
        later = Watcher(other)
        later.sees(WELL, care.CALM_SECONDS)
        assert training.run(other, run.id).state is JobState.PAUSED  # not a moment too early
        later.sees(WELL, 4)
    until_steps(workspace, run.id, steps)
    assert "There is room in memory again" in notes(workspace, run)
    watcher.sees(WELL, 2)
    assert strained() == {}
    watcher.sees(SHORT_OF_MEMORY, 8)
    until(workspace, run.id, JobState.PAUSED)
    assert "stays paused" in notes(workspace, run)
    stays = training.run(workspace, run.id)
    assert not care.goes_on_by_itself(stays)
    assert care.why_paused(stays) and "stays paused" in care.turn_of(stays)
    watcher.sees(WELL, 2 * care.CALM_SECONDS)
    assert training.run(workspace, run.id).state is JobState.PAUSED


class Played:
    """A run whose worker is this very process: it tells what a worker would, and costs none."""

    def __init__(self, ws: Workspace, place: RuntimeSpec | None = None) -> None:
        self.ws = ws
        made = Run(0, "First", 1, "tiny", "", LONG, JobState.RUNNING, "", "2026-11-22T00:00:00+00:00", runtime="box")
        self.id = ws.library.add_run(made).id
        self.folder = Path(self.run.path)
        write_job(self.folder, {"kind": "train"} | ({"runtime": to_order(place)} if place else {}))
        self.begin()

    @property
    def run(self) -> Run:
        return training.run(self.ws, self.id)

    def begin(self) -> None:
        (self.folder / "stop").unlink(missing_ok=True)
        self.ws.library.change_run(self.id, lambda run: replace(run, state=JobState.RUNNING))
        append_event(self.folder, "started", iterations=9, passes=3.0, rows=9)
        sign_for(self.folder, os.getpid())

    def leave(self) -> None:
        append_event(self.folder, "paused", iteration=3)
        (self.folder / "worker.json").unlink(missing_ok=True)


@pytest.fixture
def play(workspace: Workspace) -> Iterator[Callable[..., Played]]:
    played: list[Played] = []

    def begin(place: RuntimeSpec | None = None) -> Played:
        played.append(Played(workspace, place))
        return played[-1]

    yield begin
    for run in played:
        (run.folder / "worker.json").unlink(missing_ok=True)  # or this process would be ended with the workers


def test_a_hot_computer_rests_and_a_run_that_the_person_resumes_is_theirs(
    workspace: Workspace, play: Callable[..., Played]
) -> None:
    played, watcher = play(), Watcher(workspace)
    watcher.sees(HOT, 6)
    assert (played.folder / "stop").read_text() == "pause" and "104 °C" in notes(workspace, played.run)
    played.leave()
    until(workspace, played.id, JobState.PAUSED)
    assert care.goes_on_by_itself(played.run)
    assert care.turn_of(played.run) == "It goes on by itself when the computer has cooled down."
    played.begin()  # as the person's “Resume” does
    watcher.sees(WELL, 2)
    training.pause(workspace, played.id)
    played.leave()
    until(workspace, played.id, JobState.PAUSED)
    watcher.sees(WELL, 2 * care.CALM_SECONDS)
    assert played.run.state is JobState.PAUSED and not care.turn_of(played.run) and not care.why_paused(played.run)


def test_a_run_goes_on_also_where_a_full_disk_takes_no_note_of_it(
    workspace: Workspace, play: Callable[..., Played], monkeypatch: pytest.MonkeyPatch
) -> None:
    played, watcher = play(), Watcher(workspace)
    watcher.sees(HOT, 6)
    played.leave()
    until(workspace, played.id, JobState.PAUSED)

    def no_room(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(care, "append_event", no_room)
    watcher.sees(WELL, care.CALM_SECONDS + 4)
    assert not care.goes_on_by_itself(played.run)
    until(workspace, played.id, JobState.FAILED)  # it was begun; its order is none that a worker can do


@pytest.mark.parametrize(
    ("place", "is_paused"),
    [
        (None, True),
        (RuntimeSpec("box", RuntimeKind.PYTHON, python=sys.executable), True),
        (RuntimeSpec("box", RuntimeKind.SSH, host="box.local"), False),
        (RuntimeSpec("box", RuntimeKind.RING, hosts=("127.0.0.1", "box.local")), False),
    ],
)
def test_what_runs_elsewhere_goes_on_whatever_this_computer_lacks(
    workspace: Workspace, play: Callable[..., Played], place: RuntimeSpec | None, is_paused: bool
) -> None:
    runtimes.add(workspace, RuntimeSpec("box", RuntimeKind.PYTHON, python=sys.executable))  # as it is called by now
    played = play(place)
    Watcher(workspace).sees(SHORT_OF_MEMORY, 6)
    assert (played.folder / "stop").exists() is is_paused
    assert bool(care.strain()) is is_paused


@only_linux_tells
def test_a_training_that_others_leave_little_of_the_processor_says_so(
    workspace: Workspace, play: Callable[..., Played]
) -> None:
    play()
    watcher = Watcher(workspace)
    watcher.sees(WELL, 2)
    with crowded(3):
        work_for(1.0)
    watcher.sees(WELL, care.CROWD_SECONDS + 2)
    (told,) = care.strain()
    assert told.subject == "processor" and told.weight is Weight.WARNING
    assert "Other programs keep the processor busy" in told.sentence
    assert not watcher.ws.library.runs()[0].state.is_over  # it is slow, and goes on


def test_without_a_run_nothing_is_looked_at(workspace: Workspace) -> None:
    def never() -> Pressure:
        raise AssertionError("nobody is at work")

    assert not care.watch(workspace, never)
    assert care.strain() == ()
