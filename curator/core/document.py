"""Documents beside the transcripts: what people and assistants write for an assistant to read before it begins."""

from __future__ import annotations

from dataclasses import dataclass

DOCUMENT = "document"
"""Stands as the format of a source that is a document."""

KINDS: dict[str, str] = {
    "soul": "Who the assistant is",
    "identity": "The assistant's name and voice",
    "agents": "Instructions for agents",
    "claude": "Instructions for Claude Code",
    "gemini": "Instructions for Gemini CLI",
    "user": "Who the person is",
    "tools": "Notes on tools",
    "heartbeat": "What to do when nobody asks",
    "memory": "What the assistant remembers",
    "project": "Instructions and files of a project",
    "note": "A day's notes of the assistant",
}
"""What each kind of document says, as the window calls it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was read; `kind` is a key of `KINDS`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """A line of the list of documents. `changed` is the time of its file as ISO 8601; `is_gone`: the file was deleted,
    its text is kept."""

    id: int
    path: str
    kind: str
    characters: int
    changed: str
    is_gone: bool = False

    @property
    def title(self) -> str:
        """What a document of this kind says, in words."""
        return KINDS.get(self.kind, self.kind)
