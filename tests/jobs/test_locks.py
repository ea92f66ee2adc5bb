"""A lock is taken at once or not at all, and goes with its holder."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from curator.core.errors import JobError
from curator.jobs.claim import claim, is_claimed
from curator.jobs.locks import lock


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "claim"
    path.touch()
    return path


def test_one_holds_it_and_the_next_does_not_wait(file: Path) -> None:
    first, second = os.open(file, os.O_RDWR), os.open(file, os.O_RDWR)
    assert lock(first) and not lock(second) and not lock(second, is_shared=True)
    os.close(first)
    assert lock(second)
    os.close(second)


def test_two_that_only_look_are_not_in_each_other_s_way(file: Path) -> None:
    first, second = os.open(file, os.O_RDONLY), os.open(file, os.O_RDONLY)
    assert lock(first, is_shared=True) and lock(second, is_shared=True)
    assert not lock(second)
    os.close(first)
    os.close(second)


def test_a_process_that_is_killed_leaves_none_behind(file: Path) -> None:
    code = (
        "import os, sys; from curator.jobs.locks import lock; print(lock(os.open(sys.argv[1], os.O_RDWR)), flush=True)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", f"{code}; sys.stdin.read()", str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None and holder.stdout.readline().strip() == b"True"
    mine = os.open(file, os.O_RDWR)
    assert not lock(mine)
    holder.kill()
    holder.communicate()
    assert lock(mine)
    os.close(mine)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_where_the_file_system_knows_no_locks_everybody_gets_them(
    file: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with file.open("r+b") as stream:
        assert lock(stream.fileno()) and lock(stream.fileno(), is_shared=True)


def test_a_claim_is_one_at_a_time_and_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    first = claim(tmp_path)
    assert first is not None and is_claimed(tmp_path)
    assert claim(tmp_path) is None
    os.close(first)
    assert not is_claimed(tmp_path) and not is_claimed(tmp_path / "gone")
    with pytest.raises(JobError, match="cannot be written: No such file"):
        claim(tmp_path / "gone")
