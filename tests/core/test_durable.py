"""What is written reaches the disk also where a file system cannot do all that is asked of it."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from curator.core import durable


def test_a_disk_that_knows_no_full_flush_is_flushed_as_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_FULL_FLUSH", 9_999)  # refused by any kernel, as macOS's own command is on exFAT
    with (tmp_path / "note").open("wb", buffering=0) as stream:
        stream.write(b"kept")
        durable.flush(stream.fileno())
    assert (tmp_path / "note").read_bytes() == b"kept"


def test_a_flush_that_fails_is_told() -> None:
    read, write = os.pipe()
    try:
        os.close(write)
        with pytest.raises(OSError, match="Bad file descriptor"):
            durable.flush(write)
    finally:
        os.close(read)


@pytest.mark.skipif(sys.platform != "linux", reason="only there is such a folder at hand")
def test_a_folder_that_cannot_be_flushed_is_left_to_its_file_system() -> None:
    folder = Path("/proc/self")
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with pytest.raises(OSError, match="Invalid argument") as refused:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    assert refused.value.errno == errno.EINVAL
    durable.settle_folder(folder)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        durable.settle_folder(tmp_path / "gone")
