"""Where each assistant keeps its transcripts, as a pure function of the system, its variables and the home folder.

The places are those of the project's reference on transcript formats, part A; the variables are the tools' own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePath

from curator.core.format import FORMATS

_EDITORS = (("VS Code", "Code"), ("VS Code Insiders", "Code - Insiders"), ("VSCodium", "VSCodium"))
_SERVERS = (("VS Code server", ".vscode-server"), ("VS Code Insiders server", ".vscode-server-insiders"))
"""Where an editor that is used from another computer keeps what it would keep at home."""
_CHATS = ("*/chatSessions/*", "*/GitHub.copilot-chat/transcripts/*.jsonl")
"""Since spring 2026 the extension writes its own transcripts, which are events as Copilot CLI writes them."""
_COWORK = ("*/*/local_*/.claude/projects/**", "*/*/agent/local_*/.claude/projects/**")
"""The desktop app's agent writes a tree as Claude Code's for each session, beside its files and what it made."""
_CLINES = (
    ("Cline", "saoudrizwan.claude-dev"),
    ("Roo Code", "rooveterinaryinc.roo-cline"),
    ("Kilo Code", "kilocode.kilo-code"),
)
_TASKS = ("*/ui_messages.json", "*/api_conversation_history.json")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder in which an assistant keeps transcripts. `format` is the adapter's name.

    `only` names the files in it that are transcripts, as patterns of paths below it (`**` stands for anything from
    there on): most of what an editor keeps is no conversation, and some of it is large. Empty for all.
    """

    format: str
    title: str
    folder: PurePath
    only: tuple[str, ...] = ()

    def takes(self, below: Sequence[str], *, is_folder: bool) -> bool:
        """Whether a path, given as its parts below the folder, is a transcript's or, for a folder, may lead to one."""
        return not self.only or any(_fits(below, pattern.split("/"), is_folder) for pattern in self.only)


def usual_places(platform: str, environment: Mapping[str, str], home: PurePath) -> list[Place]:
    """Every place of a format that can be read, whether it is there or not; `platform` as `sys.platform` says it."""
    return [place for place in _all(platform, environment, home) if place.format in FORMATS]


def _all(platform: str, environment: Mapping[str, str], home: PurePath) -> Iterator[Place]:
    def chosen(variable: str, default: PurePath) -> PurePath:
        value = environment.get(variable, "").strip()
        if value == "~" or value.startswith(("~/", "~\\")):
            return home / value[2:]
        return type(home)(value) if value else default

    data = chosen("XDG_DATA_HOME", home / ".local" / "share")  # also what OpenCode asks for on other systems
    if platform == "darwin":
        config = home / "Library" / "Application Support"
        zed, kept = config / "Zed", config
    elif platform == "win32":
        config = chosen("APPDATA", home / "AppData" / "Roaming")
        kept = chosen("LOCALAPPDATA", home / "AppData" / "Local")
        zed = kept / "Zed"
    else:
        config = chosen("XDG_CONFIG_HOME", home / ".config")
        zed, kept = data / "zed", data

    codex = chosen("CODEX_HOME", home / ".codex")
    yield Place("claude-code", "Claude Code", chosen("CLAUDE_CONFIG_DIR", home / ".claude") / "projects")
    yield Place("claude-code", "Claude Code in its newer place", home / ".config" / "claude" / "projects")
    cowork = config / "Claude" / "local-agent-mode-sessions"
    yield Place("claude-code", "Claude Cowork", cowork, _COWORK)
    yield Place("codex", "Codex", codex / "sessions")
    yield Place("codex", "Codex archive", codex / "archived_sessions")
    trae = chosen("TRAECLI_HOME", chosen("TRAE_HOME", home / ".trae") / "cli")
    yield Place("codex", "TRAE CLI", trae / "sessions")
    yield Place("codex", "TRAE CLI's archive", trae / "archived_sessions")
    yield Place("gemini-cli", "Gemini CLI", home / ".gemini" / "tmp", ("*/chats/**",))
    for title, name in (("Antigravity", ""), ("Antigravity's editor", "-ide"), ("Antigravity CLI", "-cli")):
        brain = home / ".gemini" / f"antigravity{name}" / "brain"
        yield Place("antigravity", title, brain, ("*/.system_generated/logs/transcript_full.jsonl",))
    qwen = chosen("QWEN_RUNTIME_DIR", chosen("QWEN_HOME", home / ".qwen"))
    yield Place("qwen-code", "Qwen Code", qwen / "projects", ("*/chats/*.jsonl", "*/chats/archive/*.jsonl"))
    yield Place("qwen-code", "Qwen Code before 2026", qwen / "tmp", ("*/chats/*.json*",))
    kimi = chosen("KIMI_SHARE_DIR", home / ".kimi") / "sessions"
    yield Place("kimi", "Kimi CLI", kimi, ("*/*/wire.jsonl",))
    kimi_code = chosen("KIMI_CODE_HOME", home / ".kimi-code") / "sessions"
    yield Place("kimi", "Kimi Code", kimi_code, ("*/*/agents/main/wire.jsonl",))
    kiro = chosen("KIRO_HOME", home / ".kiro") / "sessions"
    yield Place("kiro", "Kiro", kiro, ("*.jsonl", "cli/*.jsonl", "*/*/messages.jsonl"))
    editor = config / "Kiro" / "User" / "globalStorage" / "kiro.kiroagent"
    yield Place("kiro-ide", "Kiro's editor before 2026", editor, ("*/*.chat", "*/*/*[0-9a-f]"))
    yield Place("kiro", "Kiro before its files", kept / "kiro-cli", ("data.sqlite3",))
    yield Place("kiro", "Amazon Q", kept / "amazon-q", ("data.sqlite3",))
    yield Place("opencode-db", "OpenCode", data / "opencode", ("opencode*.db",))
    yield Place("opencode-db", "Kilo", data / "kilo", ("kilo*.db",))
    for title, name in (("OpenCode before its database", "opencode"), ("Kilo before its database", "kilo")):
        yield Place("opencode", title, data / name / "storage" / "session", ("*/ses_*.json",))
    openclaw = chosen("OPENCLAW_STATE_DIR", home / ".openclaw")
    for title, state in (
        ("OpenClaw", openclaw),
        ("QClaw", home / ".qclaw"),
        ("Kimi OpenClaw", home / ".kimi_openclaw"),
        ("Moltbot", home / ".moltbot"),
        ("Clawdbot", home / ".clawdbot"),
    ):
        yield Place("openclaw", title, state / "agents", ("*/sessions/**", "*/agent/openclaw-agent.sqlite"))
    yield Place("pi", "pi", home / ".pi" / "agent" / "sessions")
    yield Place("omp", "Oh My Pi", home / ".omp" / "agent" / "sessions")
    yield Place("cursor", "Cursor", home / ".cursor" / "projects", ("*/agent-transcripts/**",))
    for title, folder in (("Cursor CLI", home / ".cursor"), ("Cursor CLI's newer place", home / ".config" / "cursor")):
        yield Place("cursor-cli", title, folder / "chats", ("*/*/store.db",))
    yield Place("copilot-cli", "Copilot CLI", home / ".copilot" / "session-state", ("*/events.jsonl", "*.jsonl"))
    yield Place("droid", "Factory Droid", home / ".factory" / "sessions")
    yield Place("continue-dev", "Continue", chosen("CONTINUE_GLOBAL_DIR", home / ".continue") / "sessions", ("*.json",))
    openhands = chosen("OPENHANDS_PERSISTENCE_DIR", home / ".openhands")
    conversations = chosen("OPENHANDS_CONVERSATIONS_DIR", openhands / "conversations")
    yield Place("openhands", "OpenHands", conversations, ("*/events/**", "*/subagents/*/events/**"))
    yield Place("openhands", "OpenHands before version 1", openhands / "sessions", ("*/events/**",))
    hermes = chosen("HERMES_HOME", home / ".hermes")
    yield Place("hermes", "Hermes", hermes, ("sessions/**", "state.db"))
    for folder in (home / ".lmstudio" / "conversations", home / ".cache" / "lm-studio" / "conversations"):
        yield Place("lm-studio", "LM Studio", folder)
    yield Place("amp", "Amp", data / "amp" / "threads", ("T-*.json",))
    yield Place("zed", "Zed", zed / "threads", ("threads.db",))
    goose = config / "Block" / "goose" / "data" if platform == "win32" else data / "goose"
    yield Place("goose", "Goose", goose / "sessions", ("sessions.db", "*.jsonl"))
    yield Place("crush", "Crush outside of projects", home / ".crush", ("crush.db",))
    yield Place("llm", "llm", chosen("LLM_USER_PATH", config / "io.datasette.llm"), ("logs.db",))
    cline = chosen("CLINE_DATA_DIR", chosen("CLINE_DIR", home / ".cline") / "data")
    kept = chosen("CLINE_SESSION_DATA_DIR", cline / "sessions")
    yield Place("cline", "Cline sessions", kept, ("*/*.messages.json",))
    yield from _of_editors(config, home)


def _of_editors(config: PurePath, home: PurePath) -> Iterator[Place]:
    users = [(title, config / name / "User") for title, name in _EDITORS]
    users += [(title, home / name / "data" / "User") for title, name in _SERVERS]
    for title, user in users:
        yield Place("vscode-chat", f"{title} chat", user / "workspaceStorage", _CHATS)
        for name, where in (("emptyWindowChatSessions", "no folder"), ("transferredChatSessions", "moved")):
            yield Place("vscode-chat", f"{title} chat, {where}", user / "globalStorage" / name)
    cursor = config / "Cursor" / "User"
    yield Place("cursor-db", "Cursor chats", cursor / "globalStorage", ("state.vscdb",))
    yield Place("cursor-db", "Cursor chats by folder", cursor / "workspaceStorage", ("*/state.vscdb",))
    for editor, name in (*_EDITORS, ("Cursor", "Cursor"), ("Windsurf", "Windsurf")):
        threads = config / name / "User" / "globalStorage" / "sourcegraph.amp" / "threads3"
        yield Place("amp", f"Amp in {editor}, before 2026", threads, ("T-*.json",))
        for title, extension in _CLINES:
            tasks = config / name / "User" / "globalStorage" / extension / "tasks"
            yield Place("cline", title if name == "Code" else f"{title} in {editor}", tasks, _TASKS)


def _fits(below: Sequence[str], pattern: Sequence[str], is_folder: bool) -> bool:
    for number, part in enumerate(below):
        if number == len(pattern):
            return False
        if pattern[number] == "**":
            return True
        if not fnmatchcase(part, pattern[number]):
            return False
    return is_folder or len(below) == len(pattern)
