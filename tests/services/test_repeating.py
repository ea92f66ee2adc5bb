"""A run can be trained again from its folder alone: the same bits, or a sentence for whatever is not as it was."""

from __future__ import annotations

import json
import shlex
import shutil
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from job_running import wait_for_end
from row_workspaces import store_sessions
from tiny_model import build_tiny_model
from tiny_training import training_workspace, until

from curator.core.errors import JobError
from curator.core.job import JobState
from curator.core.settings import TrainSettings
from curator.jobs import supervisor
from curator.services import datasets, repeating, training
from curator.services.workspace import Workspace

SETTINGS = TrainSettings(passes=2, learning_rate=5e-3, dropout=0.1, accumulate=2)
PAIRS = [[(f"question {s}.{n}?", f"answer {s}.{n}") for n in range(2)] for s in range(6)]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return build_tiny_model(tmp_path / "tiny")


@pytest.fixture
def ws(library_folder: Path, model: Path) -> Iterator[Workspace]:
    with training_workspace(library_folder, model) as opened:
        store_sessions(opened, PAIRS)
        yield opened


def reordered(path: Path) -> None:
    """Write the same tensors the other way round."""
    data = path.read_bytes()
    (size,) = struct.unpack_from("<Q", data)
    header, body = json.loads(data[8 : 8 + size]), data[8 + size :]
    turned, chunks, end = {"__metadata__": header.pop("__metadata__", {})}, [], 0
    for name, about in reversed(header.items()):
        first, last = about["data_offsets"]
        chunks.append(body[first:last])
        turned[name] = about | {"data_offsets": [end, end + last - first]}
        end += last - first
    words = json.dumps(turned).encode()
    path.write_bytes(struct.pack("<Q", len(words)) + words + b"".join(chunks))
    assert path.read_bytes() != data


def test_the_same_orders_give_the_same_bits_and_what_differs_is_said(
    ws: Workspace, tmp_path: Path, model: Path
) -> None:
    snapshot = datasets.freeze(ws, "tiny", 64)
    run = training.train(ws, snapshot.id, "tiny", SETTINGS, name="Mine, again?", report_to=("nowhere",))
    folder = Path(run.path)
    assert repeating.verdict(folder, tmp_path / "again") == "There are no two adapters to compare."
    until(ws, run.id, JobState.DONE)
    words = shlex.split(repeating.command(ws, run.id))
    assert words[-5:] == ["train", "--again", str(folder), "--into", f"{folder.name}-again"]

    assert repeating.again(folder, tmp_path / "again").differences == ()
    assert wait_for_end(tmp_path / "again") is JobState.DONE
    assert repeating.verdict(folder, tmp_path / "again") == repeating.SAME
    reordered(tmp_path / "again" / "adapters.safetensors")
    assert repeating.verdict(folder, tmp_path / "again") == repeating.SAME
    order = json.loads((tmp_path / "again" / "job.json").read_text(encoding="utf-8"))
    assert "run" not in order and "report_to" not in order
    with pytest.raises(JobError, match="holds something already"):
        repeating.again(folder, tmp_path / "again")

    build_tiny_model(model, seed=1)
    train = Path(snapshot.path) / "train.jsonl"
    train.write_text(train.read_text(encoding="utf-8").replace("answer", "reply"), encoding="utf-8")
    events = folder / "events.jsonl"
    events.write_text(events.read_text(encoding="utf-8").replace('"mlx-lm": "', '"mlx-lm": "0.0+'), encoding="utf-8")
    other = repeating.again(folder, tmp_path / "other")
    assert [words.split(" ")[:3] for words in other.differences[:2]] == [
        ["The", "base", "model"],
        ["The", "rows", "in"],
    ]
    assert other.differences[2].startswith("mlx-lm was 0.0+") and len(other.differences) == 3
    assert wait_for_end(tmp_path / "other") is JobState.DONE
    assert repeating.verdict(folder, tmp_path / "other") == "The adapter is not the same."

    shutil.rmtree(model)
    with pytest.raises(JobError, match="The base model is not where it was"):
        repeating.again(folder, tmp_path / "third")
    with pytest.raises(JobError, match="no job to do"):
        repeating.again(tmp_path / "nothing", tmp_path / "third")


def test_the_same_line_goes_on_with_a_repetition_that_was_killed(ws: Workspace, tmp_path: Path) -> None:
    snapshot = datasets.freeze(ws, "tiny", 64)
    run = training.train(ws, snapshot.id, "tiny", replace(SETTINGS, iterations=60))
    until(ws, run.id, JobState.DONE)
    folder, into = Path(run.path), tmp_path / "again"
    repeating.again(folder, into)
    next(event for event in repeating.follow(into) if event.kind == "train")
    supervisor.kill(into)
    assert supervisor.state(into) is JobState.INTERRUPTED
    assert repeating.again(folder, into).differences == ()
    repeating.again(folder, into)  # it is at work: no second one, and nothing to complain of
    assert wait_for_end(into) is JobState.DONE
    assert [event.kind for event in repeating.follow(into)].count("starting") == 2
    assert repeating.verdict(folder, into) == repeating.SAME
