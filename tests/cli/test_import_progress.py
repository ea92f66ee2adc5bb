"""What the line of an import says while it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from curator.cli.importing import rest_of
from curator.core.query import ImportProgress


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "12 of 1,200 MB"), (59.6, "12 of 1,200 MB, 60 s left"), (200.0, "12 of 1,200 MB, 3 min left")],
)
def test_it_says_how_much_and_how_long(seconds: float | None, words: str) -> None:
    assert rest_of(ImportProgress(bytes=12_000_000, total_bytes=1_200_000_000, seconds_left=seconds)) == words


_IMPORT = """
import sys
from curator.cli.app import run
code = run(sys.argv[1:])
print("rich" in sys.modules, "curator.screening.session" in sys.modules, file=sys.stdout)
sys.exit(code)
"""


def imported(tmp_path: Path, stderr: int) -> str:
    """What a fresh program writes to standard output when it imports a folder without transcripts."""
    (tmp_path / "empty").mkdir()
    arguments = ["--library", str(tmp_path / "library"), "import", str(tmp_path / "empty")]
    command = [sys.executable, "-c", _IMPORT, *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, text=True, check=True).stdout


def test_a_bar_that_nobody_sees_is_not_drawn_and_no_reader_is_loaded_before_it_is_needed(tmp_path: Path) -> None:
    assert imported(tmp_path, subprocess.DEVNULL).splitlines()[-1] == "False False"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no terminals of this kind")
def test_a_person_at_a_terminal_sees_the_bar(tmp_path: Path) -> None:
    shown, terminal = os.openpty()
    try:
        assert imported(tmp_path, terminal).splitlines()[-1] == "True False"
        assert b"Importing" in os.read(shown, 1 << 16)
    finally:
        os.close(terminal)
        os.close(shown)
