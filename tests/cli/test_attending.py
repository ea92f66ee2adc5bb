"""A terminal that follows a run watches over the computer: the worker is real, the pressure and the clock are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import count
from pathlib import Path

import pytest
from job_running import events_of
from tiny_model import build_tiny_model
from tiny_training import LONG, add_snapshot, training_workspace

from curator.cli import attending
from curator.cli.training import follow
from curator.core.changes import Changes
from curator.core.job import JobState
from curator.core.run import Run
from curator.jobs.folder import append_event, write_job
from curator.jobs.pressure import Level, Pressure
from curator.services import care, training
from curator.services.workspace import Workspace

WELL = Pressure(available=16 * 10**9)
SHORT_OF_MEMORY = Pressure(memory=Level.CRITICAL, available=10**8)
GOES_ON = "It goes on by itself, as long as this terminal or a window is open."


@pytest.fixture
def ws(library_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setattr(attending, "LOOK_SECONDS", 0.02)
    with training_workspace(library_folder, build_tiny_model(tmp_path / "tiny")) as opened:
        yield opened


def test_a_run_that_is_followed_rests_under_pressure_and_is_followed_on(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = training.train(ws, add_snapshot(ws, tmp_path / "snapshot").id, "tiny", LONG)
    looked, watch = count(0, 2), care.watch

    def at_a_made_computer(ws: Workspace) -> Changes:
        told = [event.kind for event in events_of(Path(run.path)) if event.kind in ("train", "paused")]
        if "paused" in told and told[-1] == "train":
            training.stop(ws, run.id)
        is_short = bool(told) and "paused" not in told
        return watch(ws, lambda: SHORT_OF_MEMORY if is_short else WELL, lambda: next(looked))

    monkeypatch.setattr(care, "watch", at_a_made_computer)
    assert follow(ws, run.id, as_json=False) is JobState.STOPPED
    said = capsys.readouterr().err
    places = [said.index(words) for words in ("Paused by itself.", GOES_ON, "There is room in memory again")]
    assert places == sorted(places) and said.count(GOES_ON) == 1
    strained = [line for line in said.splitlines() if line.startswith("Memory is nearly used up (0.1 GB are left).")]
    assert len(strained) == 1, "it is said once, however long it lasts"


def test_one_that_rests_is_left_to_the_person_at_the_press_of_a_key(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Run(0, "First", 1, "tiny", "", LONG, JobState.RUNNING, "", "2026-11-22T00:00:00+00:00")
    run = ws.library.add_run(made)
    write_job(Path(run.path), {"kind": "train", "settings": asdict(LONG)})
    append_event(Path(run.path), "paused", iteration=3)
    (Path(run.path) / "care.json").write_text('{"why": "heat", "pauses": 1, "waits": true}', encoding="utf-8")
    training.refresh(ws)
    paused = training.run(ws, run.id)
    assert care.goes_on_by_itself(paused)

    def press(_attending: attending.Attending, _run: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(attending.Attending, "wait", press)
    assert follow(ws, run.id, as_json=False) is JobState.PAUSED
    assert f"It stays paused: “curator resume {run.id}” goes on with it." in capsys.readouterr().err
    assert not care.goes_on_by_itself(paused)
