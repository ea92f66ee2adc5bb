"""What lies beside the conversations in Claude.ai's export and is read by the assistant before it begins: the
instructions of projects with their files, and what Claude remembers."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from curator.formats.jsonlines import Source
from curator.formats.loose import as_record, as_records, as_text, loads

_KINDS = {"projects": "project", "memories": "memory"}
"""By the name of the file, or of its folder, in the exports of 2025 and 2026."""


def kind_of(path: str) -> str:
    """The kind of document that an export's file of this path may be; empty for any other."""
    if not path.endswith(".json"):
        return ""
    place = PurePosixPath(path)
    return _KINDS.get(place.stem) or _KINDS.get(place.parent.name, "")


def text_of(data: Source, kind: str) -> str:
    """The words of such a file; empty where it is none."""
    value = loads(bytes(data[:]))
    records = as_records(value) or [as_record(value)]
    read = _project if kind == "project" else _memory
    return "\n\n".join(text for record in records if (text := read(record)))


def _project(record: dict[str, Any]) -> str:
    """A project's name, what is told to the assistant in it, and the texts that lie in it."""
    if not isinstance(record.get("prompt_template"), str) and not isinstance(record.get("docs"), list):
        return ""
    parts = [as_text(record.get("description")), as_text(record.get("prompt_template"))]
    parts += _files(record.get("docs"), "filename")
    words = [part.strip() for part in parts if part.strip()]
    return "\n\n".join([f"# {as_text(record.get('name'))}", *words]) if words else ""


def _memory(record: dict[str, Any]) -> str:
    """What is remembered of the person, of each project, and in files."""
    parts = [as_text(record.get("conversations_memory"))]
    parts += [as_text(text) for text in as_record(record.get("project_memories")).values()]
    parts += _files(record.get("memory_files"), "path")
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _files(value: object, name: str) -> list[str]:
    """The texts of files, each under its name."""
    told = [(as_text(held.get(name)), as_text(held.get("content")).strip()) for held in as_records(value)]
    return [f"## {title}\n\n{content}" for title, content in told if content]
