"""The reader: one file's bytes in, its sessions and exchanges out, whatever the bytes are."""

from __future__ import annotations

import mmap

from curator.core.exchange import Transcript


def read_transcript(data: bytes | memoryview | mmap.mmap, name: str = "") -> Transcript:
    """Everything the file gave. Never raises: what could not be read is a problem with its line number."""
    return Transcript("")
