"""The queue, sweeps, the trash, tables, repetitions and the finder from the command line, on a model built here."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_model import build_tiny_model
from verbs import Said, curator

from curator.core.job import JobState
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.jobs import supervisor
from curator.services.workspace import Workspace

OPEN = "a window or “curator queue run” is open"
SHORT = ("--model", "tiny", "--set", "learning-rate=0.005", "--set", "evals_per_pass=0.5")


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def library(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A library of 16 clean rows in four sessions and the model `tiny` on the shelf, frozen as snapshot 1."""
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("MLX_DISABLE_COMPILE", "1")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "library"
    for session in range(4):
        lines = []
        for n in range(4):
            lines.append({"role": "user", "content": f"What is tool {n} of box {session}?"})
            lines.append({"role": "assistant", "content": f"Tool {n} is in box {session}, where it was."})
        (tmp_path / f"{session}.jsonl").write_text(json.dumps({"messages": lines}) + "\n", encoding="utf-8")
    assert curator(folder, "import", *sorted(tmp_path.glob("*.jsonl")), "--json").only["new"] == 16
    assert curator(folder, "models", "add", tiny_model).code == 0
    numbers = [str(line["id"]) for line in curator(folder, "exchanges", "--json").lines]
    assert curator(folder, "mark", *numbers, "clean").code == 0
    assert curator(folder, "freeze", "--model", "tiny", "--max-tokens", "256", "--json").only["snapshot"] == 1
    yield folder
    for run in (folder / "runs").glob("*"):
        supervisor.kill(run)


def states(library: Path, *words: str) -> dict[int, str]:
    return {line["id"]: line["state"] for line in curator(library, "runs", "--json", *words).lines}


def worked_off(library: Path) -> Said:
    said = curator(library, "queue", "run")
    assert said.code == 0, said.err
    return said


def test_a_run_can_be_queued_moved_repeated_tabled_and_thrown_away(library: Path, tmp_path: Path) -> None:
    first = curator(library, "train", "1", *SHORT, "--passes", "2", "--note", "why", "--queue", "--json").only
    assert first == {"run": 1, "state": "starting"}
    said = curator(library, "train", "1", *SHORT, "--passes", "1", "--queue")
    assert said.out == f"Run 2 is the next in the queue. It begins while {OPEN}.\n"
    assert "Run 3 waits behind 1 more" in curator(library, "train", "1", *SHORT, "--passes", "1", "--queue").out
    assert curator(library, "queue", "move", "3", "--before", "2").code == 0
    assert [line["id"] for line in curator(library, "queue", "--json").lines] == [3, 2]
    assert curator(library, "queue", "cancel", "2").code == 0
    assert "Run 3 waits in the queue." in curator(library, "trash", "put", "3").err
    assert worked_off(library).err.endswith("The queue is empty.\n")
    assert states(library) == {3: "done", 1: "done"}

    line = curator(library, "repeat", "1").out.strip()
    words = shlex.split(line)
    assert words[-4:-2] == ["--again", str(library / "runs" / Path(words[-3]).name)] and words[-2] == "--into"
    done = subprocess.run([*words, "--json"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"event": "compared", "is_same": True, "differences": []}
    assert "The adapter is the same, bit for bit." in done.stderr

    table = curator(library, "csv", "1", "3").out.splitlines()
    assert table[0].startswith("run,name,kind,tag,iteration") and {row[:2] for row in table[1:]} == {"1,", "3,"}
    assert curator(library, "csv", "1", "--output", tmp_path / "figures.csv").code == 0
    assert (tmp_path / "figures.csv").read_text(encoding="utf-8").splitlines()[0] == table[0]

    assert curator(library, "rename", "1", " Box  tone ").err == "Run 1 is called Box tone now.\n"
    assert [line["name"] for line in curator(library, "runs", "--json").lines][1] == "Box tone"
    assert "needs a name" in curator(library, "rename", "1", " ").err
    assert curator(library, "note", "1", "It took the tone.").code == 0
    assert "It took the tone." in curator(library, "runs").out
    for words in (("put", "1", "99"), ("restore", "1", "99")):
        assert "Run 99 is not in the library." in curator(library, "trash", *words).err
    assert states(library) == {3: "done", 1: "done"}, "nothing is put away where one is wrong"
    assert curator(library, "trash", "put", "1").code == 0
    assert (states(library), states(library, "--trash")) == ({3: "done"}, {1: "done"})
    assert curator(library, "trash", "--json").lines == curator(library, "runs", "--trash", "--json").lines
    assert list(states(library, "--all")) == [3, 1]
    assert curator(library, "trash", "restore", "1").code == 0
    assert curator(library, "trash", "put", "1", "3").code == 0
    assert "2 runs are gone for good" in curator(library, "trash", "empty").err
    assert states(library, "--all") == {}


def test_a_pause_is_gone_on_from_and_holds_the_queue(library: Path) -> None:
    assert curator(library, "train", "1", *SHORT, "--iterations", "3000", "--queue").code == 0
    assert curator(library, "train", "1", *SHORT, "--passes", "1", "--queue").code == 0
    assert "The queue is held" in curator(library, "pause", "1").err
    assert states(library) == {2: "queued", 1: "paused"}
    assert "held" in curator(library, "queue").err and "held with 1 waiting" in worked_off(library).err
    assert curator(library, "stop", "2").err == "Run 2 is taken out of the queue.\n"
    assert curator(library, "train", "1", "--passes", "1", "--iterations", "2").code == 2
    assert curator(library, "train", "1", "--set", "heroism=3").code == 2
    assert curator(library, "train").code == 2


def test_what_waits_begins_when_the_queue_is_worked_off_and_not_when_it_is_looked_at(library: Path) -> None:
    assert curator(library, "train", "1", *SHORT, "--iterations", "3000", "--queue").code == 0
    for name in ("Second", "Third"):
        assert curator(library, "train", "1", *SHORT, "--passes", "1", "--name", name, "--queue").code == 0
    assert curator(library, "queue", "hold").code == 0
    assert curator(library, "stop", "1").err.startswith(("Run 1 is stopped ", "Run 1 is stopped;"))
    assert (
        curator(library, "queue", "release").err == f"The queue is held no more. The 2 that wait begin while {OPEN}.\n"
    )
    assert curator(library, "queue").err == f"They begin one after the other while {OPEN}.\n"
    assert [line["id"] for line in curator(library, "queue", "--json").lines] == [2, 3]
    assert states(library) == {3: "queued", 2: "queued", 1: "stopped"}

    told = worked_off(library).err.splitlines()
    third, second, _ = (line["best_loss"] for line in curator(library, "runs", "--json").lines)
    assert told == [
        "Run 2 begins: Second",
        f"Run 2 is done. Its best loss is {second:.3f}.",
        "Run 3 begins: Third",
        f"Run 3 is done. Its best loss is {third:.3f}.",
        "The queue is empty.",
    ]
    assert curator(library, "queue", "release").err == "The queue is held no more. Nothing waits.\n"


def test_a_run_that_could_not_be_started_is_told_with_its_reason(library: Path) -> None:
    assert curator(library, "train", "1", *SHORT, "--iterations", "3000", "--queue").code == 0
    assert curator(library, "train", "1", *SHORT, "--passes", "1", "--queue").code == 0
    assert "waits in the queue" in curator(library, "pause", "2").err
    assert curator(library, "stop", "1").code == 0
    (folder,) = (library / "runs").glob("2*")
    (folder / "job.json").unlink()
    told = worked_off(library).err.splitlines()
    assert told[0].startswith("Run 2 has failed. There is no job to do") and told[1:] == ["The queue is empty."]


def test_a_stop_that_another_computer_does_not_hear_of_is_told_so(tmp_path: Path) -> None:
    """“Stopped” alone would be untrue: over there the run may go on."""
    words = "Stopped here; mac cannot be told, and may go on. What was brought back until now is kept."
    with Workspace.open(tmp_path / "library") as ws:
        draft = Run(0, "far", 1, "tiny", "", TrainSettings(), JobState.STOPPED, "", "2026-01-01T10:00:00+00:00")
        folder = Path(ws.library.add_run(draft).path)
        folder.mkdir(parents=True)
        events = [{"event": "started", "t": 1.0}, {"event": "stopped", "t": 2.0, "message": words}]
        (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    assert curator(tmp_path / "library", "stop", "1").err == f"Run 1 is s{words[1:]}\n"


def test_a_run_is_gone_on_with_from_where_it_was_told_last(library: Path) -> None:
    assert curator(library, "runtimes", "add", "other", "--python", sys.executable).code == 0
    assert curator(library, "runtimes", "use", "other").code == 0
    assert "“other”, the usual place" in curator(library, "train", "1", *SHORT, "--iterations", "40", "--queue").err
    assert [line["runtime"] for line in curator(library, "runs", "--json").lines] == ["other"]
    curator(library, "pause", "1")
    said = curator(library, "resume", "1", "--json")
    assert said.code == 0, said.err
    kinds = [line["event"] for line in said.lines]
    assert kinds[0] == "started" and kinds[-1] == "done" and "paused" not in kinds
    assert "been through" in curator(library, "resume", "1").err


def test_a_sweep_and_the_finder_speak_on_the_command_line(library: Path) -> None:
    said = curator(library, "sweep", "rates", "1", "0.001", "0.005", "--model", "tiny", "--set", "passes=1", "--json")
    assert said.code == 0, said.err
    assert [line["variant"] for line in said.lines] == ["rate 1e-3", "rate 5e-3"]
    worked_off(library)
    sweep = curator(library, "sweep", "show").out.strip()
    shown = curator(library, "sweep", "show", sweep, "--json").lines
    assert [line["state"] for line in shown] == ["done", "done"] and shown[1]["best"] < shown[0]["best"]
    *points, last = curator(library, "rate", "1", "--model", "tiny", "--json").lines
    assert len(points) > 20 and 1e-5 < last["suggestion"] < 2e-2 and last["sentence"]


def test_rows_weigh_more_or_are_left_out_where_that_is_asked_for(library: Path) -> None:
    said = curator(library, "freeze", "--model", "tiny", "--without", "1", "--without", "2", "--json")
    assert [row["row"] for row in said.only["left_out"]] == [1, 2]
    assert "No clean row has the tag" in curator(library, "freeze", "--model", "tiny", "--weight", "terse=2").err
    assert curator(library, "freeze", "--model", "tiny", "--weight", "terse").code == 2


def test_an_import_of_nothing_readable_says_so_in_words(library: Path, tmp_path: Path) -> None:
    (tmp_path / "picture.jsonl").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    said = curator(library, "import", tmp_path / "picture.jsonl")
    assert said.code == 0 and said.out.startswith("Nothing was imported: none of it could be read.\n")
