"""A job is ended with everything that belongs to it, and told to stop even where there is no room to say so."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from job_running import events_of, wait_for_end, wait_for_event, wait_until

from curator.core.errors import JobError
from curator.core.job import STOP_FILE, JobState
from curator.engine.stopping import StopKind, StopRequest, StopRequestedError
from curator.jobs import supervisor
from curator.jobs.claim import is_claimed
from curator.jobs.ending import kill, request_stop, tell_stop
from curator.jobs.runtimes import Runtime
from curator.jobs.signature import sign_for

FAMILY = """
import json, os, sys, time
from pathlib import Path
import psutil
folder = Path(sys.argv[2])
def signed(pid):
    return {"pid": pid, "created": psutil.Process(pid).create_time()}
child = os.fork()
if child == 0:
    time.sleep(600)
other = os.fork()
if other == 0:
    time.sleep(600)
if sys.argv[3:] == ["between"]:
    os.kill(child, 9)
(folder / "worker.json").write_text(json.dumps(signed(child) | {"watcher": signed(os.getpid())}))
if sys.argv[3:] == ["between"]:
    os.waitpid(child, 0)
with (folder / "events.jsonl").open("a") as stream:
    print(json.dumps({"event": "started", "t": time.time(), "family": [child, other, os.getpid()]}), file=stream)
os.waitpid(other, 0)
"""


@pytest.fixture(params=["at work", "between"])
def family(tmp_path: Path, request: pytest.FixtureRequest) -> Runtime:
    """A worker with its watcher and a helper; or, between two of its segments, without the worker."""
    program = tmp_path / "family.py"
    program.write_text(FAMILY.replace("sys.argv[3:]", repr([request.param])))
    return Runtime((sys.executable, str(program)))


def test_nobody_of_a_job_is_left_when_it_is_killed(job: Path, family: Runtime) -> None:
    supervisor.start(job, family)
    wait_for_event(job, "started")
    assert is_claimed(job)
    members = events_of(job, "started")[0].figures["family"]
    kill(job)
    assert not is_claimed(job)  # which each of them would still hold
    assert wait_for_end(job) is JobState.INTERRUPTED
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in members), "the system having forgotten them")
    kill(job)  # nobody is there any more, and nothing happens


def test_a_job_can_be_begun_anew_as_soon_as_it_has_been_killed(
    job: Path, waiting_worker: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor.start(job, waiting_worker)
    wait_for_event(job, "started")
    present = supervisor.worker(job)
    assert present is not None
    still, status = iter([True] * 3), psutil.Process.status  # the claim is free, and the kernel not yet through

    def slowly(process: psutil.Process) -> str:
        told = status(process)
        is_ours = process.pid == present.pid and told == psutil.STATUS_ZOMBIE
        return psutil.STATUS_RUNNING if is_ours and next(still, False) else told

    monkeypatch.setattr(psutil.Process, "status", slowly)
    kill(job)
    supervisor.start(job, waiting_worker)
    wait_for_event(job, "started", 2)
    request_stop(job)
    assert wait_for_end(job) is JobState.STOPPED


def test_who_only_shares_a_group_with_a_worker_is_not_ended_with_it(job: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    beside = subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0)  # as in one line of a shell
    working = subprocess.Popen(command, stdin=subprocess.PIPE, process_group=beside.pid)
    try:
        sign_for(job, working.pid)
        kill(job)
        assert working.wait(120) == -signal.SIGKILL
        assert beside.poll() is None
    finally:
        for process in (working, beside):
            process.communicate()
    assert beside.returncode == 0


def test_a_worker_that_ends_by_itself_meanwhile_is_no_error(job: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    working = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    sign_for(job, working.pid)

    def refused(group: int, number: int) -> None:  # as macOS refuses where only zombies are left of a group
        os.kill(group, number)
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "killpg", refused)
    kill(job)
    assert working.wait(120) == -signal.SIGKILL
    working.communicate()


@contextmanager
def full_disk() -> Iterator[None]:
    """Files get names, and nothing into them."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("is_pause", [False, True])
def test_a_full_disk_keeps_nobody_from_stopping(job: Path, is_pause: bool) -> None:
    with full_disk():
        request_stop(job, pause=is_pause)
    with pytest.raises(StopRequestedError) as caught:
        StopRequest(job).check()
    assert caught.value.kind is StopKind.KEEP
    assert sorted(path.name for path in job.iterdir()) == ["job.json", STOP_FILE]


def test_what_is_to_be_thrown_away_is_never_kept_instead(job: Path) -> None:
    with full_disk(), pytest.raises(JobError, match="cannot be told to stop: File too large") as caught:
        request_stop(job, discard=True)
    assert "Make room" in caught.value.hint
    assert [path.name for path in job.iterdir()] == ["job.json"]


@pytest.mark.parametrize(
    ("word", "has_learned", "state", "words"),
    [
        ("keep", True, JobState.STOPPED, "Stopped on the way; what was learned before is kept."),
        ("keep", False, JobState.STOPPED, "Stopped on the way; nothing was learned yet."),
        ("pause", True, JobState.PAUSED, "Paused on the way; it can go on from here."),
        ("discard", True, JobState.DISCARDED, "Stopped and thrown away."),
    ],
)
def test_a_stop_before_anybody_began_tells_what_becomes_of_what_was_learned(
    job: Path, word: str, has_learned: bool, state: JobState, words: str
) -> None:
    learned = [job / name for name in ("checkpoint.safetensors", "adapters.safetensors") if has_learned]
    for path in learned:
        path.touch()
    tell_stop(job, word, "on the way")
    assert supervisor.state(job) is state and events_of(job)[-1].figures["message"] == words
    assert [path.exists() for path in learned] == [word != "discard"] * len(learned)
