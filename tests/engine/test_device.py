from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock, Timeout
from job_running import events_of

from curator.engine.device import Device
from curator.engine.stopping import StopKind, StopRequest, StopRequestedError
from curator.engine.telling import Teller


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "device.lock"


def test_who_has_the_device_keeps_others_out_until_it_leaves(tmp_path: Path, lock: Path) -> None:
    device, stop = Device(lock), StopRequest(tmp_path)
    teller = Teller(tmp_path)
    device.take(teller, stop)
    with pytest.raises(Timeout):
        FileLock(lock).acquire(timeout=0)
    device.leave()
    with FileLock(lock).acquire(timeout=0):
        assert not events_of(tmp_path)
    teller.close()


def test_a_wait_is_told_once_and_can_be_ended(tmp_path: Path, lock: Path) -> None:
    class StopAfter(StopRequest):
        asked = 0

        def check(self) -> None:
            self.asked += 1
            if self.asked == 3:
                raise StopRequestedError(StopKind.PAUSE)

    lock.parent.mkdir()
    teller = Teller(tmp_path)
    with FileLock(lock), pytest.raises(StopRequestedError) as caught:
        Device(lock).take(teller, StopAfter(tmp_path))
    teller.close()
    assert caught.value.kind is StopKind.PAUSE
    (waiting,) = events_of(tmp_path, "waiting")
    assert "this one waits for it" in waiting.figures["message"] and waiting.figures["hint"]


def test_the_device_is_free_when_the_last_process_that_holds_it_is_gone(tmp_path: Path, lock: Path) -> None:
    program = (
        "import os, sys, time\nfrom pathlib import Path\n"
        "from curator.engine.device import Device\nfrom curator.engine.stopping import StopRequest\n"
        "from curator.engine.telling import Teller\n"
        "folder, device = Path(sys.argv[1]), Device(Path(sys.argv[2]))\n"
        "device.take(Teller(folder), StopRequest(folder))\n"
        "child = os.fork()\n"
        "if child:\n    print(child, flush=True)\ntime.sleep(600)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path), str(lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
        parent.wait(timeout=120)
        with pytest.raises(Timeout):
            FileLock(lock).acquire(timeout=0)  # the one that was forked is still at work
        os.kill(child, signal.SIGKILL)
        with FileLock(lock).acquire(timeout=120):
            assert lock.exists()


def test_where_no_lock_can_be_had_it_goes_on(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    teller = Teller(tmp_path)
    device = Device(tmp_path / "cache" / "device.lock")
    device.take(teller, StopRequest(tmp_path))
    device.leave()
    teller.close()
    (note,) = events_of(tmp_path, "note")
    assert "not waited for" in note.figures["text"]


def test_the_end_of_a_wait_is_told_as_a_start(tmp_path: Path, lock: Path) -> None:
    lock.parent.mkdir()
    other = FileLock(lock)

    class LetGo(StopRequest):
        def check(self) -> None:
            other.release()

    teller, device = Teller(tmp_path), Device(lock)
    other.acquire()
    device.take(teller, LetGo(tmp_path))
    device.leave()
    teller.close()
    assert [event.kind for event in events_of(tmp_path)] == ["waiting", "starting"]
