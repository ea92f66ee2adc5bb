"""`curator archive`: list, verify and restore, as a script would."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from claude_sessions import ClaudeSession
from foreign_stores import OPENCODE, opencode_turn
from verbs import curator, curator_process


@pytest.fixture
def session(tmp_path: Path) -> Path:
    made = ClaudeSession(tmp_path / "-app" / "session.jsonl")
    made.exchange("How does it begin?", "With a line.")
    return made.path


@pytest.fixture
def library(tmp_path: Path, session: Path) -> Path:
    """A library in which the one exchange of a session is marked, by processes that ended."""
    folder = tmp_path / "library"
    assert curator(folder, "import", session).code == 0
    (exchange,) = curator(folder, "exchanges", "--json").lines
    assert curator_process(folder, "mark", str(exchange["id"]), "clean").code == 0
    return folder


def test_what_was_marked_is_there_whole_when_its_file_is_gone(library: Path, session: Path, tmp_path: Path) -> None:
    data = session.read_bytes()
    session.unlink()
    listed = curator(library, "archive", "list", "--json").only
    assert (listed["path"], listed["size"], listed["is_newest"]) == (str(session), len(data), True)
    assert curator(library, "archive", "verify", "--json").only["ok"] is True
    back = curator(library, "archive", "restore", str(listed["id"]), "--json").only
    assert Path(str(back["path"])) == session and session.read_bytes() == data
    again = curator(library, "archive", "restore", str(listed["id"]))
    assert again.code == 1 and "already" in again.err
    other = curator(library, "archive", "restore", str(listed["id"]), "--to", tmp_path / "out", "--json").only
    assert Path(str(other["path"])).read_bytes() == data


def test_a_damaged_copy_is_made_anew_while_its_file_is_there(library: Path) -> None:
    (copy,) = (library / "archive").rglob("*.zst")
    whole = copy.read_bytes()
    copy.write_bytes(whole[:-5])
    said = curator(library, "archive", "verify", "--json")
    assert said.code == 0 and (said.only["ok"], said.only["mended"]) == (False, True)
    assert copy.read_bytes() == whole
    assert "1 copy is whole" in curator(library, "archive", "verify").out


def test_a_damaged_copy_ends_with_a_sentence(library: Path, session: Path) -> None:
    session.unlink()
    (copy,) = (library / "archive").rglob("*.zst")
    copy.write_bytes(copy.read_bytes()[:-5])
    said = curator(library, "archive", "verify", "--json")
    assert said.code == 1 and "Not whole: 1 of 1 copies" in said.err
    assert (said.only["ok"], said.only["mended"]) == (False, False) and "damaged" in str(said.only["reason"])
    unknown = curator(library, "archive", "restore", "77")
    assert unknown.code == 1 and "no copy 77" in unknown.err


def test_a_session_of_a_database_is_listed_by_its_title_and_restored_as_a_file(tmp_path: Path) -> None:
    store, folder = tmp_path / "opencode.db", tmp_path / "library"
    with closing(sqlite3.connect(store)) as db:
        db.executescript(OPENCODE + opencode_turn(1, "First?", "One."))
    assert curator(folder, "import", store).code == 0
    assert curator_process(folder, "mark", "1", "clean").code == 0
    assert "opencode.db: “Tea”" in curator(folder, "archive", "list").out
    listed = curator(folder, "archive", "list", "--json").only
    assert (listed["path"], listed["session"], listed["source_is_gone"]) == (str(store), "ses_1", False)
    refused = curator(folder, "archive", "restore", "1")
    assert refused.code == 1 and "among others" in refused.err and "--to DIR" in refused.err
    back = curator(folder, "archive", "restore", "1", "--to", tmp_path / "out", "--json").only
    read = curator(tmp_path / "other", "import", str(back["path"]), "--json").only
    assert (read["new"], read["problems"]) == (1, [])
