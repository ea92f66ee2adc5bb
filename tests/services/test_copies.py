"""However many copies of a session lie on the disk, each exchange is there once to be reviewed."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from claude_sessions import ClaudeSession

from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.services import browsing, curation, importing
from curator.services.workspace import Workspace

SEEDS = Path(__file__).parents[1] / "formats" / "seeds"


@pytest.fixture
def session(tmp_path: Path) -> ClaudeSession:
    made = ClaudeSession(tmp_path / "projects" / "-app" / "session.jsonl")
    made.exchange("How does it begin?", "With a line.")
    made.exchange("How does it go on?", "With a second line.")
    return made


def shown(ws: Workspace) -> list[tuple[str, str]]:
    ids = browsing.exchange_ids(ws, ExchangeQuery())
    return sorted((view.prompt, view.response) for view in (browsing.exchange(ws, id) for id in ids))


WHOLE = [("How does it begin?", "With a line."), ("How does it go on?", "With a second line.")]


def older(path: Path, days: int = 1) -> Path:
    """The file as it was so long ago; of two files, the older one is read first."""
    info = path.stat()
    os.utime(path, (info.st_atime - days * 86_400, info.st_mtime - days * 86_400))
    return path


@pytest.mark.parametrize("is_backup_older", [True, False])
def test_a_backup_from_the_middle_of_an_answer_shows_nothing_twice(
    ws: Workspace, session: ClaudeSession, is_backup_older: bool
) -> None:
    backup = session.path.with_name("session.jsonl.bak-1.jsonl")
    lines = session.path.read_bytes().splitlines(keepends=True)
    backup.write_bytes(b"".join(lines[:-1]))
    older(backup if is_backup_older else session.path)
    importing.import_paths(ws, [session.path.parent])
    assert shown(ws) == WHOLE


def test_a_session_resumed_in_a_new_file_adds_only_what_is_new(ws: Workspace, session: ClaudeSession) -> None:
    importing.import_paths(ws, [session.path])
    curation.mark(ws, browsing.exchange_ids(ws, ExchangeQuery()), State.CLEAN)
    resumed = ClaudeSession(session.path.with_name("resumed.jsonl"), seed=7)
    history = [json.loads(line) | {"sessionId": resumed.key} for line in session.path.read_text().splitlines()]
    resumed.write("".join(json.dumps(record) + "\n" for record in history).encode())
    resumed.exchange("And how does it end?", "With a full stop.")
    importing.import_paths(ws, [resumed.path])
    assert shown(ws) == [("And how does it end?", "With a full stop."), *WHOLE]
    assert len(curation.rows(ws)) == 2, "the marks stay where they were, and none is doubled"


def test_the_same_export_twice_and_a_later_one_with_more(ws: Workspace, tmp_path: Path) -> None:
    data = (SEEDS / "chatgpt.json").read_bytes()
    for name in ("export.zip", "export (1).zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as packed:
            packed.writestr("conversations.json", data)
    importing.import_paths(ws, [tmp_path / "export.zip", tmp_path / "export (1).zip"])
    once = shown(ws)
    assert once
    grown = data.replace(once[0][1].split("\n")[0].encode(), once[0][1].split("\n")[0].encode() + b" And more of it.")
    assert grown != data
    with zipfile.ZipFile(tmp_path / "later.zip", "w") as packed:
        packed.writestr("conversations.json", grown)
    importing.import_paths(ws, [tmp_path / "later.zip"])
    assert [prompt for prompt, _ in shown(ws)] == [prompt for prompt, _ in once]
    assert "And more of it." in shown(ws)[0][1]


def test_an_export_met_again_in_pieces_is_told_as_repeating(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "conversations.json").write_bytes((SEEDS / "chatgpt.json").read_bytes())
    first = importing.import_paths(ws, [tmp_path / "conversations.json"])
    assert first.new > 0 == first.repeats
    for number, one in enumerate(json.loads((tmp_path / "conversations.json").read_bytes())):
        (tmp_path / f"conversations-{number:03}.json").write_text(json.dumps([one], indent=1))
    pieces = importing.import_paths(ws, sorted(tmp_path.glob("conversations-*.json")))
    assert (pieces.new, pieces.repeats) == (first.new, first.new)


def test_the_same_session_under_two_roots(ws: Workspace, session: ClaudeSession, tmp_path: Path) -> None:
    other = tmp_path / "synced" / "-app" / "session.jsonl"
    other.parent.mkdir(parents=True)
    shutil.copy2(session.path, other)
    importing.import_paths(ws, [tmp_path / "projects", tmp_path / "synced"])
    session.exchange("And then?", "It grew here only.")
    importing.import_paths(ws, [tmp_path / "projects", tmp_path / "synced"])
    assert shown(ws) == [("And then?", "It grew here only."), *WHOLE]
    session.path.unlink()
    importing.import_paths(ws, [tmp_path / "synced"])
    assert len(shown(ws)) == 3
