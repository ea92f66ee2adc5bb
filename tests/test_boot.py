"""A start of the system has a name, and a signature bears it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil
import pytest

from curator.boot import boot_id, signature


def test_two_processes_of_one_start_know_the_same_name_for_it() -> None:
    other = subprocess.run(
        [sys.executable, "-c", "from curator.boot import boot_id; print(boot_id())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert boot_id() and other.stdout.strip() == boot_id()


def test_a_signature_tells_when_the_process_and_the_system_began() -> None:
    signed = signature(os.getpid())
    assert signed["pid"] == os.getpid() and signed["boot_id"] == boot_id()
    assert signed["boot"] < signed["created"] < time.time()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with pytest.raises(psutil.Error):
        signature(gone.pid)
