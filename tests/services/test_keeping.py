"""What Claude Code deletes on its own is known from its setting and from the age of its files."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from claude_sessions import ClaudeSession

from curator.services import archiving, importing, keeping
from curator.services.workspace import Workspace

DAY = 86_400
NOW = time.time()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder in which Claude Code has worked, and nothing else."""
    folder = tmp_path / "home"
    (folder / ".claude" / "projects" / "-app").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    return folder


def session(folder: Path, age: float, seed: int) -> Path:
    """A session that was written last so many days ago."""
    made = ClaudeSession(folder / ".claude" / "projects" / "-app" / f"{seed}.jsonl", seed=seed)
    made.exchange(f"Question {seed}?", f"Answer {seed}.")
    os.utime(made.path, (NOW - age * DAY, NOW - age * DAY))
    return made.path


def choose(home: Path, text: str) -> None:
    (home / ".claude" / "settings.json").write_text(text, encoding="utf-8")


def test_sessions_near_the_end_of_thirty_days_are_counted(ws: Workspace, home: Path) -> None:
    paths = [session(home, age, seed) for seed, age in enumerate((1, 20, 24.5, 27, 31), start=1)]
    importing.import_paths(ws, paths)
    assert keeping.soon_deleted(ws, NOW) == keeping.Deletion("Claude Code", 3, 6)


def test_what_is_not_in_the_library_is_not_said_to_be_kept(ws: Workspace, home: Path) -> None:
    importing.import_paths(ws, [session(home, 26, 1)])
    session(home, 27, 2)
    gone = session(home, 28, 3)
    importing.import_paths(ws, [gone])
    gone.unlink()
    assert keeping.soon_deleted(ws, NOW) == keeping.Deletion("Claude Code", 1, 4)


def test_files_elsewhere_are_nobody_s_to_delete(ws: Workspace, home: Path, tmp_path: Path) -> None:
    importing.import_paths(ws, [session(home, 29, 1).rename(tmp_path / "kept.jsonl")])
    assert keeping.soon_deleted(ws, NOW) is None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        (json.dumps({"cleanupPeriodDays": 10}), 2),
        (json.dumps({"model": "opus"}), None),
        (json.dumps({"cleanupPeriodDays": 99999}), None),
        (json.dumps({"cleanupPeriodDays": 0}), None),
        (json.dumps({"cleanupPeriodDays": "soon"}), None),
        ("[]", None),
        ("{broken", None),
    ],
)
def test_its_setting_counts_where_it_is_understood(ws: Workspace, home: Path, text: str, days: int | None) -> None:
    choose(home, text)
    importing.import_paths(ws, [session(home, 8.5, 1)])
    found = keeping.soon_deleted(ws, NOW)
    assert (found.days if found else None) == days


def test_another_folder_of_claude_code_is_looked_into(
    ws: Workspace, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".claude").rename(home / "elsewhere")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(home / "elsewhere"))
    (home / "elsewhere" / "settings.json").write_text('{"cleanupPeriodDays": 2}', encoding="utf-8")
    path = home / "elsewhere" / "projects" / "-app" / "1.jsonl"
    ClaudeSession(path).exchange("Question?", "Answer.")
    importing.import_paths(ws, [path])
    assert keeping.soon_deleted(ws, time.time()) == keeping.Deletion("Claude Code", 1, 2)


def test_the_sentence_says_it_in_words() -> None:
    say = keeping.Deletion
    fourteen = "Claude Code will delete 14 of these sessions within 6 days; they are safe here."
    assert say("Claude Code", 14, 6).sentence == fourteen
    one = "Claude Code will delete 1 of these sessions within a day; it is safe here."
    assert say("Claude Code", 1, 1).sentence == one


def test_what_is_about_to_go_can_be_kept_whole(ws: Workspace, home: Path) -> None:
    importing.import_paths(ws, [session(home, 26, 1), session(home, 2, 2)])
    deletion = keeping.soon_deleted(ws, NOW)
    assert deletion is not None
    keeping.keep_whole(ws, deletion)
    archiving.catch_up(ws)
    assert [Path(copy.path).name for copy in archiving.copies(ws)] == ["1.jsonl"]


def test_raising_the_days_ends_the_worry(ws: Workspace, home: Path) -> None:
    importing.import_paths(ws, [session(home, 26, 1)])
    choose(home, '{"model": "opus"}')
    before = keeping.cleanup()
    assert (before.days, before.can_be_raised) == (30, True)
    assert str(home / ".claude" / "settings.json") in before.offer and "3650" in before.offer
    after = keeping.raise_cleanup()
    assert (after.days, after.can_be_raised) == (3650, False)
    assert keeping.soon_deleted(ws, NOW) is None
