"""SOUL.md and the like come in with the transcripts around them, as documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from verbs import curator

from curator.core.query import ExchangeQuery
from curator.services import browsing, documents, importing
from curator.services.workspace import Workspace

ROLES = "# Notes\n\n## User\n\nWhat is DNS?\n\n## Assistant\n\nA phone book.\n\n## User\n\nthanks\n"


def workspace_of_an_agent(folder: Path) -> Path:
    """A folder as OpenClaw keeps it; the texts look like chats, which they are not."""
    (folder / "memory").mkdir(parents=True)
    for name in ("SOUL.md", "AGENTS.md", "memory/2026-03-01.md"):
        (folder / name).write_text(ROLES.replace("DNS", name), encoding="utf-8")
    (folder / "chat.md").write_text(ROLES, encoding="utf-8")
    return folder


def test_documents_are_kept_and_only_the_chat_is_cut(library_folder: Path, tmp_path: Path) -> None:
    folder = workspace_of_an_agent(tmp_path / "workspace")
    with Workspace.open(library_folder) as ws:
        report = importing.import_paths(ws, [folder])
        assert report.problems == () and report.documents == 3
        found = documents.list(ws)
        assert [(Path(card.path).name, card.kind) for card in found] == [
            ("AGENTS.md", "agents"), ("SOUL.md", "soul"), ("2026-03-01.md", "note")]  # fmt: skip
        assert documents.text(ws, found[1].id) == (folder / "SOUL.md").read_text()
        prompts = [card.prompt for card in browsing.cards(ws, browsing.exchange_ids(ws, ExchangeQuery()))]
        assert sorted(prompts) == ["What is DNS?", "thanks"]
        (folder / "SOUL.md").write_text("You are kind.")
        assert importing.import_paths(ws, [folder]).documents == 1
        assert documents.text(ws, found[1].id) == "You are kind."


def test_the_verb_lists_them_and_shows_one(library_folder: Path, tmp_path: Path) -> None:
    folder = workspace_of_an_agent(tmp_path / "workspace")
    said = curator(library_folder, "import", folder)
    assert said.code == 0 and "3 documents" in said.out
    listed = curator(library_folder, "documents", "--json").lines
    assert [(line["kind"], line["title"]) for line in listed][1] == ("soul", "Who the assistant is")
    assert curator(library_folder, "documents", str(listed[1]["id"])).out.startswith("# Notes")
    unknown = curator(library_folder, "documents", "99")
    assert unknown.code == 1 and "no document 99" in unknown.err


def test_what_lies_in_the_usual_places_is_found_until_it_is_imported(
    library_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "OPENCLAW_STATE_DIR"):
        monkeypatch.delenv(variable, raising=False)
    workspace_of_an_agent(tmp_path / ".openclaw" / "workspace")
    with Workspace.open(library_folder) as ws:
        found = documents.found(ws)
        assert [path.name for path in found] == ["AGENTS.md", "SOUL.md", "2026-03-01.md"]
        importing.import_paths(ws, found[:2])
        assert [path.name for path in documents.found(ws)] == ["2026-03-01.md"]
    assert curator(library_folder, "documents", "--find", "--json").only["path"] == str(found[2])
