"""What a deleted run leaves on another computer: nothing, or a sentence that says what."""

from __future__ import annotations

from pathlib import Path

import pytest
from job_running import wait_for_event, write_train_job
from loopback_ssh import OtherComputer

from curator.core.errors import JobError
from curator.core.settings import TrainSettings
from curator.jobs import supervisor
from curator.jobs.away.leaving import end_there
from curator.jobs.away.sitting import Sitting
from curator.jobs.runtimes import to_order

pytestmark = pytest.mark.usefixtures("nothing_left")

LONG = TrainSettings(passes=4000, learning_rate=1e-3, evals_per_pass=0.05, checkpoint_seconds=0.3)


def test_a_run_that_is_deleted_is_ended_there_and_its_rows_are_deleted(
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
    with pytest.raises(JobError, match="Rows of this run are still on"):
        end_there(folder)
    assert Sitting.load(folder) is not None and there.is_dir()
    other.start()
    end_there(folder)
    assert not there.exists() and not worker.process.is_alive
    assert Sitting.load(folder) is None
