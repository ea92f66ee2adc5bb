"""The files of the archive: each holds one packed transcript file under the SHA-256 of what it holds."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

import zstandard

from curator.core.durable import flush, settle_folder
from curator.core.errors import CuratorError, LibraryError

ENDING = ".zst"
PART = ".part"
_CHUNK = 1 << 20
_LEFT_BEHIND = 3600.0
_LEVEL = 6
"""Sessions take a seventh of their size, at about 100 MB a second; a higher level gains a tenth for half the speed."""


class CopyStoppedError(CuratorError):
    """Copying was stopped on request; nothing was stored."""


class Readable(Protocol):
    """What is copied: a file, or anything that gives its bytes piece by piece."""

    def read(self, size: int, /) -> bytes:
        """About so many bytes more; none at the end."""
        ...


@dataclass(slots=True)
class PackedFile:
    """A file that is in the archive now. `begins` has the SHA-256 of its first n bytes, for the n that were asked."""

    sha256: bytes
    size: int
    packed: int
    begins: dict[int, bytes] = field(default_factory=dict)


def place(folder: Path, sha256: bytes) -> Path:
    """Where the copy of this content lies; in 256 folders, since some file systems are slow with large ones."""
    name = sha256.hex()
    return folder / name[:2] / f"{name}{ENDING}"


def put(folder: Path, file: Readable, sizes: Collection[int] = (), cancel: threading.Event | None = None) -> PackedFile:
    """Pack what `file` holds from where it stands, in pieces of a megabyte; named when it is on the disk.

    Content that is here already is written again, which mends a damaged copy. Raises LibraryError when the disk is full
    or does not answer, CopyStoppedError when `cancel` is set; neither leaves a trace.
    """
    part = folder / f"{os.urandom(8).hex()}{PART}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("xb") as target:
            packed = _pack(file, target, sorted(sizes), cancel)
            target.flush()
            flush(target.fileno())
        at = place(folder, packed.sha256)
        at.parent.mkdir(exist_ok=True)
        packed.packed = part.stat().st_size
        part.replace(at)
        settle_folder(at.parent)
    except OSError as error:
        raise _not_stored(error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return packed


def examine(folder: Path, sha256: bytes, size: int) -> str:
    """What is wrong with a copy, in a sentence; empty when every byte is what it was. Reads it whole."""
    try:
        for _ in _unpacked(folder, sha256, size):
            pass
    except LibraryError as error:
        return error.message
    return ""


def take_out(folder: Path, sha256: bytes, size: int, to: Path) -> None:
    """Write the file again as it was, in a folder that is there; it gets its name when it is whole and on the disk.

    Raises LibraryError when the copy is damaged or the disk cannot take it, FileExistsError when something is there.
    """
    part = to.with_name(f".{to.name[:80]}.{os.urandom(8).hex()}{PART}")
    try:
        with part.open("xb") as target:
            for piece in _unpacked(folder, sha256, size):
                target.write(piece)
            target.flush()
            flush(target.fileno())
        _name(part, to)
        settle_folder(to.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise LibraryError(
            f"“{to.name}” could not be written ({error.strerror or error}).",
            "Choose another folder, or free some space.",
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def is_there(folder: Path, sha256: bytes) -> bool:
    """Whether a file has the name of this content; `examine` says whether it holds it."""
    return place(folder, sha256).is_file()


def discard(folder: Path, sha256: bytes) -> None:
    """Remove a copy that nobody needs. One that cannot be removed stays: it only takes room."""
    with suppress(OSError):
        place(folder, sha256).unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what a process that ended in the middle of a copy left behind, an hour later: it may still be at work."""
    before = time.time() - _LEFT_BEHIND
    for part in folder.glob(f"*{PART}"):
        with suppress(OSError):
            if part.stat().st_mtime < before:
                part.unlink()


def _pack(file: Readable, target: IO[bytes], sizes: list[int], cancel: threading.Event | None) -> PackedFile:
    import hashlib  # it loads OpenSSL, 10 ms that no start of the window should pay

    digest = hashlib.sha256()
    size = 0
    begins: dict[int, bytes] = {}
    with zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).stream_writer(target, closefd=False) as packer:
        while piece := file.read(_CHUNK):
            if cancel is not None and cancel.is_set():
                raise CopyStoppedError("The copy was stopped.", "It is made when Curator runs next.")
            packer.write(piece)
            end, taken = size + len(piece), 0
            for cut in sizes:
                if size < cut <= end:
                    digest.update(piece[taken : cut - size])
                    taken = cut - size
                    begins[cut] = digest.digest()
            digest.update(piece[taken:])
            size = end
    return PackedFile(digest.digest(), size, 0, begins)


def _unpacked(folder: Path, sha256: bytes, size: int) -> Iterator[bytes]:
    """The pieces of a copy; raises LibraryError at the end when they are not what was copied."""
    import hashlib

    digest = hashlib.sha256()
    read = 0
    with _opened(place(folder, sha256)) as packed:
        while piece := packed.read(_CHUNK):
            digest.update(piece)
            read += len(piece)
            if read > size:
                break
            yield piece
    if (digest.digest(), read) != (sha256, size):
        raise LibraryError(
            "This copy is damaged: it does not hold what was put in.", "Copy the file anew if it exists."
        )


@contextmanager
def _opened(path: Path) -> Iterator[zstandard.ZstdDecompressionReader]:
    try:
        with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as packed:
            yield packed
    except FileNotFoundError as error:
        raise LibraryError("This copy is missing from the archive.", "Copy the file anew if it exists.") from error
    except zstandard.ZstdError as error:
        raise LibraryError(
            "This copy is damaged and cannot be unpacked.", "Copy the file anew if it exists."
        ) from error


def _name(part: Path, to: Path) -> None:
    """Give a finished file its name, and never another one's."""
    try:
        os.link(part, to)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if to.exists():
            raise FileExistsError(to) from None
        part.rename(to)


def _not_stored(error: OSError) -> LibraryError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return LibraryError(
            "The disk is full: a whole copy of a marked session could not be stored.",
            "Free some space; the copy is made when something is marked or Curator starts again. Nothing was lost.",
        )
    return LibraryError(
        f"A whole copy of a marked session could not be stored ({error.strerror or error}).",
        "Check that the disk of the library can be written. Nothing was lost.",
    )
