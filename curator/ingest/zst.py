"""Sessions that their program packed with zstd, as Codex does after a week: what they unpack to, bytes counted."""

from __future__ import annotations

import mmap
from typing import IO

import zstandard

from curator.core.errors import UnreadableFileError
from curator.ingest.zips import IN_MEMORY, TOO_MUCH, most_of, spooled

_DAMAGED = "It is packed and damaged: it cannot be unpacked."


def unpack(data: bytes | mmap.mmap) -> bytes | IO[bytes]:
    """What the bytes unpack to: bytes, or where it is large a temporary file, for the caller to close.

    Raises UnreadableFileError when they cannot be unpacked, or unpack to more than they may: the limits of zips hold.
    What is cut off gives what comes before the cut, as a file that is still being written does.
    """
    most = most_of(len(data))
    try:
        with zstandard.ZstdDecompressor().stream_reader(memoryview(data), read_across_frames=True) as packed:
            start = packed.read(min(IN_MEMORY, most) + 1)
            if not start:
                raise UnreadableFileError(_DAMAGED)
            if len(start) > most:
                raise UnreadableFileError(TOO_MUCH)
            return start if len(start) <= IN_MEMORY else spooled(start, packed, most)
    except zstandard.ZstdError as error:
        raise UnreadableFileError(_DAMAGED) from error
