"""Figures also go where the person asked; what is missing or fails there never ends a run.

The writers are stand-ins that keep what they are given: neither TensorBoard's nor Weights & Biases' own is among the
packages that Curator is developed with. tensorboardX has the same two calls.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from job_running import events_of, run_to_end, write_train_job

from curator.core.job import JobState
from curator.core.settings import TrainSettings
from curator.engine.reporting import figures_of, reporting
from curator.engine.telling import Teller

TENSORBOARD_X = """
import json, os
class SummaryWriter:
    def __init__(self, folder, purge_step=None, filename_suffix=""):
        os.makedirs(folder, exist_ok=True)
        open(folder + "/events.out.tfevents.1795386369.here" + filename_suffix, "x").close()
        self.path = folder + ".jsonl"
        self.say("open", purge_step)
    def say(self, *words):
        with open(self.path, "a") as stream:
            stream.write(json.dumps(words) + "\\n")
    def add_scalar(self, name, value, step):
        self.say(name, value, step)
    def flush(self):
        self.say("flush")
    def close(self):
        self.say("close")
"""
WANDB = """
import json
def init(**about):
    with open(about["dir"] + "/wandb.jsonl", "a") as stream:
        stream.write(json.dumps(about) + "\\n")
    return Run(about["dir"])
class Run:
    def __init__(self, folder):
        self.folder = folder
    def log(self, figures, step):
        raise ConnectionError("no network")
    def finish(self):
        raise AssertionError("it was let go before")
"""


@pytest.fixture
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "stand-ins"
    folder.mkdir()
    (folder / "tensorboardX.py").write_text(TENSORBOARD_X)
    (folder / "wandb.py").write_text(WANDB)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    yield folder
    for name in ("tensorboardX", "wandb"):
        sys.modules.pop(name, None)


def written(folder: Path) -> list[list[object]]:
    return [json.loads(line) for line in (folder / "tensorboard.jsonl").read_text().splitlines()]


def notes(folder: Path) -> list[str]:
    return [event.figures["text"] for event in events_of(folder, "note")]


@pytest.mark.usefixtures("stand_ins")
def test_a_real_run_reports_every_step_and_validation(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    settings = TrainSettings(passes=1, learning_rate=5e-3, evals_per_pass=1)
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, settings, report_to=["tensorboard"])
    assert run_to_end(folder) is JobState.DONE, (folder / "worker.log").read_text()
    lines = written(folder)
    assert lines[0] == ["open", 0] and lines[-1] == ["close"]
    losses = [(line[2], line[1]) for line in lines if line[0] == "loss/train"]
    assert losses == [(event.figures["iteration"], event.figures["loss"]) for event in events_of(folder, "train")]
    valid = [line[2] for line in lines if line[0] == "loss/valid"]
    assert valid == [event.figures["iteration"] for event in events_of(folder, "valid")]
    assert {line[0] for line in lines} >= {"learning_rate", "gradient_norm", "tokens_per_second", "memory_gb"}


@pytest.mark.usefixtures("stand_ins")
def test_a_report_that_fails_is_let_go_with_a_note_and_the_others_go_on(tmp_path: Path) -> None:
    teller = Teller(tmp_path)
    with reporting(tmp_path, {"report_to": ["wandb", "tensorboard", "abacus"]}, teller):
        teller.emit("started", resumed_at=7)
        for iteration in (8, 9):
            teller.emit("train", iteration=iteration, loss=2.0)
        teller.emit("train", iteration=10, loss=float("nan"))
    teller.emit("train", iteration=11, loss=2.0)
    teller.close()
    assert [line for line in written(tmp_path) if line[0] != "loss/train"] == [["open", 8], ["close"]]
    assert [line[2] for line in written(tmp_path) if line[0] == "loss/train"] == [8, 9]
    assert notes(tmp_path) == [
        "“abacus” is not installed where this run trains: nothing is written for it.",
        "Writing for Weights & Biases failed; the run goes on without it. The log says more.",
    ]


def test_a_run_that_goes_on_is_the_same_one_over_there_and_only_its_numbers_are_given_along(
    tmp_path: Path, stand_ins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_X_DISABLE_META", "true")  # given back after the test
    job = {"report_to": ["wandb"], "settings": {"rank": 8, "probe": "What did my father die of?"}}
    for folder in (tmp_path / "one", tmp_path / "one", tmp_path / "other"):
        folder.mkdir(exist_ok=True)
        teller = Teller(folder)
        with reporting(folder, job, teller):
            teller.emit("started", resumed_at=0)
        teller.close()
    first, again = (json.loads(line) for line in (tmp_path / "one" / "wandb.jsonl").read_text().splitlines())
    other = json.loads((tmp_path / "other" / "wandb.jsonl").read_text())
    assert first == again and first["resume"] == "allow"
    assert len({first["id"], other["id"]}) == 2 and len(first["id"]) == 32
    assert first["config"] == {"rank": 8}
    assert first["settings"]["console"] == "off"  # the worker's log is no figure


def test_two_sittings_in_one_second_write_two_files_and_a_checkpoint_is_waited_for(
    tmp_path: Path, stand_ins: Path
) -> None:
    """What the writer still keeps to itself when the process is killed is not trained again."""
    for resumed_at in (0, 1):
        teller = Teller(tmp_path)
        with reporting(tmp_path, {"report_to": "tensorboard"}, teller):
            teller.emit("started", resumed_at=resumed_at)
            teller.emit("train", iteration=resumed_at + 1, loss=2.0)
            teller.emit("checkpoint", iteration=resumed_at + 1)
        teller.close()
    assert notes(tmp_path) == []
    assert sorted(path.suffix for path in (tmp_path / "tensorboard").iterdir()) == [".0000", ".0001"]
    sitting = [["loss/train", 2.0, 1], ["flush"], ["close"]]
    assert written(tmp_path) == [["open", 0], *sitting, ["open", 2], ["loss/train", 2.0, 2], *sitting[1:]]


def test_one_name_that_is_no_list_is_taken_whole(tmp_path: Path, stand_ins: Path) -> None:
    teller = Teller(tmp_path)
    with reporting(tmp_path, {"report_to": "tensorboard"}, teller):
        teller.emit("started")
    teller.close()
    assert [line[0] for line in written(tmp_path)] == ["open", "close"] and notes(tmp_path) == []


def test_what_cannot_be_sent_at_the_end_holds_nobody_up(
    tmp_path: Path, stand_ins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """wandb waits at its end until everything is sent, without a network for ever."""
    (stand_ins / "wandb.py").write_text(
        "import threading\nheld = threading.Event()\n"
        "class Run:\n    def log(self, figures, step): pass\n    def finish(self): held.wait()\n"
        "def init(**about): return Run()\n"
    )
    monkeypatch.setattr("curator.engine.reporting.FINISH_SECONDS", 0.05)
    teller = Teller(tmp_path)
    with reporting(tmp_path, {"report_to": ["wandb"]}, teller):
        teller.emit("started")
    teller.close()
    import wandb

    waiting = [thread for thread in threading.enumerate() if thread.name == "wandb"]
    wandb.held.set()
    for thread in waiting:
        thread.join()
    assert len(waiting) == 1
    (note,) = notes(tmp_path)
    assert note.startswith("Weights & Biases has not taken everything") and "wandb sync" in note


def test_what_is_not_installed_is_said_and_nothing_else_happens(tmp_path: Path) -> None:
    teller = Teller(tmp_path)
    with reporting(tmp_path, {"report_to": ["wandb"]}, teller), reporting(tmp_path, {}, teller):
        teller.emit("started")
        teller.emit("train", iteration=1, loss=2.0)
    teller.close()
    assert notes(tmp_path) == ["Weights & Biases is not installed where this run trains: nothing is written for it."]


def test_only_figures_are_reported() -> None:
    assert figures_of("sample", {"iteration": 1, "text": "a secret answer"}) == {}
    assert figures_of("valid", {"loss": 2.0, "tags": {"terse": 1.0, "kind": None}}) == {
        "loss/valid": 2.0,
        "loss/valid/terse": 1.0,
    }
