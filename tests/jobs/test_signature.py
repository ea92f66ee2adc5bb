"""Who works at a job is known by more than a number, whatever is done to the clock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from job_running import wait_until

from curator.boot import boot_id
from curator.core.job import PID_FILE
from curator.engine.worker import sign
from curator.jobs.signature import Process, Worker, sign_for, worker

MINE = psutil.Process().create_time()


@pytest.mark.parametrize("is_by_starter", [True, False])
def test_a_clock_that_is_set_meanwhile_takes_nobody_for_dead(tmp_path: Path, is_by_starter: bool) -> None:
    if is_by_starter:
        sign_for(tmp_path, os.getpid())
    else:
        sign(tmp_path, os.getppid())
    signed = json.loads((tmp_path / PID_FILE).read_text())
    for words in (signed, signed.get("watcher", {})):
        words.update({name: value - 3600 for name, value in words.items() if name in ("created", "boot")})
    (tmp_path / PID_FILE).write_text(json.dumps(signed))  # as if the clock had been an hour slow when it was signed
    found = worker(tmp_path)
    assert found is not None and found.process.is_alive
    assert is_by_starter or (found.watcher is not None and found.watcher.is_alive)


def test_a_number_that_was_given_out_again_is_another_process() -> None:
    boot = psutil.boot_time()
    assert Process(os.getpid(), MINE).is_alive and Process(os.getpid(), MINE, boot).is_alive
    assert not Process(os.getpid(), MINE - 60).is_alive
    assert not Process(os.getpid(), MINE - 60, boot).is_alive
    assert not Process(os.getpid(), MINE - 7200, boot - 3600).is_alive


def test_who_has_ended_is_not_at_work_though_nobody_has_waited_for_it() -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    one = Process(child.pid, psutil.Process(child.pid).create_time())
    assert one.is_alive
    child.kill()
    wait_until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE, "its end")
    assert not one.is_alive
    child.communicate()
    assert not one.is_alive


def test_a_job_has_somebody_as_long_as_either_of_its_two_is_there() -> None:
    here, gone = Process(os.getpid(), MINE), Process(os.getpid(), MINE - 60)
    assert [Worker(*both).is_alive for both in ((here, gone), (gone, here), (gone, gone))] == [True, True, False]
    assert Worker(here).is_alive and not Worker(gone).is_alive


def test_nobody_of_an_earlier_start_of_the_computer_is_there(tmp_path: Path) -> None:
    boot = psutil.boot_time()
    assert boot_id() and Process(os.getpid(), MINE, boot, boot_id()).is_alive
    assert not Process(os.getpid(), MINE, boot, "2f0a6b0e-0000-4000-8000-000000000000").is_alive
    assert Process(os.getpid(), MINE - 3600, boot - 3600, boot_id()).is_alive, "the clock was only set"
    sign_for(tmp_path, os.getpid())
    signed = json.loads((tmp_path / PID_FILE).read_text())
    (tmp_path / PID_FILE).write_text(json.dumps(signed | {"boot_id": "another"}))
    found = worker(tmp_path)
    assert found is not None and not found.is_alive


def test_a_signature_of_an_older_curator_is_read(tmp_path: Path) -> None:
    (tmp_path / PID_FILE).write_text(json.dumps({"pid": os.getpid(), "created": MINE}))
    found = worker(tmp_path)
    assert found is not None and found.is_alive and found.process.boot is None
