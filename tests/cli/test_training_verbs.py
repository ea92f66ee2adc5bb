"""Budget, freeze, train, runs and stop from the command line, with a model built here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tiny_model import build_tiny_model
from verbs import curator


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of 24 clean rows in four sessions, and the model `tiny` on the shelf."""
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("MLX_DISABLE_COMPILE", "1")
    folder = tmp_path / "library"
    for session in range(4):
        lines = []
        for n in range(6):
            question, answer = f"What is tool {n} of box {session}?", f"Tool {n} is in box {session}, where it was."
            lines.append({"role": "user", "content": question})
            lines.append({"role": "assistant", "content": answer})
        file = tmp_path / f"session-{session}.jsonl"
        file.write_text(json.dumps({"messages": lines}) + "\n", encoding="utf-8")
        assert curator(folder, "import", file, "--json").only["new"] == 6
    build_tiny_model(tmp_path / "tiny")
    assert curator(folder, "models", "add", tmp_path / "tiny").code == 0
    numbers = [str(line["id"]) for line in curator(folder, "exchanges", "--json").lines]
    assert len(numbers) == 24
    assert curator(folder, "mark", *numbers, "clean").code == 0
    return folder


def freeze(library: Path) -> dict[str, object]:
    return curator(library, "freeze", "--model", "tiny", "--max-tokens", "256", "--json").only


def test_the_budget_counts_prompt_and_response_apart(library: Path) -> None:
    *rows, last = curator(library, "budget", "--model", "tiny", "--max-tokens", "256", "--json").lines
    assert len(rows) == 24
    assert all(row["total"] == row["prompt_tokens"] + row["response_tokens"] for row in rows)
    assert all(row["verdict"] == "fits" for row in rows)
    assert last["summary"]["tokens"] == sum(row["total"] for row in rows)
    *tight, _ = curator(library, "budget", "--model", "tiny", "--max-tokens", "16", "--json").lines
    assert {row["verdict"] for row in tight} == {"over"}


def test_freezing_twice_gives_the_same_digest_and_keeps_sessions_together(library: Path) -> None:
    first, second = freeze(library), freeze(library)
    assert first["digest"] == second["digest"]
    assert first["train"] + first["valid"] + first["test"] == 24  # type: ignore[operator]
    assert first["valid"] in (6, 12)


def test_a_run_goes_from_its_start_to_an_adapter_that_is_told(library: Path) -> None:
    snapshot = freeze(library)["snapshot"]
    said = curator(
        library, "train", str(snapshot), "--model", "tiny", "--iterations", "30", "--learning-rate", "0.005", "--json"
    )
    assert said.code == 0, said.err
    kinds = [line["event"] for line in said.lines]
    assert kinds[0] == "started" and kinds[-1] == "done"
    losses = [line["loss"] for line in said.lines if line["event"] == "train"]
    assert len(losses) == 30 and losses[-1] < losses[0]
    (run,) = curator(library, "runs", "--json").lines
    assert run["state"] == "done" and run["best_loss"] < run["first_loss"]
    assert (Path(run["path"]) / "adapters.safetensors").stat().st_size > 0


def hear_interrupts() -> None:
    """A terminal's programs hear ^C; those that a script starts in the background would inherit that it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted_at_its_first_step(*words: str) -> list[str]:
    """The kinds of events told after ^C; the verb has ended with the code for a stop."""
    with subprocess.Popen(
        [sys.executable, "-m", "curator", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ.copy(),
        preexec_fn=hear_interrupts,
    ) as terminal:
        assert terminal.stdout is not None
        patience = threading.Timer(120, terminal.kill)  # a verb that does not stop fails, and never hangs
        patience.start()
        for line in terminal.stdout:
            if json.loads(line)["event"] == "train":
                terminal.send_signal(signal.SIGINT)
                break
        rest = [json.loads(line)["event"] for line in terminal.stdout]
        assert terminal.wait(timeout=120) == 3
        patience.cancel()
    return rest


def test_interrupting_the_terminal_stops_and_keeps(library: Path, tmp_path: Path) -> None:
    snapshot = str(freeze(library)["snapshot"])
    words = ["--library", str(library), "train", snapshot, "--model", "tiny", "--iterations", "100000", "--json"]
    assert interrupted_at_its_first_step(*words)[-1] == "stopped"
    (run,) = curator(library, "runs", "--json").lines
    assert run["state"] == "stopped"
    assert (Path(run["path"]) / "adapters.safetensors").stat().st_size > 0
    again = tmp_path / "again"
    rest = interrupted_at_its_first_step("train", "--again", run["path"], "--into", str(again), "--json")
    assert rest[-1] == "stopped" and (again / "adapters.safetensors").stat().st_size > 0


def test_a_preset_that_does_not_exist_is_named_with_those_that_do(library: Path) -> None:
    snapshot = str(freeze(library)["snapshot"])
    said = curator(library, "train", snapshot, "--model", "tiny", "--preset", "heroic")
    assert said.code == 1 and "standard" in said.err
