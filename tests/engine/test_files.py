"""Files are written whole also where a file system cannot do all that is asked of it."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from curator.engine import files


def test_a_disk_that_knows_no_full_flush_is_flushed_as_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_FLUSH", 9_999)  # refused by any kernel, as macOS's own command is on exFAT
    files.write_text(tmp_path / "note", "kept")
    assert (tmp_path / "note").read_text() == "kept" and [path.name for path in tmp_path.iterdir()] == ["note"]


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
    files.settle_folder(folder)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files.settle_folder(tmp_path / "gone")
