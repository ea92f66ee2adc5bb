"""Training in a real worker process on the tiny model."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path

import mlx.core as mx
import mlx_lm
import pytest
from filelock import FileLock
from job_running import events_of, held_still, run_to_end, wait_for_end, wait_for_event, write_train_job
from tiny_model import build_tiny_model, write_rows, write_snapshot
from trained_runs import StopAtStep, adapter_of, assert_same_end, train_here

from curator import paths
from curator.core.job import JobState
from curator.core.settings import TrainSettings
from curator.engine.adapter import load_adapter
from curator.engine.base import load_base
from curator.engine.course import Course
from curator.engine.loss import ResponseLoss
from curator.engine.rows import read_rows
from curator.engine.standing import CHECKPOINT_FILE
from curator.engine.stopping import StopKind, StopRequest
from curator.engine.telling import Teller
from curator.engine.train import train_job
from curator.engine.validation import validation_losses
from curator.jobs import supervisor
from curator.jobs.progress import fold
from curator.tokens.identity import base_fingerprint
from curator.tokens.tokenizer import ModelTokenizer

LONG = TrainSettings(passes=4000, learning_rate=1e-3, evals_per_pass=0.25, checkpoint_seconds=0.2)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, snapshot: Path) -> Path:
    settings = TrainSettings(passes=4, learning_rate=5e-3, dropout=0.1, seed=3)
    folder = write_train_job(tmp_path_factory.mktemp("trained") / "run", tiny_model, snapshot, settings)
    assert run_to_end(folder) is JobState.DONE, (folder / "worker.log").read_text()
    return folder


def test_the_loss_falls_and_the_best_adapter_works_in_stock_mlx_lm(
    trained: Path, tiny_model: Path, snapshot: Path
) -> None:
    told = fold(events_of(trained))
    assert told.valid[-1].loss < told.valid[0].loss - 1.0
    assert told.train[-1].loss < told.train[0].loss - 1.0
    assert (told.iteration, told.passes, told.total_passes) == (12, 4.0, 4.0)
    assert told.best is not None and told.best.loss == min(point.loss for point in told.valid)
    model, _ = mlx_lm.load(str(tiny_model), adapter_path=str(trained))
    rows = read_rows(snapshot / "valid.jsonl", ModelTokenizer(tiny_model), 2048)
    assert validation_losses(model, ResponseLoss(model), rows, 4).mean == pytest.approx(told.best.loss, abs=1e-5)


def test_it_tells_what_it_works_with(trained: Path, tiny_model: Path) -> None:
    (started,) = events_of(trained, "started")
    assert (started.figures["rows"], started.figures["valid_rows"], started.figures["iterations"]) == (10, 3, 12)
    assert started.figures["tokens_per_pass"] > 300
    assert (started.figures["method"], started.figures["head"], started.figures["world"]) == ("lora", "response", 1)
    assert started.figures["base"] == base_fingerprint(tiny_model)
    assert set(started.figures["versions"]) == {"python", "mlx", "mlx-lm", "tokenizers"}
    steps = events_of(trained, "train")
    assert [step.figures["iteration"] for step in steps] == list(range(1, 13))
    assert steps[-1].figures["tokens"] == 4 * started.figures["tokens_per_pass"]
    assert steps[-1].figures["tokens_per_second"] > 0
    assert all(step.figures["seconds_left"] >= 0 for step in steps[1:])  # after the last its validation is left
    assert not (trained / CHECKPOINT_FILE).exists() and not list(trained.glob("*.new*"))


def test_more_passes_than_were_asked_for_are_said(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    """Three batches a pass, and an update takes eight."""
    settings = TrainSettings(passes=1, accumulate=8)
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, settings)
    train_here(folder)
    assert "An update takes 8 batches: it trains 2.7 passes, not 1." in fold(events_of(folder)).notes


def test_a_run_that_was_paused_before_its_first_step_goes_on_without_a_complaint(
    tmp_path: Path, tiny_model: Path, snapshot: Path
) -> None:
    class PauseWhenSetUp(StopAtStep):
        def check(self) -> None:
            if events_of(folder, "started"):
                super().check()

    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, TrainSettings(iterations=1))
    end = train_here(folder, PauseWhenSetUp(folder, 0, StopKind.PAUSE))
    assert end["event"] == "paused" and end["message"] == "Paused before anything was learned."
    assert (folder / CHECKPOINT_FILE).is_file()
    assert train_here(folder)["iteration"] == 1
    assert not [note for note in fold(events_of(folder)).notes if "damaged" in note]


def test_every_row_is_trained_in_every_pass(
    tmp_path: Path, tiny_model: Path, snapshot: Path, settings: TrainSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: Counter[int] = Counter()
    report = Course.on_train_loss_report

    def watching(course: Course, info: dict[str, object]) -> None:
        seen.update(course.batches.current)
        report(course, info)

    monkeypatch.setattr(Course, "on_train_loss_report", watching)
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, settings)
    order = json.loads((folder / "job.json").read_text())
    figures = train_job(folder, order, Teller(folder), StopRequest(folder))
    assert seen == Counter(dict.fromkeys(range(10), 4))
    assert figures["passes"] == 4.0


def test_a_stop_keeps_what_was_learned_within_a_step(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, LONG)
    supervisor.start(folder)
    wait_for_event(folder, "train", 20)
    with held_still(folder):  # so that no step is done between the look and the request
        steps = len(events_of(folder, "train"))
        supervisor.request_stop(folder)
    assert wait_for_end(folder) is JobState.STOPPED
    end = events_of(folder)[-1]
    assert end.figures["message"] == "Stopped; what was learned is kept."
    assert end.figures["iteration"] - steps <= 2  # of 12,000
    model, _ = load_base(tiny_model)
    load_adapter(model, folder)


def test_sigterm_stops_and_keeps_too(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, LONG)
    supervisor.start(folder)
    wait_for_event(folder, "train", 3)
    worker = supervisor.worker(folder)
    assert worker is not None
    os.kill(worker.pid, signal.SIGTERM)
    assert wait_for_end(folder) is JobState.STOPPED
    assert (folder / "adapters.safetensors").is_file() and (folder / CHECKPOINT_FILE).is_file()


def test_a_discarded_run_leaves_no_adapter(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, LONG)
    supervisor.start(folder)
    wait_for_event(folder, "checkpoint")
    supervisor.request_stop(folder, discard=True)
    assert wait_for_end(folder) is JobState.DISCARDED
    assert not (folder / "adapters.safetensors").exists()


EXACT = TrainSettings(passes=8, learning_rate=1e-3, dropout=0.1, accumulate=2, seed=5)


def test_a_killed_run_goes_on_bit_for_bit(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    settings = replace(EXACT, passes=12, evals_per_pass=1, checkpoint_seconds=0.05)
    whole = write_train_job(tmp_path / "whole", tiny_model, snapshot, settings)
    parted = write_train_job(tmp_path / "parted", tiny_model, snapshot, settings)
    supervisor.start(parted)
    wait_for_event(parted, "checkpoint")
    supervisor.kill(parted)
    assert wait_for_end(parted) is JobState.INTERRUPTED
    assert run_to_end(parted) is JobState.DONE
    assert 0 < events_of(parted, "started")[-1].figures["resumed_at"] < 36
    assert run_to_end(whole) is JobState.DONE
    assert_same_end(whole, parted)


def test_a_killed_worker_is_told_in_a_sentence(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, LONG)
    supervisor.start(folder)
    wait_for_event(folder, "train")
    worker = supervisor.worker(folder)
    assert worker is not None
    os.kill(worker.pid, signal.SIGKILL)
    assert wait_for_end(folder) is JobState.INTERRUPTED
    told = fold(events_of(folder))
    assert "memory" in told.message and "checkpoint" in told.hint


def test_a_loss_that_is_no_number_fails_and_keeps_the_best_adapter(
    tmp_path: Path, tiny_model: Path, snapshot: Path
) -> None:
    settings = TrainSettings(passes=200, scale=1e30, warmup=0.9, dropout=0.0)  # overflows with the first step
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, settings)
    assert run_to_end(folder) is JobState.FAILED
    end = events_of(folder)[-1]
    assert "no numbers" in end.figures["message"] and "learning rate" in end.figures["hint"]
    assert b"NaN" not in (folder / "events.jsonl").read_bytes()


def test_gradients_that_are_no_numbers_end_the_run_with_accumulation_too(
    tmp_path: Path, tiny_model: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @mx.custom_function
    def overflowing(losses: mx.array) -> mx.array:
        return losses

    @overflowing.vjp
    def overflowing_gradient(losses: mx.array, slopes: mx.array, _: mx.array) -> mx.array:
        return slopes * float("inf")

    plain = ResponseLoss.token_losses
    monkeypatch.setattr(ResponseLoss, "token_losses", lambda *given: overflowing(plain(*given)))
    message, _ = failing(tmp_path, tiny_model, snapshot, TrainSettings(passes=10, accumulate=2))
    assert message == "The loss or its gradients are no numbers any more since iteration 1."
    steps = events_of(tmp_path / "run", "train")
    assert len(steps) == 10 and all(step.figures["loss"] > 0 for step in steps), "five updates of two"


def test_a_run_that_has_ended_leaves_the_device_to_others(tmp_path: Path, tiny_model: Path) -> None:
    failing(tmp_path, tiny_model, tmp_path / "gone")
    with FileLock(paths.device_lock()).acquire(timeout=0):
        assert events_of(tmp_path / "run")[-1].kind == "failed"


def test_it_stops_by_itself_when_validation_no_longer_gets_better(
    tmp_path: Path, tiny_model: Path, snapshot: Path
) -> None:
    settings = TrainSettings(passes=500, learning_rate=2e-2, patience=3, warmup=0, evals_per_pass=1)
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, settings)
    assert run_to_end(folder) is JobState.DONE
    end = events_of(folder)[-1]
    assert end.figures["iteration"] < 1500 and "by itself" in end.figures["message"]
    assert end.figures["best_loss"] < end.figures["last_valid"] + 1e-4
    model, _ = load_base(tiny_model)
    load_adapter(model, folder)
    rows = read_rows(snapshot / "valid.jsonl", ModelTokenizer(tiny_model), 2048)
    assert validation_losses(model, ResponseLoss(model), rows, 4).mean == pytest.approx(
        end.figures["best_loss"], abs=1e-5
    )


def failing(tmp_path: Path, model: Path, data: Path, settings: TrainSettings | None = None) -> tuple[str, str]:
    """Train in this process, expecting a failure. Returns its sentence and hint, as the worker tells them."""
    from curator.engine.worker import FAILED, work

    folder = write_train_job(tmp_path / "run", model, data, settings or TrainSettings())
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        assert work(folder) == FAILED
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    end = events_of(folder)[-1]
    assert end.kind == "failed"
    return str(end.figures["message"]), str(end.figures["hint"])


def test_a_model_folder_without_weights_is_told(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    shutil.copytree(tiny_model, tmp_path / "model")
    (tmp_path / "model" / "model.safetensors").unlink()
    message, hint = failing(tmp_path, tmp_path / "model", snapshot)
    assert message == "The weights of “model” are missing." and hint


def test_damaged_weights_are_told(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    shutil.copytree(tiny_model, tmp_path / "model")
    weights = tmp_path / "model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:50_000])
    message, hint = failing(tmp_path, tmp_path / "model", snapshot)
    assert "damaged" in message and hint


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model_type": "abacus"}, "architecture “abacus”"),
        ({"hidden_size": 32}, "do not fit"),
        ({"model_file": "evil.py"}, "own code"),
    ],
)
def test_a_config_that_cannot_be_used_is_told(
    tmp_path: Path, tiny_model: Path, snapshot: Path, change: dict[str, object], words: str
) -> None:
    shutil.copytree(tiny_model, tmp_path / "model")
    config = tmp_path / "model" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), **change}))
    (tmp_path / "model" / "evil.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'w')")
    message, hint = failing(tmp_path, tmp_path / "model", snapshot)
    assert words in message and hint
    assert not (tmp_path / "canary").exists()


def test_a_model_folder_that_is_gone_is_told(tmp_path: Path, snapshot: Path) -> None:
    message, _ = failing(tmp_path, tmp_path / "gone", snapshot)
    assert "not where it was" in message


def test_a_snapshot_that_is_gone_is_told(tmp_path: Path, tiny_model: Path) -> None:
    message, hint = failing(tmp_path, tiny_model, tmp_path / "gone")
    assert "snapshot is not where it was" in message and "Freeze" in hint


def test_no_rows_are_told(tmp_path: Path, tiny_model: Path) -> None:
    message, hint = failing(tmp_path, tiny_model, write_snapshot(tmp_path / "data", train=0))
    assert message == "The snapshot has no rows to train." and "clean" in hint


def test_a_row_longer_than_the_maximum_is_told_and_never_cut(tmp_path: Path, tiny_model: Path) -> None:
    data = write_snapshot(tmp_path / "data", train=1)
    write_rows(data / "train.jsonl", [("Short?", "Yes."), ("Why? " * 200, "So.")])
    message, hint = failing(tmp_path, tiny_model, data, replace(TrainSettings(), max_tokens=128))
    assert message.startswith("train.jsonl, line 2 has ") and "maximum of 128" in message and "freeze again" in hint


def test_without_validation_rows_the_last_adapter_is_kept(tmp_path: Path, tiny_model: Path) -> None:
    data = write_snapshot(tmp_path / "data", train=3, valid=0)
    folder = write_train_job(tmp_path / "run", tiny_model, data, TrainSettings(passes=3, learning_rate=5e-3))
    assert run_to_end(folder) is JobState.DONE
    assert any("no validation rows" in note.figures["text"] for note in events_of(folder, "note"))
    assert any(value.any().item() for name, value in adapter_of(folder).items() if name.endswith("lora_b"))


def test_settings_of_a_newer_curator_are_passed_over(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, TrainSettings(iterations=1))
    order = json.loads((folder / "job.json").read_text())
    order["settings"]["flux"] = 1
    figures = train_job(folder, order, Teller(folder), StopRequest(folder))
    assert figures["iteration"] == 1


def test_only_as_many_layers_are_adapted_as_there_are(tmp_path: Path, snapshot: Path) -> None:
    model = build_tiny_model(tmp_path / "model", layers=3)
    folder = write_train_job(tmp_path / "run", model, snapshot, TrainSettings(iterations=1, layers=16))
    train_job(folder, json.loads((folder / "job.json").read_text()), Teller(folder), StopRequest(folder))
    (started,) = events_of(folder, "started")
    assert started.figures["layers"] == 3
    assert len(adapter_of(folder)) == 3 * 7 * 2
