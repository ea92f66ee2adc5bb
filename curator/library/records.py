"""What the library says about files and writes, in values that only the rooms above it need."""

from __future__ import annotations

from dataclasses import dataclass, field

from curator.core.changes import Changes

PRESENT, GONE, COPY, SET_ASIDE = "present", "gone", "copy", "set aside"
"""Where the file of a source stands: it is there, it was deleted, it is a second file with the same content, or
reading it failed in a way that is not tried again until it changes."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A file as it was read last. `status` is `present`, `gone`, `copy` or `set aside`, `reader` the way it was read in
    (see `formats.versions`)."""

    id: int
    path: str
    size: int
    mtime_ns: int
    inode: int
    head_hash: bytes
    content_hash: bytes
    format: str
    status: str
    root: int = 0
    reader: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing did, in exchanges, and in documents that are new or other. `source` is the id of the file stored (of
    the last one, for many)."""

    changes: Changes = field(default_factory=Changes)
    source: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    sessions: int = 0
    documents: int = 0
    repeats: int = 0  # new ones that are duplicates
    released: frozenset[str] = frozenset()  # files known as copies of one that holds something else now: read them
