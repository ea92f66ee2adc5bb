"""The usual places of assistants on every system, none of which has to be here."""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath, PureWindowsPath

import pytest

from curator.core.format import FORMATS, Format
from curator.ingest import places
from curator.ingest.places import Place, usual_places

ALL = ("claude-code", "codex", "gemini-cli", "qwen-code", "opencode-db", "openclaw", "pi", "omp", "cursor", "cursor-db")
ALL += (
    "copilot-cli",
    "droid",
    "hermes",
    "lm-studio",
    "llm",
    "vscode-chat",
    "cline",
    "continue-dev",
    "opencode",
    "openhands",
    "kimi",
    "zed",
    "kiro",
    "cursor-cli",
    "amp",
    "kiro-ide",
    "goose",
    "crush",
    "antigravity",
)


@pytest.fixture(autouse=True)
def every_format(monkeypatch: pytest.MonkeyPatch) -> None:
    """Places are shown of formats that can be read: here, of all."""
    monkeypatch.setattr(places, "FORMATS", {**FORMATS, **{name: Format(name) for name in ALL}})


def folders(platform: str, home: PurePath, **environment: str) -> dict[str, str]:
    return {place.title: str(place.folder) for place in usual_places(platform, environment, home)}


def test_every_format_has_a_place_on_every_system() -> None:
    for platform, home in (
        ("linux", PurePosixPath("/home/me")),
        ("darwin", PurePosixPath("/Users/me")),
        ("win32", PureWindowsPath("C:/Users/me")),
    ):
        found = usual_places(platform, {}, home)
        assert {place.format for place in found} == set(ALL)
        assert len({place.folder for place in found}) == len(found)
        assert all(place.folder.is_relative_to(home) for place in found)


def test_linux() -> None:
    found = folders("linux", PurePosixPath("/home/me"))
    assert found["Claude Code"] == "/home/me/.claude/projects"
    assert found["Codex archive"] == "/home/me/.codex/archived_sessions"
    assert found["OpenCode"] == "/home/me/.local/share/opencode"
    assert found["VS Code chat"] == "/home/me/.config/Code/User/workspaceStorage"
    assert found["llm"] == "/home/me/.config/io.datasette.llm"
    assert found["Zed"] == "/home/me/.local/share/zed/threads"
    assert found["Amp"] == "/home/me/.local/share/amp/threads"
    assert found["Goose"] == "/home/me/.local/share/goose/sessions"
    assert found["Kiro's editor before 2026"] == "/home/me/.config/Kiro/User/globalStorage/kiro.kiroagent"
    assert found["Roo Code"].endswith("globalStorage/rooveterinaryinc.roo-cline/tasks")


def test_an_editor_that_is_used_from_elsewhere_keeps_its_chats_here() -> None:
    found = folders("linux", PurePosixPath("/home/me"), CLINE_DIR="/data/cline")
    assert found["VS Code server chat"] == "/home/me/.vscode-server/data/User/workspaceStorage"
    assert found["Cline sessions"] == "/data/cline/data/sessions"
    [chats] = [place for place in usual_places("linux", {}, PurePosixPath("/home/me")) if place.title == "VS Code chat"]
    assert chats.takes(("w", "GitHub.copilot-chat", "transcripts", "s.jsonl"), is_folder=False)
    assert not chats.takes(("w", "GitHub.copilot-chat", "debug-logs", "s", "main.jsonl"), is_folder=False)


def test_of_what_coworks_agent_was_given_and_made_nothing_is_a_transcript() -> None:
    found = usual_places("darwin", {}, PurePosixPath("/Users/me"))
    [cowork] = [place for place in found if place.title == "Claude Cowork"]
    assert str(cowork.folder) == "/Users/me/Library/Application Support/Claude/local-agent-mode-sessions"
    inside = ("account", "org", "local_1")
    assert cowork.takes((*inside, ".claude", "projects", "-home", "s.jsonl"), is_folder=False)
    assert cowork.takes((*inside, ".claude", "projects", "-home", "s", "subagents", "agent-1.jsonl"), is_folder=False)
    assert not cowork.takes((*inside, "uploads", "notes.md"), is_folder=False)
    assert not cowork.takes((*inside, "audit.jsonl"), is_folder=False)


def test_macos() -> None:
    found = folders("darwin", PurePosixPath("/Users/me"))
    assert found["Claude Code"] == "/Users/me/.claude/projects"
    assert found["OpenCode"] == "/Users/me/.local/share/opencode"
    assert found["VSCodium chat"] == "/Users/me/Library/Application Support/VSCodium/User/workspaceStorage"
    assert found["llm"] == "/Users/me/Library/Application Support/io.datasette.llm"
    assert found["Cursor chats"] == "/Users/me/Library/Application Support/Cursor/User/globalStorage"


def test_windows() -> None:
    home = PureWindowsPath("C:/Users/me")
    found = folders("win32", home)
    assert found["Claude Code"] == r"C:\Users\me\.claude\projects"
    assert found["OpenCode"] == r"C:\Users\me\.local\share\opencode"
    assert found["Zed"] == r"C:\Users\me\AppData\Local\Zed\threads"
    assert found["VS Code chat"] == r"C:\Users\me\AppData\Roaming\Code\User\workspaceStorage"
    assert folders("win32", home, APPDATA="D:\\roaming")["llm"] == r"D:\roaming\io.datasette.llm"


def test_the_tools_own_variables_are_heard() -> None:
    found = folders(
        "linux",
        PurePosixPath("/home/me"),
        CLAUDE_CONFIG_DIR="/else where",
        CODEX_HOME="~/cx",
        OPENCLAW_STATE_DIR=" /claw ",
        XDG_DATA_HOME="/data",
        XDG_CONFIG_HOME="/config",
        LLM_USER_PATH="",
        HERMES_HOME="~",
        QWEN_HOME="/qwen",
        KIMI_CODE_HOME="/kimi",
    )
    assert found["Claude Code"] == "/else where/projects"
    assert found["Codex"] == "/home/me/cx/sessions"
    assert found["OpenClaw"] == "/claw/agents"
    assert found["OpenCode"] == "/data/opencode"
    assert found["llm"] == "/config/io.datasette.llm"
    assert found["Hermes"] == "/home/me"
    assert found["Qwen Code"] == "/qwen/projects"
    assert found["Kimi Code"] == "/kimi/sessions"
    assert (
        folders("linux", PurePosixPath("/home/me"), QWEN_HOME="/q", QWEN_RUNTIME_DIR="/r")["Qwen Code"] == "/r/projects"
    )


def test_only_formats_that_can_be_read_have_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "FORMATS", {"codex": Format("Codex")})
    assert set(folders("linux", PurePosixPath("/home/me"))) == {
        "Codex",
        "Codex archive",
        "TRAE CLI",
        "TRAE CLI's archive",
    }


@pytest.mark.parametrize(
    ("path", "is_folder", "is_taken"),
    [
        ("abc", True, True),
        ("abc/chatSessions", True, True),
        ("abc/ms-python", True, False),
        ("abc/chatSessions/1.jsonl", False, True),
        ("abc/chatSessions/deeper/1.jsonl", False, False),
        ("abc/workspace.json", False, False),
        ("top.json", False, False),
        ("sessions", True, True),
        ("sessions/2026/05/a.json", False, True),
        ("state.db", False, True),
        ("state.db-wal", False, False),
        ("skills/x.md", False, False),
    ],
)
def test_a_place_takes_its_transcripts_and_nothing_else(path: str, is_folder: bool, is_taken: bool) -> None:
    place = Place("x", "X", PurePosixPath("/x"), ("*/chatSessions/*", "sessions/**", "state.db"))
    assert place.takes(path.split("/"), is_folder=is_folder) is is_taken


def test_of_what_kiro_keeps_the_events_the_chats_and_the_logs_are_looked_at() -> None:
    found = {place.title: place for place in usual_places("linux", {}, PurePosixPath("/home/me"))}
    assert found["Kiro"].takes(("ws", "sess_1", "messages.jsonl"), is_folder=False)
    assert not found["Kiro"].takes(("ws", "sess_1", "session.json"), is_folder=False)
    before = found["Kiro's editor before 2026"]
    assert before.takes(("ab12", "x.chat"), is_folder=False)
    assert before.takes(
        ("ab12", "414d1636299d2b9e4ce7e17fb11f63e9", "0123456789abcdef0123456789abcdef"), is_folder=False
    )
    assert not before.takes(("workspace-sessions", "L3g", "s1.json"), is_folder=False)
