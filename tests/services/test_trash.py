"""What is in the trash is out of sight, comes back whole, and is gone only when the trash is emptied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_model import build_tiny_model
from tiny_training import LONG, SHORT, add_snapshot, training_workspace, until

from curator.core.errors import JobError, NotFoundError
from curator.core.job import JobState
from curator.core.machine import RuntimeKind, RuntimeSpec
from curator.core.run import Run
from curator.jobs.away.sitting import Sitting
from curator.services import exporting, training, trash
from curator.services.workspace import Workspace


@pytest.fixture
def ws(library_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    with training_workspace(library_folder, build_tiny_model(tmp_path / "tiny")) as opened:
        yield opened


def test_runs_go_into_the_trash_and_back_and_their_figures_into_a_table(ws: Workspace, tmp_path: Path) -> None:
    snapshot = add_snapshot(ws, tmp_path / "snapshot")
    done = training.train(ws, snapshot.id, "tiny", replace(SHORT, seed=7), name="done, against “odds”", note=" why ")
    until(ws, done.id, JobState.DONE)
    assert training.note(ws, done.id, "It took the tone.\n").runs == {done.id}
    assert training.run(ws, done.id).note == "It took the tone."

    told = training.progress(ws, done.id)
    lines = exporting.csv_of(ws, [done.id]).splitlines()
    assert lines[0] == ",".join(exporting.COLUMNS) and len(lines) == 1 + len(told.train) + len(told.valid)
    assert lines[1].startswith(f'{done.id},"done, against “odds”",train,,1,') and str(told.train[0].loss) in lines[1]
    assert lines[-1].split(",")[3:6] == ["valid", "", "6"]

    again = training.repeat(ws, done.id)
    known = training.run(ws, done.id)
    assert (again.snapshot, again.model, again.settings, again.preset) == (
        *(known.snapshot, known.model, known.settings),
        known.preset,
    )
    assert again.name == "done, against “odds”, again"
    until(ws, again.id, JobState.DONE)
    assert training.progress(ws, again.id).valid == told.valid

    assert trash.put(ws, done.id).runs == {done.id}
    when = training.run(ws, done.id).trashed
    assert when and not trash.put(ws, done.id).runs and training.run(ws, done.id).trashed == when
    assert [run.id for run in training.runs(ws)] == [again.id]
    assert [run.id for run in training.runs(ws, trashed=True)] == [done.id]
    trash.restore(ws, done.id)
    assert [run.id for run in training.runs(ws)] == [again.id, done.id]
    trash.put(ws, again.id)
    assert trash.empty(ws).runs == {again.id} and not Path(again.path).exists() and Path(done.path).exists()
    with pytest.raises(NotFoundError):
        training.run(ws, again.id)

    busy = training.train(ws, snapshot.id, "tiny", LONG)
    with pytest.raises(JobError, match="still at work"):
        trash.put(ws, busy.id)


def test_a_run_with_rows_on_a_computer_that_is_off_is_kept_and_the_others_go(ws: Workspace, tmp_path: Path) -> None:
    here, there = (
        ws.library.add_run(
            Run(0, name, 1, "tiny", "quick", SHORT, JobState.STOPPED, "", "2026-11-22T00:00:00+00:00", trashed="now")
        )
        for name in ("here", "there")
    )
    for run in (here, there):
        Path(run.path).mkdir(parents=True)
    off = RuntimeSpec("Studio", RuntimeKind.SSH, host="ssh://nobody@127.0.0.1:1")  # nothing listens there
    Sitting.new(off).save(Path(there.path))
    with pytest.raises(JobError, match="Rows of this run are still on"):
        trash.empty(ws)
    assert [run.id for run in training.runs(ws, trashed=True)] == [there.id]
    assert Path(there.path).is_dir() and not Path(here.path).exists()
    with pytest.raises(JobError, match="can be reached"):
        training.delete(ws, there.id)
