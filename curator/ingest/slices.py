"""A file with very many exchanges, stored in several transactions: what a person does meanwhile waits for one of them.

OpenCode's database of 3.5 GB has 75,000 exchanges: as one transaction they kept every mark waiting for 14 CPU seconds,
and the write-ahead log took 500 MB.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection, Iterator

import msgspec

from curator.library.packed import PackedSession, PackedTranscript, SourceFile
from curator.library.records import PRESENT, SourceRecord

MOST = 2_000
"""Exchanges of a file that are stored in one transaction; of more, each has half as many, or one session."""
_UNFINISHED = 0
"""The size by which a source is known until its last slice is in: it is read again if that never comes."""


def is_much(read: PackedTranscript) -> bool:
    """Whether a file is stored in slices."""
    return len(read.sessions) > 1 and sum(len(session.exchanges) for session in read.sessions) > MOST


def slices(
    source: SourceFile, read: PackedTranscript, known: SourceRecord | None, held: Collection[str]
) -> Iterator[tuple[SourceFile, PackedTranscript]]:
    """What was read of a file, as it is to be stored, one after the other; `read` gives its sessions away. `known` is
    the file as it was read before, `held` are the keys of the sessions that the library has of it."""
    # Nothing follows from what is unfinished: neither is it another file's copy, nor is a whole copy of it due.
    content = known.content_hash if known is not None and known.status == PRESENT else os.urandom(16)
    begun = msgspec.structs.replace(source, size=_UNFINISHED, content_hash=content)
    gone = read.gone if read.is_partial else sorted(set(held).difference(one.key for one in read.sessions))
    waiting = deque(read.sessions)
    read.sessions.clear()
    part = _next(waiting)
    while waiting:
        yield begun, PackedTranscript(read.format, part, is_partial=True, is_store=read.is_store)
        part = _next(waiting)
    read.sessions[:] = part
    read.is_partial, read.gone = True, list(gone)
    yield source, read


def _next(waiting: deque[PackedSession]) -> list[PackedSession]:
    part: list[PackedSession] = []
    exchanges = 0
    while waiting and exchanges < MOST // 2:
        session = waiting.popleft()
        exchanges += len(session.exchanges)
        part.append(session)
    return part
