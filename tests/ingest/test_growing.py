"""Files that are read again while they grow: nothing that stayed is screened or packed anew, and nothing differs."""

from __future__ import annotations

from pathlib import Path

from claude_sessions import ClaudeSession

from curator.ingest.growing import GrowingFiles
from curator.ingest.reading import read_source


def test_a_file_that_grew_gives_what_it_gives_at_first_sight(tmp_path: Path) -> None:
    session = ClaudeSession(tmp_path / "s.jsonl")
    growing = GrowingFiles()
    for number in range(6):
        session.exchange(f"Question {number}: is the key sk-ant-0123456789abcdef?", "No, that one is wrong.", tools=1)
        assert read_source(str(session.path), growing=growing) == read_source(str(session.path))


def test_what_stayed_is_the_very_same(tmp_path: Path) -> None:
    session = ClaudeSession(tmp_path / "s.jsonl")
    growing = GrowingFiles()
    for number in range(3):
        session.exchange(f"Question {number}", "An answer.", tools=0)
    first = read_source(str(session.path), growing=growing)[1].sessions[0].exchanges
    session.exchange("No, that is wrong", "Sorry.", tools=0)
    second = read_source(str(session.path), growing=growing)[1].sessions[0].exchanges
    assert [a is b for a, b in zip(first, second[:3], strict=True)] == [True, True, False]  # the last was corrected
    assert "corrected_next" in [name for name, *_ in second[2].signals]


def test_only_the_files_read_last_are_remembered(tmp_path: Path) -> None:
    growing = GrowingFiles(3)
    first = growing.at(str(tmp_path / "0"))
    assert growing.at(str(tmp_path / "0")) is first
    for number in range(1, 4):
        growing.at(str(tmp_path / str(number)))
    assert growing.at(str(tmp_path / "0")) is not first
