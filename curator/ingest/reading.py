"""One file, from its bytes to what the library stores: read, cut into exchanges, screened, packed."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

import xxhash

from curator.core.document import DOCUMENT
from curator.core.errors import UnreadableFileError
from curator.core.exchange import Transcript
from curator.core.mapping import Mapping
from curator.formats.database import MAGIC
from curator.formats.events import clean
from curator.formats.memory_files import read_document
from curator.formats.reader import OpenTranscript, open_transcript
from curator.formats.versions import version_of
from curator.ingest.bundles import gathered, stands_for_many
from curator.ingest.files import HEAD, opened, with_log
from curator.library.packed import PACKER, PackedSession, PackedTranscript, SourceFile, pack_problems
from curator.screening import screen_session

if TYPE_CHECKING:
    from curator.ingest.growing import GrowingFile, GrowingFiles
    from curator.ingest.zips import OpenZip

_MAP_FROM = 4 << 20
_ZSTD = b"\x28\xb5\x2f\xfd"

Buffer = bytes | mmap.mmap


def read_source(
    path: str,
    member: str = "",
    root: int = 0,
    *,
    may_map: bool = False,
    archive: OpenZip | None = None,
    mapping: Mapping | None = None,
    take: Callable[[PackedSession], object] | None = None,
    growing: GrowingFiles | None = None,
    since: str = "",
) -> tuple[SourceFile, PackedTranscript]:
    """Read a transcript; the figures of the SourceFile are of the very bytes that were read.

    `take` gets each session as soon as it is packed, before the next one is read; then the transcript that is returned
    holds none. Without it, it holds them all.

    `may_map` maps large files into memory. A mapped file that another program cuts short kills the reading process
    (SIGBUS), so only parser processes may. `archive` is kept from one call to the next where many files of one zip are
    read. `mapping` says which fields to read where a person said so. `growing` knows the files that were read lately,
    so that of one that grew no more is read than it grew by. `since` is the mark that an earlier reading of a database
    gave: what has not changed since is not read, nor its bytes. Raises UnreadableFileError with the reason.
    """
    try:
        if not member and stands_for_many(path):
            return _read_many(path, root, take)
        with opened(path) as (file, info), _content(path, file, info, member, may_map, archive) as data:
            head = xxhash.xxh3_128(data[:HEAD])
            head.update(member.encode())
            size, mtime_ns = info.st_size, info.st_mtime_ns
            is_store = data[: len(MAGIC)] == MAGIC
            if is_store and not member:  # before it is opened: what is written meanwhile shows in the next stamp
                size, mtime_ns = with_log(path, size, mtime_ns)
            known = growing.at(path) if growing is not None and not (member or is_store or mapping) else None
            with _opened(data, path, member, is_store, mapping, known, since) as found:
                transcript = _packed(found, take, known)
            source = SourceFile(
                path=f"{path}/{member}" if member else path,
                size=size,
                mtime_ns=mtime_ns,
                inode=info.st_ino,
                head_hash=head.digest(),
                content_hash=_hash(data, path, is_store and not member, transcript) if transcript.format else b"",
                root=root,
                reader=version_of(transcript.format),
            )
            return source, transcript
    except OSError as error:
        raise UnreadableFileError(f"It cannot be read: {(error.strerror or str(error)).lower()}.") from error


def _read_many(
    path: str, root: int, take: Callable[[PackedSession], object] | None
) -> tuple[SourceFile, PackedTranscript]:
    """As `read_source`, a session of many files, put together."""
    data, stamp, problems = gathered(path)
    found = open_transcript(data, "/".join(Path(path).parts[-3:]))
    found.problems[:0] = problems
    transcript = _packed(found, take, None)
    content = xxhash.xxh3_128_digest(data) if transcript.format else b""
    head = xxhash.xxh3_128_digest(data[:HEAD])
    return SourceFile(path, *stamp, head, content, root, version_of(transcript.format)), transcript


@contextmanager
def _opened(
    data: Buffer,
    path: str,
    member: str,
    is_store: bool,
    mapping: Mapping | None,
    known: GrowingFile | None,
    since: str,
) -> Iterator[OpenTranscript | Transcript]:
    """What the bytes are, its sessions still to be read where they can be read one by one."""
    name = _name_of(Path(member or path))
    if is_store:
        from curator.library import foreign  # few files are databases

        with foreign.from_bytes(bytes(data[:])) if member else foreign.opened(path) as db:
            yield open_transcript(db, name, since)
    elif mapping is not None:
        from curator.formats.mapping import read_mapped  # few files need to be explained

        yield read_mapped(data, name, mapping)
    else:
        document = read_document(data, f"{path}/{member}" if member else path)
        if document is not None:
            yield Transcript(DOCUMENT, document=document)
        elif known is not None and isinstance(data, bytes):
            yield known.open(data, name)
        else:
            yield open_transcript(data, name)


def _name_of(place: Path) -> str:
    """The file's name; of a subagent's of Cursor's with the folders that say whose it is, since nothing in it does."""
    name = place.name.removesuffix(".zst")
    if place.parent.name == "subagents" and "agent-transcripts" in place.parts:
        return f"{place.parent.parent.name}/subagents/{name}"
    return name


def _packed(
    found: OpenTranscript | Transcript, take: Callable[[PackedSession], object] | None, known: GrowingFile | None
) -> PackedTranscript:
    """Read, screen and pack one session after the other; what a parser holds of a large file is the present one."""
    sessions: list[PackedSession] = []
    take = take or sessions.append
    for session in found.sessions if isinstance(found, Transcript) else found.sessions():
        take(known.pack(session) if known is not None else PACKER.session(screen_session(session)))
    whole = PackedTranscript(found.format, sessions, pack_problems(found.problems), dict(found.unknown))
    if isinstance(found, OpenTranscript):
        whole.is_partial, whole.mark = found.is_partial, found.mark
        whole.is_store, whole.gone = found.is_store, [clean(key) for key in found.gone]
    elif found.document is not None:
        whole.document = PACKER.document(found.document)
    return whole


def _hash(data: Buffer, path: str, is_store: bool, read: PackedTranscript) -> bytes:
    """The hash of the content; a database's log belongs to it, and where only what changed was read, the place that it
    was read to stands for the rest."""
    if read.mark and read.is_partial:
        return xxhash.xxh3_128_digest(f"{path} {read.mark}".encode())
    whole = xxhash.xxh3_128(data)
    if is_store:
        with suppress(OSError), opened(f"{path}-wal") as (log, _):
            while piece := log.read(1 << 20):
                whole.update(piece)
    return whole.digest()


@contextmanager
def _content(
    path: str, file: IO[bytes], info: os.stat_result, member: str, may_map: bool, archive: OpenZip | None
) -> Iterator[Buffer]:
    """What a file holds, unpacked where it is packed."""
    with _stored(path, file, info, member, may_map, archive) as data:
        if data[: len(_ZSTD)] != _ZSTD:
            yield data
            return
        from curator.ingest.zst import unpack  # few files are packed

        with _buffer(unpack(data)) as unpacked:
            yield unpacked


@contextmanager
def _stored(
    path: str, file: IO[bytes], info: os.stat_result, member: str, may_map: bool, archive: OpenZip | None
) -> Iterator[Buffer]:
    if member:
        from curator.ingest.zips import OpenZip  # takes as long to import as a session to read, and few need it

        with ExitStack() as held:
            unpacked = (archive or held.enter_context(OpenZip())).unpack(path, file, member)
            yield held.enter_context(_buffer(unpacked))
    elif may_map and info.st_size >= _MAP_FROM:
        with _mapped(file, info.st_size) as data:
            yield data
    else:
        yield file.read()


@contextmanager
def _buffer(unpacked: bytes | IO[bytes]) -> Iterator[Buffer]:
    """Something that was unpacked, to be read at any place; a file is closed at the end."""
    if isinstance(unpacked, bytes):
        yield unpacked
        return
    with unpacked, _mapped(unpacked, os.fstat(unpacked.fileno()).st_size) as data:
        yield data


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
