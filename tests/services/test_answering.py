"""Answers of the real worker process on the tiny model."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import mlx_lm
import psutil
import pytest
from job_running import run_to_end, write_train_job
from tiny_model import build_tiny_model, write_snapshot

from curator.core.errors import CuratorError, JobError, ModelError
from curator.core.job import JobState
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.services.answering import answer, answers
from curator.services.workspace import Workspace

PROMPT = "What does tool 3 mean?"


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def workspace(library_folder: Path, tiny_model: Path) -> Iterator[Workspace]:
    with Workspace.open(library_folder) as ws:
        ws.shelf.add_folder(tiny_model)
        yield ws


def stock_answer(folder: Path, adapter: Path | None = None) -> str:
    loaded = mlx_lm.load(str(folder), adapter_path=str(adapter) if adapter else None)
    model, tokenizer = loaded[0], loaded[1]
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": PROMPT}], add_generation_prompt=True, return_dict=False
    )
    return str(mlx_lm.generate(model, tokenizer, ids, max_tokens=24))


def test_base_and_tuned_answers_are_those_of_stock_mlx_lm(
    workspace: Workspace, tiny_model: Path, tmp_path: Path
) -> None:
    settings = TrainSettings(passes=25, learning_rate=1e-2, dropout=0.0, evals_per_pass=0.2)
    run = Run(0, "Voice", 0, "tiny", "", settings, JobState.DONE, "", "2026-11-22T00:00:00+00:00")
    run = workspace.library.add_run(run)
    data = write_snapshot(tmp_path / "snapshot")
    assert run_to_end(write_train_job(Path(run.path), tiny_model, data, settings)) is JobState.DONE
    pieces: list[tuple[int, str]] = []
    base = answers(workspace, "tiny", [PROMPT, PROMPT], max_tokens=24, on_text=lambda n, text: pieces.append((n, text)))
    assert base[0] == base[1] == "".join(text for number, text in pieces if number == 1)
    tuned = answer(workspace, "tiny", PROMPT, run=run.id, max_tokens=24)
    assert tuned != base[0] and tuned.startswith("It means")
    assert tuned == stock_answer(tiny_model, Path(run.path)).rstrip("\ufffd")


def test_a_run_without_an_adapter_is_told(workspace: Workspace) -> None:
    run = Run(0, "Voice", 0, "tiny", "", TrainSettings(), JobState.STOPPED, "", "2026-11-22T00:00:00+00:00")
    run = workspace.library.add_run(run)
    with pytest.raises(CuratorError) as caught:
        answer(workspace, "tiny", PROMPT, run=run.id)
    assert caught.value.message == "This run has no adapter yet."


def test_a_model_that_is_not_there_is_told(workspace: Workspace) -> None:
    with pytest.raises(ModelError):
        answer(workspace, "no such model", PROMPT)


def test_an_answer_that_is_stopped_leaves_no_process_behind(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # answers elsewhere on this computer are not ours
    cancel = threading.Event()
    answering: list[int] = []

    def hear(number: int, _piece: str) -> None:
        answering.append(number)
        cancel.set()

    with pytest.raises(JobError, match="It was stopped"):
        answers(workspace, "tiny", [PROMPT] * 400, max_tokens=400, on_text=hear, cancel=cancel)
    assert answering and max(answering) < 399, "it did not wait for the last of the answers"
    told = psutil.process_iter(["cmdline"])  # of one that has ended there are no words
    assert not [p for p in told if str(tmp_path / "curator-answer-") in " ".join(p.info["cmdline"] or ())]
