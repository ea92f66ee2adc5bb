"""Where assistants keep their transcripts on this computer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from curator.core.format import FORMATS
from curator.core.query import FoundAgent
from curator.ingest.scan import list_files


def places() -> Iterator[tuple[str, str, Path]]:
    """Format, title and folder of every assistant whose format can be read, whether the folder is there or not.

    The folders are those of the project's reference on transcript formats, part A; the variables are the tools' own.
    """
    home = Path.home()
    claude = _chosen("CLAUDE_CONFIG_DIR", home / ".claude")
    codex = _chosen("CODEX_HOME", home / ".codex")
    openclaw = _chosen("OPENCLAW_STATE_DIR", home / ".openclaw")
    every = (
        ("claude-code", "Claude Code", claude / "projects"),
        ("codex", "Codex", codex / "sessions"),
        ("codex", "Codex archive", codex / "archived_sessions"),
        ("gemini-cli", "Gemini CLI", home / ".gemini" / "tmp"),
        ("openclaw", "OpenClaw", openclaw / "agents"),
        ("pi", "pi", home / ".pi" / "agent" / "sessions"),
        ("cursor", "Cursor", home / ".cursor" / "projects"),
        ("copilot-cli", "Copilot CLI", home / ".copilot" / "session-state"),
        ("droid", "Factory Droid", home / ".factory" / "sessions"),
    )
    return (place for place in every if place[0] in FORMATS)


def find(watched: frozenset[Path] = frozenset()) -> list[FoundAgent]:
    """The assistants that have transcripts here, most files first. It lists folders and opens no file."""
    found = []
    for format, title, folder in places():
        if not folder.is_dir():
            continue
        listing = list_files([folder])
        if listing.files:
            size = sum(file.size for file in listing.files)
            is_watched = folder.resolve() in watched
            found.append(FoundAgent(title, str(folder), len(listing.files), size, format, is_watched))
    return sorted(found, key=lambda agent: -agent.files)


def name_of(folder: Path) -> str:
    """What a watched folder is called: the assistant's title where it is an assistant's, else the folder's name."""
    for _, title, place in places():
        if place.is_dir() and place.resolve() == folder:
            return title
    return folder.name or str(folder)


def _chosen(variable: str, default: Path) -> Path:
    value = os.environ.get(variable, "").strip()
    return Path(value).expanduser() if value else default
