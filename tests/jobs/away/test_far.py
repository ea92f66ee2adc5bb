"""The verbs of the other end, without a line in between."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from job_running import events_of, wait_for_end, wait_for_event

from curator import paths
from curator.core.errors import JobError
from curator.core.job import JobState
from curator.jobs import supervisor
from curator.jobs.away import far
from curator.jobs.folder import append_event, write_job
from curator.jobs.runtimes import Runtime
from curator.tokens.identity import base_fingerprint


@pytest.fixture
def job(tmp_path: Path, waiting_worker: Runtime, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job as it arrives: its order names no place, and the worker over there is the one that needs no mlx."""
    write_job(tmp_path / "jobs" / "k", {"kind": "wait", "data": "data"})
    start = supervisor.start
    monkeypatch.setattr(supervisor, "start", lambda folder: start(folder, waiting_worker))
    return tmp_path / "jobs" / "k"


def test_an_attempt_is_made_once_and_another_one_again(job: Path) -> None:
    far.begin(job, "first")
    wait_for_event(job, "started")
    far.begin(job, "first")  # the line dropped before that could be told
    far.begin(job, "second")  # asked for by somebody who does not know that it is at work
    assert len(events_of(job, "starting")) == 1
    supervisor.kill(job)
    assert wait_for_end(job) is JobState.INTERRUPTED
    far.begin(job, "first")
    assert len(events_of(job, "starting")) == 1
    far.begin(job, "third")  # whoever asks now counts anew
    wait_for_event(job, "started", 2)
    assert far.halt(job)["state"] == JobState.STOPPED.value
    assert far.forget(job)["state"] == JobState.STOPPED.value and not job.exists()


def test_a_start_that_the_power_cut_short_is_made_again(job: Path) -> None:
    (job / "begun").write_text("")
    append_event(job, "starting")
    far.begin(job, "first")
    wait_for_event(job, "started")
    far.forget(job)


def test_an_event_of_any_length_is_passed_on_whole(job: Path) -> None:
    append_event(job, "sample", prompt="x" * 2_500_000)
    append_event(job, "done")
    command = [*paths.program(), "--far", "follow", str(job), "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as following:  # the line stays open
        assert following.stdout is not None
        lines = following.stdout.read().splitlines()
    sample, done, over = [line for line in lines if not line.startswith(b"beat")]
    offset, _, line = sample.partition(b" ")
    assert len(json.loads(line)["prompt"]) == 2_500_000
    assert int(offset) == len(line) + 1
    assert b'"done"' in done
    assert over == b"over done"


def test_a_model_that_comes_twice_is_there_once(tmp_path: Path) -> None:
    (model := tmp_path / "model").mkdir()
    (model / "config.json").write_text("{}")
    (model / "model.safetensors").write_bytes(b"weights")
    fingerprint = base_fingerprint(model)
    part = tmp_path / f"{fingerprint}.part"
    for _ in range(2):
        shutil.copytree(model, part)
        (part / ".model.safetensors.Tz2fAH").write_bytes(b"wei")  # of an rsync that still waits for its dead line
        assert far.settle(part, fingerprint) == {"has": True}
    assert not part.exists()
    assert {path.name for path in (tmp_path / fingerprint).iterdir()} == {"config.json", "model.safetensors"}
    with pytest.raises(JobError, match="did not arrive whole"):
        far.settle(tmp_path / fingerprint, "another")


def test_nothing_outside_the_jobs_is_ever_deleted(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    far.forget(tmp_path / "precious")
    assert (tmp_path / "precious").is_dir()


def test_an_unknown_verb_is_a_sentence(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert far.main(["juggle"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["message"] == "Nobody here knows “juggle”."
