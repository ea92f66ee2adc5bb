from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from job_running import events_of, held_still, wait_for_end, wait_for_event, wait_until

from curator.core.errors import JobError
from curator.core.job import JobState
from curator.jobs import supervisor
from curator.jobs.claim import claim, is_claimed
from curator.jobs.folder import append_event, write_job
from curator.jobs.runtimes import Runtime


@pytest.fixture
def running(job: Path, waiting_worker: Runtime) -> Path:
    supervisor.start(job, waiting_worker)
    wait_for_event(job, "started")
    return job


def test_a_job_goes_from_queued_to_running_to_stopped(job: Path, waiting_worker: Runtime) -> None:
    assert supervisor.state(job) is JobState.QUEUED
    supervisor.start(job, waiting_worker)
    assert supervisor.state(job) in (JobState.STARTING, JobState.RUNNING)
    wait_for_event(job, "started")
    assert supervisor.state(job) is JobState.RUNNING
    supervisor.request_stop(job)
    assert wait_for_end(job) is JobState.STOPPED
    assert (job / "worker.log").read_text() == "working\n"


def test_a_job_can_be_thrown_away(running: Path) -> None:
    supervisor.request_stop(running, discard=True)
    assert wait_for_end(running) is JobState.DISCARDED


def test_a_job_has_a_session_of_its_own(running: Path) -> None:
    assert events_of(running, "started")[0].figures["session"] != os.getsid(0)
    supervisor.request_stop(running)
    wait_for_end(running)


def test_a_second_start_is_refused_while_one_is_at_work(running: Path, waiting_worker: Runtime) -> None:
    with pytest.raises(JobError) as caught:
        supervisor.start(running, waiting_worker)
    assert caught.value.message == "This job is already running."
    assert len(events_of(running, "starting")) == 1
    supervisor.request_stop(running)
    wait_for_end(running)


def test_a_second_start_is_refused_while_one_is_starting(job: Path, waiting_worker: Runtime) -> None:
    lock = claim(job)
    assert lock is not None
    with pytest.raises(JobError, match="just being started"):
        supervisor.start(job, waiting_worker)
    os.close(lock)  # the process that was starting it died
    supervisor.start(job, waiting_worker)
    wait_for_event(job, "started")
    supervisor.request_stop(job)
    wait_for_end(job)


def test_a_job_that_ended_can_be_started_again(running: Path, waiting_worker: Runtime) -> None:
    supervisor.request_stop(running)
    wait_for_end(running)
    supervisor.start(running, waiting_worker)
    wait_for_event(running, "started", 2)
    assert supervisor.state(running) is JobState.RUNNING
    supervisor.request_stop(running)
    wait_for_end(running)


def test_a_worker_that_is_gone_without_a_word_is_interrupted(running: Path) -> None:
    supervisor.kill(running)
    assert wait_for_end(running) is JobState.INTERRUPTED
    supervisor.kill(running)  # nobody is there any more, and nothing happens


def test_a_process_id_given_to_another_program_is_not_taken_for_the_worker(running: Path) -> None:
    supervisor.kill(running)
    wait_for_end(running)
    (running / "worker.json").write_text(json.dumps({"pid": os.getpid(), "created": 1.0}))
    assert supervisor.state(running) is JobState.INTERRUPTED


def test_nothing_stays_behind_as_a_zombie(running: Path) -> None:
    worker = supervisor.worker(running)
    assert worker is not None
    os.kill(worker.pid, signal.SIGTERM)
    wait_for_end(running)
    wait_until(
        lambda: supervisor.state(running).is_over and not psutil.pid_exists(worker.pid), "the child being reaped"
    )


def test_the_job_goes_on_when_the_window_that_started_it_is_gone(job: Path, waiting_worker: Runtime) -> None:
    window = (
        "import sys\nfrom pathlib import Path\nfrom curator.jobs import supervisor\n"
        "from curator.jobs.runtimes import Runtime\n"
        "supervisor.start(Path(sys.argv[1]), Runtime(tuple(sys.argv[2:])))\n"
    )
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", window, str(job), *waiting_worker.command]
    subprocess.run(command, check=True, cwd=root, start_new_session=True)
    wait_for_event(job, "started")
    assert supervisor.state(job) is JobState.RUNNING  # adopted by this process, which did not start it
    supervisor.request_stop(job)
    assert wait_for_end(job) is JobState.STOPPED


def test_a_program_that_cannot_be_started_is_told(job: Path) -> None:
    with pytest.raises(JobError, match="could not be started"):
        supervisor.start(job, Runtime(("/nowhere/curator",)))
    assert supervisor.state(job) is JobState.INTERRUPTED


def test_a_folder_that_cannot_be_written_is_told(job: Path, waiting_worker: Runtime) -> None:
    (job / "events.jsonl").mkdir()
    with pytest.raises(JobError, match="cannot be written"):
        supervisor.start(job, waiting_worker)
    assert not is_claimed(job)


def test_two_that_look_at_once_are_no_worker_to_each_other(job: Path) -> None:
    lock = claim(job)
    assert lock is not None and is_claimed(job)
    os.close(lock)
    with (job / "claim").open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)  # another window in the middle of its look
        assert not is_claimed(job)


def test_a_folder_without_an_order_is_told(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no job to do"):
        supervisor.start(tmp_path)


def test_an_unknown_work_is_told_by_the_real_worker(tmp_path: Path) -> None:
    write_job(tmp_path / "job", {"kind": "juggle"})
    supervisor.start(tmp_path / "job")
    assert wait_for_end(tmp_path / "job") is JobState.FAILED
    assert events_of(tmp_path / "job")[-1].figures["message"] == "Nobody here knows the work “juggle”."


def test_a_watcher_that_is_killed_too_leaves_an_interrupted_job(tmp_path: Path) -> None:
    write_job(tmp_path / "job", {"kind": "generate", "model": "/nowhere", "prompt": "x"})
    supervisor.start(tmp_path / "job")
    worker = supervisor.worker(tmp_path / "job")
    assert worker is not None
    os.killpg(os.getpgid(worker.pid), signal.SIGKILL)
    assert wait_for_end(tmp_path / "job") is JobState.INTERRUPTED


STARTER = """
import sys
import time
from pathlib import Path
from curator.core.errors import JobError
from curator.jobs import supervisor
from curator.jobs.runtimes import Runtime
print("ready", flush=True)
sys.stdin.readline()
try:
    supervisor.start(Path(sys.argv[1]), Runtime(tuple(sys.argv[2:])))
    print("started")
except JobError as error:
    print(error.message)
"""


def test_of_several_that_start_one_job_at_once_one_does(job: Path, waiting_worker: Runtime) -> None:
    command = [sys.executable, "-c", STARTER, str(job), *waiting_worker.command]
    root = Path(__file__).resolve().parents[2]
    starters = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(4)
    ]
    for starter in starters:
        assert starter.stdout is not None and starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("\n")
        starter.stdin.flush()
    said = [starter.communicate()[0].strip() for starter in starters]
    assert sorted(said)[-1] == "started" and said.count("started") == 1
    assert set(said) <= {"started", "This job is already running.", "This job is just being started."}
    wait_for_event(job, "started")
    assert len(events_of(job, "starting")) == len(events_of(job, "started")) == 1
    supervisor.request_stop(job)
    wait_for_end(job)


def test_a_worker_whose_starter_died_before_signing_is_neither_lost_nor_doubled(
    job: Path, waiting_worker: Runtime
) -> None:
    lock = claim(job)
    assert lock is not None
    append_event(job, "starting")
    holder = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(lock,))
    os.close(lock)
    assert supervisor.worker(job) is None and supervisor.state(job) is JobState.STARTING
    with pytest.raises(JobError, match="just being started"):
        supervisor.start(job, waiting_worker)
    holder.communicate(b"\n")
    assert supervisor.state(job) is JobState.INTERRUPTED


def test_a_worker_holds_its_job_itself_and_not_only_by_its_signature(running: Path, waiting_worker: Runtime) -> None:
    (running / "worker.json").unlink()  # as a person does who tidies up, or a disk that loses it
    assert is_claimed(running) and supervisor.state(running) is JobState.RUNNING
    with pytest.raises(JobError, match="just being started"):
        supervisor.start(running, waiting_worker)
    assert len(events_of(running, "starting")) == 1
    supervisor.request_stop(running)
    assert wait_for_end(running) is JobState.STOPPED
    wait_until(lambda: not is_claimed(running), "the worker leaving its job")


def test_a_job_that_ends_between_two_looks_was_not_interrupted(job: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append_event(job, "starting")

    def just_gone(folder: Path) -> None:
        append_event(folder, "done")

    monkeypatch.setattr(supervisor, "worker", just_gone)
    assert supervisor.state(job) is JobState.DONE


STUBBORN = """
import json, os, signal, sys, time
from pathlib import Path
import psutil
signal.signal(signal.SIGTERM, signal.SIG_IGN)
folder = Path(sys.argv[2])
(folder / "worker.json").write_text(json.dumps({"pid": os.getpid(), "created": psutil.Process().create_time()}))
with (folder / "events.jsonl").open("a") as stream:
    print(json.dumps({"event": "paused", "t": time.time(), "message": "Paused; it can go on."}), file=stream)
time.sleep(600)
"""


def test_a_worker_that_told_its_end_and_does_not_leave_is_ended_for_the_next_one(
    job: Path, tmp_path: Path, waiting_worker: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_LEAVING_SECONDS", 2.0)  # also for the killed one to be gone
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    supervisor.start(job, Runtime((sys.executable, str(tmp_path / "stubborn.py"))))
    wait_for_event(job, "paused")
    before = supervisor.worker(job)
    assert before is not None and before.is_alive and supervisor.state(job) is JobState.PAUSED
    supervisor.start(job, waiting_worker)
    wait_for_event(job, "started")
    assert not before.is_alive
    kinds = [event.kind for event in events_of(job)]
    assert kinds == ["starting", "paused", "note", "starting", "started"]
    assert events_of(job, "note")[0].figures["message"].endswith("did not leave; it was ended.")
    supervisor.request_stop(job)
    assert wait_for_end(job) is JobState.STOPPED


def test_who_holds_a_job_whose_end_is_told_and_never_signed_for_it_is_left_alone(
    job: Path, waiting_worker: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_LEAVING_SECONDS", 0.2)
    lock = claim(job)
    assert lock is not None
    append_event(job, "paused", message="Paused; it can go on from here.")
    holder = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(lock,))
    os.close(lock)
    try:
        with pytest.raises(JobError) as caught:
            supervisor.start(job, waiting_worker)
        assert holder.poll() is None
    finally:
        holder.communicate(b"\n")
    assert "has not left" in caught.value.message and "stop" not in caught.value.hint  # it has been stopped
    assert supervisor.state(job) is JobState.PAUSED


def test_a_window_that_comes_back_knows_within_a_second(running: Path) -> None:
    began = time.process_time()
    assert supervisor.state(running) is JobState.RUNNING
    assert time.process_time() - began < 0.5
    supervisor.request_stop(running)
    wait_for_end(running)


def test_what_is_told_aside_does_not_hide_where_the_job_stands(running: Path) -> None:
    append_event(running, "waiting", message="Another training is at work.")
    append_event(running, "line", is_up=False, host="mac", message="The line broke.")
    assert supervisor.state(running) is JobState.WAITING
    with held_still(running):
        supervisor.request_stop(running, pause=True)
        assert (running / "stop").read_text() == "pause" and supervisor.state(running) is JobState.STOPPING
    wait_for_end(running)


def test_a_line_longer_than_what_is_looked_at_first_hides_nothing(running: Path) -> None:
    append_event(running, "sample", prompt="word " * 60_000, text="Yes.")
    assert supervisor.state(running) is JobState.RUNNING
    last = supervisor.last_event(running)
    assert last is not None and last.kind == "sample"
    supervisor.request_stop(running)
    wait_for_end(running)


def test_where_there_are_no_locks_the_signature_keeps_a_second_worker_away(
    job: Path, waiting_worker: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)  # as on some shared folders
    supervisor.start(job, waiting_worker)
    wait_for_event(job, "started")
    assert supervisor.state(job) is JobState.RUNNING
    with pytest.raises(JobError, match="already running"):
        supervisor.start(job, waiting_worker)
    assert len(events_of(job, "starting")) == 1
    supervisor.request_stop(job)
    assert wait_for_end(job) is JobState.STOPPED
    supervisor.start(job, waiting_worker)
    wait_for_event(job, "started", 2)
    supervisor.request_stop(job)
    wait_for_end(job)
