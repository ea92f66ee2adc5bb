"""A file with very many exchanges, stored in several transactions: what a person does meanwhile waits for one of them.

OpenCode's database of 3.5 GB has 75,000 exchanges: as one transaction they kept every mark waiting for 14 CPU seconds,
and the write-ahead log took 500 MB.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

import msgspec

from curator.library.packed import PackedSession, PackedTranscript, SourceFile
from curator.library.records import PRESENT, SourceRecord

MOST = 2_000
"""Exchanges of a file that are stored in one transaction; of more, each has half as many, or one session."""
_HEAVY = 8 << 20
"""Characters and bytes of exchanges that are no less to be stored than half of MOST."""
_UNFINISHED = 0
"""The size by which a source is known until its last slice is in: it is read again if that never comes."""

Slice = tuple[SourceFile, PackedTranscript]


def is_much(read: PackedTranscript) -> bool:
    """Whether a file is stored in slices."""
    return len(read.sessions) > 1 and sum(len(session.exchanges) for session in read.sessions) > MOST


def given_away(sessions: list[PackedSession]) -> Iterator[PackedSession]:
    """The sessions of a list in their order; it lets each of them go."""
    sessions.reverse()
    while sessions:
        yield sessions.pop()


def slices(
    source: SourceFile,
    read: PackedTranscript,
    sessions: Iterator[PackedSession],
    known: SourceRecord | None,
    held: Collection[str],
) -> Iterator[Slice]:
    """What was read of a file, as it is to be stored, one after the other: its `sessions`, and of `read` the rest.
    `known` is the file as it was read before, `held` are the keys of the sessions that the library has of it."""
    # Nothing follows from what is unfinished: neither is it another file's copy, nor is a whole copy of it due.
    content = known.content_hash if known is not None and known.status == PRESENT else os.urandom(16)
    begun = msgspec.structs.replace(source, size=_UNFINISHED, content_hash=content)
    left = set(held)
    part = _next(sessions)
    while True:
        left.difference_update([session.key for session in part])
        following = _next(sessions)
        if not following:
            break
        yield begun, PackedTranscript(read.format, part, is_partial=True, is_store=read.is_store)
        part = following
    gone = list(read.gone) if read.is_partial else sorted(left)
    yield source, msgspec.structs.replace(read, sessions=part, is_partial=True, gone=gone)


def slices_of_copy(source: SourceFile, read: PackedTranscript, sessions: Iterator[PackedSession]) -> Iterator[Slice]:
    """The same of a file whose content the library has from another one: nothing of it is stored, it is counted."""
    part = _next(sessions)
    while following := _next(sessions):
        yield source, PackedTranscript(read.format, part, is_partial=True, is_store=read.is_store)
        part = following
    yield source, msgspec.structs.replace(read, sessions=part, is_partial=True)


def _next(sessions: Iterator[PackedSession]) -> list[PackedSession]:
    part: list[PackedSession] = []
    exchanges = weight = 0
    while exchanges < MOST // 2 and weight < _HEAVY and (session := next(sessions, None)) is not None:
        exchanges += len(session.exchanges)
        weight += sum([len(one.prompt) + len(one.response) + len(one.steps) for one in session.exchanges])
        part.append(session)
    return part
