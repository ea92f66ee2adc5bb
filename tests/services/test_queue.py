"""Runs wait for their runtime in the library, where every window and terminal sees them, and begin once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from job_running import events_of, wait_until
from tiny_model import build_tiny_model
from tiny_training import LONG, SHORT, add_snapshot, training_workspace, until

from curator.core.changes import Changes
from curator.core.errors import JobError
from curator.core.job import JobState
from curator.core.run import Run
from curator.core.snapshot import Snapshot
from curator.services import queue, training, trash
from curator.services.workspace import Workspace

ONE = replace(SHORT, passes=1, evals_per_pass=0)


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def workspace(library_folder: Path, tiny_model: Path) -> Iterator[Workspace]:
    with training_workspace(library_folder, tiny_model) as ws:
        yield ws


@pytest.fixture
def snapshot(workspace: Workspace, tmp_path: Path) -> Snapshot:
    return add_snapshot(workspace, tmp_path / "snapshot")


def waiting_names(ws: Workspace) -> list[str]:
    return [run.name for run in queue.waiting(ws)]


def test_a_run_waits_while_another_is_at_work_and_begins_by_itself(workspace: Workspace, snapshot: Snapshot) -> None:
    first = training.train(workspace, snapshot.id, "tiny", LONG, name="first")
    second, third = (training.train(workspace, snapshot.id, "tiny", ONE, name=name) for name in ("second", "third"))
    assert (first.state, second.state, third.state) == (JobState.STARTING, JobState.QUEUED, JobState.QUEUED)
    assert waiting_names(workspace) == ["second", "third"]
    assert training.progress(workspace, second.id).state is JobState.QUEUED
    assert queue.move(workspace, third.id, second.id).runs == {second.id, third.id}
    assert waiting_names(workspace) == ["third", "second"]
    assert not queue.move(workspace, third.id, third.id).runs
    with pytest.raises(JobError, match="waits in the queue"):
        training.delete(workspace, third.id)
    with pytest.raises(JobError, match="waits in the queue"):
        trash.put(workspace, third.id)
    training.stop(workspace, first.id)
    until(workspace, third.id, JobState.DONE)
    assert training.run(workspace, first.id).state is JobState.STOPPED
    until(workspace, second.id, JobState.DONE)
    starts = [events_of(Path(run.path), "starting")[0].time for run in (first, third, second)]
    assert starts == sorted(starts) and waiting_names(workspace) == []
    with pytest.raises(JobError, match="does not wait"):
        queue.move(workspace, second.id, None)


def test_what_is_cancelled_is_forgotten_and_a_resumption_that_is_cancelled_stands_where_it_stood(
    workspace: Workspace, snapshot: Snapshot
) -> None:
    stopped = training.train(workspace, snapshot.id, "tiny", LONG, name="stopped")
    wait_until(lambda: len(training.progress(workspace, stopped.id).train) > 1, "some steps")
    training.stop(workspace, stopped.id)
    until(workspace, stopped.id, JobState.STOPPED)
    first = training.train(workspace, snapshot.id, "tiny", LONG, name="first")
    assert training.resume(workspace, stopped.id).state is JobState.QUEUED
    never = training.train(workspace, snapshot.id, "tiny", ONE, name="never")
    with pytest.raises(JobError, match="waits in the queue already"):
        training.resume(workspace, stopped.id)
    training.refresh(workspace)
    assert waiting_names(workspace) == ["stopped", "never"]
    assert training.progress(workspace, stopped.id).state is JobState.QUEUED
    queue.cancel(workspace, stopped.id)
    training.stop(workspace, never.id)
    assert waiting_names(workspace) == []
    assert training.run(workspace, stopped.id).state is JobState.STOPPED
    assert [run.id for run in training.runs(workspace)] == [first.id, stopped.id]
    assert not Path(never.path).exists()
    with pytest.raises(JobError):
        queue.cancel(workspace, first.id)


def test_a_pause_frees_the_computer_and_the_queue_goes_on_after_the_resumption(
    workspace: Workspace, snapshot: Snapshot
) -> None:
    first = training.train(workspace, snapshot.id, "tiny", replace(LONG, passes=400), name="first")
    second = training.train(workspace, snapshot.id, "tiny", ONE, name="second")
    wait_until(lambda: len(training.progress(workspace, first.id).train) > 1, "some steps")
    training.pause(workspace, first.id)
    until(workspace, first.id, JobState.PAUSED)
    training.refresh(workspace)
    assert queue.is_held(workspace) and waiting_names(workspace) == ["second"]
    assert not queue.begin_next(workspace)
    steps = training.progress(workspace, first.id).iteration
    assert training.resume(workspace, first.id).state is JobState.STARTING
    assert not queue.is_held(workspace)
    wait_until(lambda: training.progress(workspace, first.id).iteration > steps, "steps after the pause")
    training.stop(workspace, first.id)
    until(workspace, second.id, JobState.DONE)


def test_windows_on_one_library_begin_each_run_once(
    workspace: Workspace, snapshot: Snapshot, library_folder: Path
) -> None:
    first = training.train(workspace, snapshot.id, "tiny", LONG)
    others = [training.train(workspace, snapshot.id, "tiny", ONE) for _ in range(2)]
    window = (
        "import sys, time\nfrom pathlib import Path\nfrom curator.services import training\n"
        "from curator.services.workspace import Workspace\n"
        "with Workspace.open(Path(sys.argv[1])) as ws:\n"
        "    print('open', flush=True)\n"
        "    while not all(run.state.is_over for run in training.runs(ws)):\n"
        "        training.refresh(ws)\n        time.sleep(0.01)\n"
    )
    windows = [
        subprocess.Popen([sys.executable, "-c", window, str(library_folder)], stdout=subprocess.PIPE) for _ in range(2)
    ]
    try:
        for process in windows:
            assert process.stdout is not None and process.stdout.readline() == b"open\n"
        training.stop(workspace, first.id)
        until(workspace, others[-1].id, JobState.DONE)
        assert [process.wait(120) for process in windows] == [0, 0]
    finally:
        for process in windows:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
    ended: list[Run] = [training.run(workspace, run.id) for run in others]
    assert [run.state for run in ended] == [JobState.DONE] * 2
    assert [len(events_of(Path(run.path), "starting")) for run in ended] == [1, 1]
    spans = [
        (events_of(Path(run.path), "starting")[0].time, events_of(Path(run.path), "done")[0].time) for run in ended
    ]
    assert all(later[0] >= earlier[1] for earlier, later in pairwise(spans))


def test_one_that_cannot_be_started_fails_and_the_next_begins(workspace: Workspace, snapshot: Snapshot) -> None:
    first = training.train(workspace, snapshot.id, "tiny", LONG)
    broken = training.train(workspace, snapshot.id, "tiny", ONE)
    sound = training.train(workspace, snapshot.id, "tiny", ONE)
    (Path(broken.path) / "job.json").unlink()
    training.stop(workspace, first.id)
    until(workspace, sound.id, JobState.DONE)
    known = training.run(workspace, broken.id)
    assert known.state is JobState.FAILED and "no job to do" in known.message


def test_who_only_looks_or_ends_a_run_begins_none(workspace: Workspace, snapshot: Snapshot) -> None:
    first = training.train(workspace, snapshot.id, "tiny", LONG)
    second = training.train(workspace, snapshot.id, "tiny", ONE)
    training.stop(workspace, first.id)
    assert [event.kind for event in training.follow(workspace, first.id)][-1] == "stopped"
    assert training.look(workspace) == Changes()
    assert [run.state for run in training.runs(workspace)] == [JobState.QUEUED, JobState.STOPPED]
    assert not events_of(Path(second.path))
    assert training.refresh(workspace).runs == {second.id}
    until(workspace, second.id, JobState.DONE)


def test_who_follows_a_run_that_waits_begins_it_in_its_turn_and_stays_to_its_end(
    workspace: Workspace, snapshot: Snapshot
) -> None:
    stopped = training.train(workspace, snapshot.id, "tiny", replace(LONG, passes=20))
    training.stop(workspace, stopped.id)
    until(workspace, stopped.id, JobState.STOPPED)
    first = training.train(workspace, snapshot.id, "tiny", LONG)
    assert training.resume(workspace, stopped.id).state is JobState.QUEUED
    third = training.train(workspace, snapshot.id, "tiny", ONE)
    training.stop(workspace, first.id)
    kinds = [event.kind for event in training.follow(workspace, stopped.id)]
    assert kinds.count("stopped") == 1 and kinds[-1] == "done"
    assert [run.id for run in queue.waiting(workspace)] == [third.id]


def test_who_follows_one_that_cannot_be_started_hears_why(workspace: Workspace, snapshot: Snapshot) -> None:
    first = training.train(workspace, snapshot.id, "tiny", LONG)
    broken = training.train(workspace, snapshot.id, "tiny", ONE)
    (Path(broken.path) / "job.json").unlink()
    training.stop(workspace, first.id)
    with pytest.raises(JobError, match="no job to do"):
        list(training.follow(workspace, broken.id))


def test_one_that_waits_is_not_paused(workspace: Workspace, snapshot: Snapshot) -> None:
    training.train(workspace, snapshot.id, "tiny", LONG)
    second = training.train(workspace, snapshot.id, "tiny", ONE)
    with pytest.raises(JobError, match="waits in the queue"):
        training.pause(workspace, second.id)
    assert not queue.is_held(workspace) and not (Path(second.path) / "stop").exists()
