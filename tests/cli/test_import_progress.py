"""What the line of an import says while it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from curator.cli.importing import as_json, rest_of, sentence
from curator.core.notes import WINDOWS
from curator.core.query import ImportProgress, ImportReport


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


def test_a_note_on_a_file_that_was_read_is_no_fault() -> None:
    fault, note = ("/b.jsonl", 3, "not JSON"), ("/odd.csv", 0, WINDOWS)
    report = ImportReport(files=2, new=2, problems=(note, fault))
    assert sentence(report).splitlines() == [
        "2 new, 0 already here, 1 unreadable, 1 note, from 2 files.",
        "  /b.jsonl, line 3: not JSON",
        f"  /odd.csv: {WINDOWS}",
    ]
    assert [problem["note"] for problem in as_json(report)["problems"]] == [True, False]
    silent = sentence(ImportReport(files=1, problems=(note,)))
    assert silent.startswith("Nothing was imported: there is no exchange that Curator can read in 1 file.")


@pytest.mark.parametrize(
    ("new", "repeats", "words"),
    [
        (1, 1, "1 new, which repeats what is here, "),
        (3, 1, "3 new, 1 of them repeats what is here, "),
        (3, 2, "3 new, 2 of them repeat what is here, "),
        (3, 3, "3 new, all of them repeat what is here, "),
        (3, 0, "3 new, "),
    ],
)
def test_how_many_of_the_new_exchanges_repeat_is_said_in_grammar(new: int, repeats: int, words: str) -> None:
    assert sentence(ImportReport(files=1, new=new, repeats=repeats)) == f"{words}0 already here, from 1 file."
