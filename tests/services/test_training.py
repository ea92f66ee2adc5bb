"""Training through the services, with the real worker process and the real library."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from job_running import wait_until
from tiny_model import build_tiny_model
from tiny_training import LONG, SHORT, add_snapshot, training_workspace, until

from curator.core.changes import Changes
from curator.core.errors import CuratorError, JobError, NotFoundError
from curator.core.job import JobState
from curator.core.snapshot import Snapshot
from curator.jobs import supervisor
from curator.services import training
from curator.services.workspace import Workspace


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def workspace(library_folder: Path, tiny_model: Path) -> Iterator[Workspace]:
    with training_workspace(library_folder, tiny_model) as opened:
        yield opened


@pytest.fixture
def snapshot(workspace: Workspace, tmp_path: Path) -> Snapshot:
    return add_snapshot(workspace, tmp_path / "snapshot")


def test_a_run_goes_from_start_to_done_and_its_record_says_how(workspace: Workspace, snapshot: Snapshot) -> None:
    heard: list[Changes] = []
    workspace.subscribe(heard.append)
    run = training.train(workspace, snapshot.id, "tiny", SHORT, preset="quick")
    assert (run.state, run.rows, run.name) == (JobState.STARTING, 10, "First · Quick look")
    until(workspace, run.id, JobState.DONE)
    known = training.run(workspace, run.id)
    progress = training.progress(workspace, run.id)
    assert known.first_loss is not None and known.last_loss is not None and known.last_loss < known.first_loss
    assert known.best_loss == pytest.approx(progress.best.loss if progress.best else None)
    assert (known.passes, progress.passes, progress.iterations) == (2.0, 2.0, 6)
    assert known.curve == pytest.approx([point.loss for point in progress.valid])
    assert known.finished and known.seconds > 0
    assert (Path(known.path) / "adapters.safetensors").is_file()
    assert all(changes.runs == {run.id} for changes in heard) and len(heard) >= 2
    assert training.log_path(workspace, run.id).is_file()
    assert not training.refresh(workspace)


def test_progress_reads_only_what_is_new_and_refresh_is_quiet_when_nothing_moved(
    workspace: Workspace, snapshot: Snapshot
) -> None:
    run = training.train(workspace, snapshot.id, "tiny", LONG)
    wait_until(lambda: len(training.progress(workspace, run.id).train) > 3, "some steps")
    supervisor.kill(Path(run.path))
    until(workspace, run.id, JobState.INTERRUPTED)
    now = training.progress(workspace, run.id)
    assert now.message and now.hint
    assert not training.refresh(workspace)
    assert training.progress(workspace, run.id) is now


def test_a_stopped_run_is_kept_and_can_go_on(workspace: Workspace, snapshot: Snapshot) -> None:
    run = training.train(workspace, snapshot.id, "tiny", LONG)
    wait_until(lambda: len(training.progress(workspace, run.id).train) > 3, "some steps")
    with pytest.raises(JobError, match="already running"):
        training.resume(workspace, run.id)
    with pytest.raises(JobError, match="still at work"):
        training.delete(workspace, run.id)
    training.stop(workspace, run.id)
    until(workspace, run.id, JobState.STOPPED)
    known = training.run(workspace, run.id)
    assert "what was learned is kept" in known.message
    steps = training.progress(workspace, run.id).iteration
    training.resume(workspace, run.id)
    wait_until(lambda: training.progress(workspace, run.id).iteration > steps, "steps after the resumption")
    assert training.run(workspace, run.id).state in (JobState.STARTING, JobState.RUNNING)
    training.stop(workspace, run.id, discard=True)
    until(workspace, run.id, JobState.DISCARDED)
    with pytest.raises(JobError, match="been through"):
        training.resume(workspace, run.id)


def test_a_run_goes_on_without_its_window_and_is_picked_up_by_the_next(
    workspace: Workspace, snapshot: Snapshot, library_folder: Path
) -> None:
    window = (
        "import sys\nfrom pathlib import Path\nfrom curator.core.settings import TrainSettings\n"
        "from curator.services import training\nfrom curator.services.workspace import Workspace\n"
        "with Workspace.open(Path(sys.argv[1])) as ws:\n"
        "    training.train(ws, int(sys.argv[2]), 'tiny', TrainSettings(passes=3, learning_rate=5e-3))\n"
    )
    workspace.close()
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", window, str(library_folder), str(snapshot.id)], check=True, cwd=root)
    with Workspace.open(library_folder) as later:
        (run,) = training.runs(later)
        until(later, run.id, JobState.DONE)
        assert training.progress(later, run.id).passes == 3.0


def test_following_gives_every_event_and_the_end(workspace: Workspace, snapshot: Snapshot) -> None:
    run = training.train(workspace, snapshot.id, "tiny", SHORT)
    kinds = [event.kind for event in training.follow(workspace, run.id)]
    assert kinds[:2] == ["starting", "started"] and kinds[-1] == "done" and kinds.count("train") == 6
    assert training.run(workspace, run.id).state is JobState.DONE


def test_following_a_run_whose_process_is_gone_ends_with_a_sentence(workspace: Workspace, snapshot: Snapshot) -> None:
    run = training.train(workspace, snapshot.id, "tiny", LONG)
    folder = Path(run.path)
    wait_until(lambda: len(training.progress(workspace, run.id).train) > 1, "some steps")
    worker = supervisor.worker(folder)
    assert worker is not None and worker.watcher is not None
    os.kill(worker.watcher.pid, 9)
    os.kill(worker.pid, 9)
    last = list(training.follow(workspace, run.id))[-1]
    assert last.kind == "interrupted" and "gone without a word" in last.figures["message"]
    known = training.run(workspace, run.id)
    assert known.state is JobState.INTERRUPTED and "Resume" in known.message


def test_a_run_that_lost_its_window_while_starting_does_not_start_for_ever(
    workspace: Workspace, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "start", lambda folder: None)
    run = training.train(workspace, snapshot.id, "tiny", SHORT)
    training.refresh(workspace)
    assert training.run(workspace, run.id).state is JobState.STARTING
    os.utime(run.path, (time.time() - 120, time.time() - 120))
    training.refresh(workspace)
    assert training.run(workspace, run.id).state is JobState.INTERRUPTED


def test_what_cannot_be_trained_is_refused_in_a_sentence(workspace: Workspace, snapshot: Snapshot) -> None:
    for ask in (
        lambda: training.train(workspace, snapshot.id, "no such model", SHORT),
        lambda: training.train(workspace, 999, "tiny", SHORT),
        lambda: training.train(workspace, snapshot.id, "tiny", replace(SHORT, max_tokens=0)),
    ):
        with pytest.raises(CuratorError) as caught:
            ask()
        assert caught.value.message
    assert training.runs(workspace) == []


def test_a_run_can_be_renamed_and_deleted(workspace: Workspace, snapshot: Snapshot) -> None:
    run = training.train(workspace, snapshot.id, "tiny", SHORT, name=" My\nfirst  voice ")
    assert run.name == "My first voice"
    until(workspace, run.id, JobState.DONE)
    assert training.rename(workspace, run.id, "  My\n voice ").runs == {run.id}
    assert training.run(workspace, run.id).name == "My voice"
    with pytest.raises(JobError):
        training.rename(workspace, run.id, " ")
    assert training.delete(workspace, run.id).runs == {run.id}
    assert not Path(run.path).exists()
    with pytest.raises(NotFoundError):
        training.run(workspace, run.id)
