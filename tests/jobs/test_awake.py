"""The computer is kept awake while a worker is at work, where the system offers it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import psutil
import pytest
from job_running import wait_for_end, wait_for_event, wait_until

from curator.core.job import JobState
from curator.jobs import awake, supervisor
from curator.jobs.awake import companions
from curator.jobs.folder import write_job
from curator.jobs.runtimes import Runtime

CAT = str(shutil.which("cat"))
INHIBIT = """#!/bin/sh
what=$1
while case "$1" in --*) true;; *) false;; esac; do shift; done
echo "$$ $what" >> "$(dirname "$0")/held"
exec "$@"
"""
"""The real one needs a system bus; this one runs its command as that does."""
TWO_PROCESSES = """
import os, sys, time
watcher = os.getpid()
if os.fork():
    os.wait()
    raise SystemExit
import json
from pathlib import Path
from curator.jobs.signature import signature
folder = Path(sys.argv[2])
(folder / "worker.json").write_text(json.dumps({**signature(os.getpid()), "watcher": signature(watcher)}))
def tell(kind, **figures):
    with (folder / "events.jsonl").open("a") as stream:
        stream.write(json.dumps({"event": kind, "t": time.time(), **figures}) + "\\n")
tell("started")
while os.getppid() == watcher:
    time.sleep(0.02)
tell("note", text="It goes on alone.")
while not (folder / "stop").exists():
    time.sleep(0.02)
tell("stopped")
"""


def test_on_a_mac_the_computer_is_kept_awake_but_not_its_display() -> None:
    assert companions("darwin") == [["caffeinate", "-i", CAT]]


def test_a_linux_without_a_login_service_offers_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awake, "_SYSTEMD", tmp_path / "nowhere")
    monkeypatch.setenv("PATH", str(Path(CAT).parent) if not shutil.which("elogind-inhibit") else str(tmp_path))
    assert companions("linux") == []


@pytest.fixture(params=["systemd-inhibit", "elogind-inhibit"])
def inhibit(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder, name = tmp_path / "bin", str(request.param)
    folder.mkdir()
    made = folder / name
    made.write_text(INHIBIT)
    made.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(awake, "_SYSTEMD", tmp_path if name.startswith("systemd") else tmp_path / "nowhere")
    return made


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no such program")
def test_the_locks_outlive_the_process_that_was_begun_first_and_no_other(inhibit: Path, tmp_path: Path) -> None:
    program, folder = tmp_path / "two_processes.py", tmp_path / "job"
    program.write_text(TWO_PROCESSES)
    write_job(folder, {"kind": "train"})
    held = inhibit.with_name("held")
    supervisor.start(folder, Runtime((sys.executable, str(program)), {"PYTHONPATH": os.pathsep.join(sys.path)}))
    wait_for_event(folder, "started")
    wait_until(lambda: held.exists() and held.read_text().count("\n") == 2, "both locks")
    locks = {what: psutil.Process(int(pid)) for pid, what in (line.split() for line in held.read_text().splitlines())}
    assert set(locks) == {"--what=sleep", "--what=idle"}
    present = supervisor.worker(folder)
    assert present is not None and present.watcher is not None
    psutil.Process(present.watcher.pid).kill()
    wait_for_event(folder, "note")
    assert all(lock.is_running() and lock.status() != psutil.STATUS_ZOMBIE for lock in locks.values())
    supervisor.request_stop(folder)
    assert wait_for_end(folder) is JobState.STOPPED
    wait_until(lambda: _are_gone(list(locks.values())), "the locks let go")


def _are_gone(processes: list[psutil.Process]) -> bool:
    supervisor._reap()
    return not any(process.is_running() for process in processes)
