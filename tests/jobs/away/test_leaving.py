"""What a deleted run leaves on another computer: nothing, or a sentence that says what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from job_running import events_of, run_to_end, wait_for_event, write_train_job
from loopback_ssh import OtherComputer

from curator.core.errors import JobError
from curator.core.job import JobState
from curator.core.settings import TrainSettings
from curator.jobs import supervisor
from curator.jobs.away.leaving import clear_left, end_there
from curator.jobs.away.sitting import Sitting, left
from curator.jobs.folder import write_job
from curator.jobs.runtimes import to_order

pytestmark = pytest.mark.usefixtures("nothing_left")

LONG = TrainSettings(passes=4000, learning_rate=1e-3, evals_per_pass=0.05, checkpoint_seconds=0.3)


def go_on_here(folder: Path) -> None:
    """It is resumed on this computer, as a job that is over at once."""
    write_job(folder, {"kind": "juggle"})
    assert run_to_end(folder) is JobState.FAILED


def test_what_lies_on_a_computer_that_cannot_be_reached_is_deleted_later_and_its_run_ended(
    other: OtherComputer, tmp_path: Path, tiny_model: Path, snapshot: Path
) -> None:
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, LONG, runtime=to_order(other.spec))
    supervisor.start(folder)
    wait_for_event(folder, "started")
    supervisor.kill(folder)  # the window and its agent are gone; over there it goes on
    (there,) = other.job_folders()
    worker = supervisor.worker(there)
    assert worker is not None and worker.is_alive
    other.stop()
    try:
        with pytest.raises(JobError, match="Rows of this run are still on"):
            end_there(folder)
        assert Sitting.load(folder) is not None
        go_on_here(folder)
        assert Sitting.load(folder) is None and len(left(folder)) == 1
        assert "rows there are deleted when" in events_of(folder, "line")[-1].figures["message"]
        with pytest.raises(JobError, match="does not take connections"):
            clear_left(folder, other.spec)
        assert not clear_left(folder, replace(other.spec, host="another"))
    finally:
        other.start()
    assert there.is_dir() and worker.is_alive
    assert clear_left(folder, other.spec)
    assert not there.exists() and not worker.process.is_alive
    assert left(folder) == [] and not (folder / "left_there.json").exists()


def test_rows_are_deleted_where_the_python_is_gone(other: OtherComputer, tmp_path: Path) -> None:
    place = replace(other.spec, python="/nowhere/python")
    sitting = Sitting.new(place)
    sitting.save(tmp_path)
    there = other.area / "jobs" / sitting.key
    there.mkdir(parents=True)
    (there / "train.jsonl").write_text("a row")
    end_there(tmp_path)
    assert not there.exists() and Sitting.load(tmp_path) is None
