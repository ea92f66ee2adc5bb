"""Documents are found where the assistants keep them, and nothing else is."""

from __future__ import annotations

from pathlib import Path

from curator.ingest import document_places

USUAL = [
    ".claude/CLAUDE.md",
    ".claude/projects/-app/memory/MEMORY.md",
    ".codex/AGENTS.md",
    ".config/opencode/AGENTS.md",
    ".gemini/GEMINI.md",
    ".hermes/SOUL.md",
    ".hermes/memories/USER.md",
    ".openclaw/workspace-work/SOUL.md",
    ".openclaw/workspace/SOUL.md",
    ".openclaw/workspace/memory/2026-03-01.md",
    ".pi/agent/AGENTS.md",
]
OTHERS = [".openclaw/workspace/README.md", ".claude/projects/-app/chat.md", ".hermes/memories/notes.txt"]


def made(home: Path, *names: str) -> list[Path]:
    paths = [home / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("words")
    return paths


def test_the_usual_places_are_looked_at(tmp_path: Path) -> None:
    wanted = made(tmp_path, *USUAL)
    made(tmp_path, *OTHERS)
    assert document_places.find({}, tmp_path) == sorted(wanted)


def test_the_tools_own_variables_are_followed(tmp_path: Path) -> None:
    made(tmp_path, ".claude/CLAUDE.md", ".codex/AGENTS.md")
    wanted = made(tmp_path, "elsewhere/CLAUDE.md", "mine/AGENTS.md")
    environment = {"CLAUDE_CONFIG_DIR": str(tmp_path / "elsewhere"), "CODEX_HOME": "~/mine"}
    assert document_places.find(environment, tmp_path) == sorted(wanted)


def test_an_empty_home_has_none(tmp_path: Path) -> None:
    assert document_places.find({}, tmp_path) == []
