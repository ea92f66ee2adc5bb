"""An errand is waited for: what it told and left comes back, and what went wrong with it in a sentence."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curator.core.errors import JobError
from curator.core.job import JobEvent
from curator.jobs import errands, supervisor
from curator.jobs.claim import is_claimed
from curator.jobs.errands import run_errand
from curator.jobs.runtimes import Runtime
from curator.jobs.signature import worker

TELL = """
import json, sys, time
def tell(kind, **figures):
    with open(sys.argv[2] + "/events.jsonl", "a") as stream:
        print(json.dumps({"event": kind, "t": time.time(), **figures}), file=stream)
"""
WAIT = "tell('started')\ntime.sleep(600)\n"
Send = Callable[[str], None]


@pytest.fixture
def send(monkeypatch: pytest.MonkeyPatch) -> Send:
    """Have errands done by a worker of these lines."""
    start = supervisor.start

    def by(lines: str) -> None:
        runtime = Runtime((sys.executable, "-S", "-c", TELL + lines))
        monkeypatch.setattr(errands.supervisor, "start", lambda folder: start(folder, runtime))

    return by


def errand(folder: Path, on_event: Callable[[JobEvent], None] | None = None, **more: Any) -> dict[str, object]:
    return run_errand(folder, {"kind": "convert"}, "It could not be converted.", on_event, **more)


def test_what_was_told_at_the_end_comes_back_with_the_result(send: Send, tmp_path: Path) -> None:
    send(
        "tell('started')\nopen(sys.argv[2] + '/result.json', 'w').write('{\"path\": \"here\"}')\ntell('done', bytes=7)"
    )
    heard: list[str] = []
    found = errand(tmp_path / "errand", lambda event: heard.append(event.kind))
    assert found == {"bytes": 7, "path": "here"}
    assert heard == ["starting", "started", "done"]


def test_without_a_result_file_there_is_what_was_told(send: Send, tmp_path: Path) -> None:
    send("tell('done', tokens=3)")
    assert errand(tmp_path / "errand") == {"tokens": 3}


@pytest.mark.parametrize(
    ("lines", "message", "hint"),
    [
        ("tell('failed', message='No room.', hint='Make some.')", "No room.", "Make some."),
        ("tell('failed')", "It could not be converted.", "Try again."),
        ("tell('waiting', message='A run trains.')\nsys.exit(3)", "It could not be converted.", "Try again."),
        ("sys.exit(3)", "It could not be converted.", "Try again."),
    ],
)
def test_an_errand_that_fails_is_told_in_its_words_or_in_those_of_who_sent_it(
    send: Send, tmp_path: Path, lines: str, message: str, hint: str
) -> None:
    send(lines)
    with pytest.raises(JobError) as caught:
        errand(tmp_path / "errand")
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_an_errand_that_nobody_wants_any_more_or_that_is_stuck_is_ended(send: Send, tmp_path: Path) -> None:
    send(WAIT)
    cancel = threading.Event()
    with pytest.raises(JobError, match="It was stopped") as stopped:
        errand(tmp_path / "stopped", lambda event: cancel.set() if event.kind == "started" else None, cancel=cancel)
    assert stopped.value.hint == "Nothing was kept of it."
    with pytest.raises(JobError, match="It could not be converted") as stuck:
        errand(tmp_path / "stuck", patience=0.0)
    assert "stuck" in stuck.value.hint
    for folder in (tmp_path / "stopped", tmp_path / "stuck"):
        present = worker(folder)
        assert present is not None and not present.is_alive and not is_claimed(folder)
