"""Where the documents lie that assistants read before they begin, whatever is worked on: the usual places of each.

Project folders have such files too; those come with the folders that a person imports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from curator.formats.memory_files import kind_of


def find(environment: Mapping[str, str], home: Path) -> list[Path]:
    """The documents that are there, by their paths; links are followed, since dotfiles often are some.

    Places as the tools' own guides name them: CLAUDE.md and the memory folders of Claude Code's projects, AGENTS.md of
    Codex, OpenCode and pi, GEMINI.md, the workspace of OpenClaw, and SOUL.md and the memories of Hermes.
    """
    return sorted({path for path in _candidates(environment, home) if kind_of(str(path)) and path.is_file()})


def _candidates(environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    def chosen(variable: str, default: Path) -> Path:
        value = environment.get(variable, "").strip()
        return home / value[2:] if value.startswith("~/") else Path(value) if value else default

    claude = chosen("CLAUDE_CONFIG_DIR", home / ".claude")
    openclaw = chosen("OPENCLAW_STATE_DIR", home / ".openclaw")
    yield claude / "CLAUDE.md"
    yield from claude.glob("projects/*/memory/*.md")
    yield chosen("CODEX_HOME", home / ".codex") / "AGENTS.md"
    yield home / ".gemini" / "GEMINI.md"
    yield chosen("XDG_CONFIG_HOME", home / ".config") / "opencode" / "AGENTS.md"
    yield home / ".pi" / "agent" / "AGENTS.md"
    for workspace in openclaw.glob("workspace*"):
        yield from workspace.glob("*.md")
        yield from workspace.glob("memory/*.md")
    yield home / ".hermes" / "SOUL.md"
    yield from (home / ".hermes" / "memories").glob("*.md")
