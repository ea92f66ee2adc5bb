"""One file, from its bytes to what the library stores: read, cut into exchanges, screened, packed."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import xxhash

from curator.core.errors import UnreadableFileError
from curator.core.exchange import Transcript
from curator.formats.database import MAGIC
from curator.formats.reader import read_transcript
from curator.ingest.files import HEAD, opened
from curator.library.packed import PackedTranscript, SourceFile, pack
from curator.screening import screen_session

MAX_MEMBER = 4 << 30
MAX_RATIO = 200
_RATIO_COUNTS_FROM = 16 << 20
_MAP_FROM = 1 << 20

Buffer = bytes | mmap.mmap


def read_source(
    path: str, member: str = "", root: int = 0, *, may_map: bool = False
) -> tuple[SourceFile, PackedTranscript]:
    """Read a transcript whole; the figures of the SourceFile are of the very bytes that were read.

    `may_map` maps large files into memory. A mapped file that another program cuts short kills the reading process
    (SIGBUS), so only parser processes may. Raises UnreadableFileError with the reason.
    """
    try:
        with opened(path) as (file, info), _content(file, info, member, may_map) as data:
            head = xxhash.xxh3_128(data[:HEAD])
            head.update(member.encode())
            source = SourceFile(
                path=f"{path}/{member}" if member else path,
                size=info.st_size,
                mtime_ns=info.st_mtime_ns,
                inode=info.st_ino,
                head_hash=head.digest(),
                content_hash=xxhash.xxh3_128(data).digest(),
                root=root,
            )
            return source, pack(_screened(_read(data, path, member)))
    except OSError as error:
        raise UnreadableFileError(f"It cannot be read: {(error.strerror or str(error)).lower()}.") from error


def _read(data: Buffer, path: str, member: str) -> Transcript:
    name = Path(member or path).name
    if data[: len(MAGIC)] != MAGIC:
        return read_transcript(data, name)
    from curator.library import foreign  # few files are databases

    with foreign.from_bytes(bytes(data[:])) if member else foreign.opened(path) as db:
        return read_transcript(db, name)


def _screened(transcript: Transcript) -> Transcript:
    sessions = tuple(screen_session(session) for session in transcript.sessions)
    return Transcript(transcript.format, sessions, transcript.problems, transcript.unknown)


@contextmanager
def _content(file: IO[bytes], info: os.stat_result, member: str, may_map: bool) -> Iterator[Buffer]:
    if member:
        import tempfile  # takes as long to import as a session to read, and few files are in a zip

        with tempfile.TemporaryFile() as unpacked:
            size = _unpack(file, member, unpacked)
            with _mapped(unpacked, size) as data:
                yield data
    elif may_map and info.st_size >= _MAP_FROM:
        with _mapped(file, info.st_size) as data:
            yield data
    else:
        yield file.read()


@contextmanager
def _mapped(file: IO[bytes], size: int) -> Iterator[Buffer]:
    if size == 0:
        yield b""
        return
    data = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
    try:
        yield data
    finally:
        with suppress(BufferError):  # a decoded record still points into it; it is unmapped with the last of them
            data.close()


def _unpack(file: IO[bytes], member: str, into: IO[bytes]) -> int:
    """Unpack one file of a zip, counting the real bytes: the sizes a zip declares are the sender's choice."""
    import zipfile
    import zlib

    written = 0
    try:
        with zipfile.ZipFile(file) as archive, archive.open(member) as packed:
            limit = max(_RATIO_COUNTS_FROM, archive.getinfo(member).compress_size * MAX_RATIO)
            while chunk := packed.read(1 << 20):
                written += len(chunk)
                if written > min(limit, MAX_MEMBER):
                    raise UnreadableFileError("It unpacks to far more than a conversation holds; it was left out.")
                into.write(chunk)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, KeyError, RuntimeError) as error:
        raise UnreadableFileError(f"It cannot be unpacked: {error}.") from error
    into.flush()
    return written
