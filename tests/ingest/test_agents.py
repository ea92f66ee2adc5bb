"""The assistants found on a computer, by the folders they keep."""

from __future__ import annotations

from pathlib import Path

import pytest

from curator.ingest import agents


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "OPENCLAW_STATE_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def put(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("{}\n")


def test_agents_are_found_in_their_own_folders_with_most_files_first(home: Path) -> None:
    put(home / ".claude" / "projects" / "-home-me-app", "a.jsonl", "b.jsonl", "agent-1.meta.json")
    put(home / ".codex" / "sessions" / "2026" / "01" / "02", "rollout-1.jsonl")
    put(home / ".codex" / "log", "history.jsonl")
    found = agents.find()
    assert [(agent.name, agent.files, agent.bytes) for agent in found] == [("Claude Code", 2, 6), ("Codex", 1, 3)]
    assert found[0].path == str(home / ".claude" / "projects")


def test_the_tools_own_variables_are_heard(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(home / "else where" / "projects" / "-p", "a.jsonl")
    put(home / "cx" / "sessions", "rollout-1.jsonl")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(home / "else where"))
    monkeypatch.setenv("CODEX_HOME", "~/cx")
    assert {agent.name for agent in agents.find()} == {"Claude Code", "Codex"}


def test_an_empty_folder_is_no_agent(home: Path) -> None:
    (home / ".claude" / "projects").mkdir(parents=True)
    assert agents.find() == []


def test_a_folder_is_called_by_its_agent_or_by_its_name(home: Path) -> None:
    put(home / ".claude" / "projects", "a.jsonl")
    put(home / "chats", "a.jsonl")
    assert agents.name_of((home / ".claude" / "projects").resolve()) == "Claude Code"
    assert agents.name_of(home / "chats") == "chats"


def test_a_watched_folder_says_so(home: Path) -> None:
    put(home / ".claude" / "projects", "a.jsonl")
    watched = frozenset({(home / ".claude" / "projects").resolve()})
    assert [agent.is_watched for agent in agents.find(watched)] == [True]
