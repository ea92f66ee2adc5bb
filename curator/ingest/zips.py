"""Zips: which of their files may be read, and one file's bytes, counted as they come and never written under its name.

What a zip says of itself is its sender's choice. Nothing is extracted: a wanted file is unpacked to memory, or to a
nameless temporary file. Limits are those of the project's fault table: 4 GB, a ratio of 200, 100,000 files.
"""

from __future__ import annotations

import os
import stat
import struct
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Self

from curator.core.errors import UnreadableFileError
from curator.ingest.names import better_sibling, is_skipped_folder, is_transcript_name, is_zip_name

MAX_UNPACKED = 4 << 30
MAX_RATIO = 200
MAX_ENTRIES = 100_000
MAX_DIRECTORY = 64 << 20
"""Bytes of a zip's list of files: a hundred thousand files take about ten megabytes."""
IN_MEMORY = 4 << 20
_RATIO_COUNTS_FROM = 16 << 20
_CHUNK = 1 << 20
_END = struct.Struct("<4s4H2LH")
_OFFICE = {
    "word/document.xml": "It is a Word document. Save it as plain text, with a name before each turn, and import that.",
    "xl/workbook.xml": "It is an Excel workbook. Save its sheet as CSV, and import that.",
    "META-INF/manifest.xml": "It is an OpenDocument file. Save it as plain text or as CSV, and import that.",
}
"""What is said of documents that are zips, by a file that each holds."""
_ENCRYPTED = "It is encrypted. Unpack the zip first."
TOO_MUCH = "It unpacks to far more than a conversation holds; it was left out."
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, KeyError, RuntimeError, ValueError)
"""What zipfile raises over bytes that are no zip, or one it cannot unpack; RuntimeError stands for a password."""


class TooManyFilesError(zipfile.BadZipFile):
    """A zip whose list of files is too long to be read."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside a zip that is worth a look; `size` is what the zip says it unpacks to."""

    name: str
    size: int


@dataclass(slots=True)
class Contents:
    """What a zip holds: the files to look at, and (name, reason) of what cannot be; a name is empty for the zip."""

    members: list[Member] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def is_zip(path: str) -> bool:
    """By its first bytes, or its name: a cut-off zip should be told as one."""
    try:
        with Path(path).open("rb") as file:
            return file.read(4) == b"PK\x03\x04" or is_zip_name(path)
    except OSError:
        return False  # reading it will say why


def contents(path: str, size: int) -> Contents:
    """List a zip without unpacking anything. Never raises for what the bytes are."""
    found = Contents()
    try:
        _check_directory(path)
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (OSError, struct.error, *_BROKEN) as error:
        found.problems.append(("", _unreadable(error)))
        return found
    left = most_of(size)
    names = frozenset(entry.filename for entry in entries)
    office = next((told for name, told in _OFFICE.items() if name in names), "")
    if office:
        found.problems.append(("", office))
        return found
    for entry in entries[:MAX_ENTRIES]:
        reason = _refusal(entry)
        if reason:
            found.problems.append((entry.filename, reason))
        elif _is_wanted(entry, names):
            # zipfile reads no more than the size that is declared, so that their sum is what can come at most.
            if entry.file_size > left:
                found.problems.append((entry.filename, TOO_MUCH))
            else:
                left -= entry.file_size
                found.members.append(Member(entry.filename, entry.file_size))
    if len(found.problems) > 1 and all(reason == _ENCRYPTED for _, reason in found.problems) and not found.members:
        found.problems = [("", "All that it holds is encrypted. Unpack the zip first.")]
    return found


class OpenZip:
    """The zip that was unpacked from last, kept open: reading its list of files anew for each would take for ever.

    Used by one thread; `close` when a run of files is over.
    """

    def __init__(self) -> None:
        self._identity: tuple[str, int, int, int] | None = None
        self._file: IO[bytes] | None = None
        self._archive: zipfile.ZipFile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the zip go. Twice is fine."""
        archive, self._archive = self._archive, None
        file, self._file = self._file, None
        if archive is not None:
            archive.close()
        if file is not None:
            file.close()

    def unpack(self, path: str, file: IO[bytes], member: str) -> bytes | IO[bytes]:
        """What a member unpacks to: bytes, or where it is large a temporary file, for the caller to close.

        `file` is the zip, open. Raises UnreadableFileError when it cannot be unpacked, or unpacks to more than it may.
        """
        try:
            archive = self._opened(path, file)
            entry = archive.getinfo(member)
            size = os.fstat(file.fileno()).st_size
            most = most_of(min(entry.compress_size, size))
            with archive.open(entry) as packed:
                start = packed.read(min(IN_MEMORY, most) + 1)
                if len(start) > most:
                    raise UnreadableFileError(TOO_MUCH)
                return start if len(start) <= IN_MEMORY else spooled(start, packed, most)
        except _BROKEN as error:
            raise UnreadableFileError(f"It cannot be unpacked: {error}.") from error

    def _opened(self, path: str, file: IO[bytes]) -> zipfile.ZipFile:
        info = os.fstat(file.fileno())
        identity = (path, info.st_ino, info.st_size, info.st_mtime_ns)
        if self._archive is None or identity != self._identity:
            self.close()
            _check_directory(path)
            self._file = os.fdopen(os.dup(file.fileno()), "rb")
            self._archive = zipfile.ZipFile(self._file)
            self._identity = identity
        return self._archive


def spooled(start: bytes, packed: IO[bytes], most: int) -> IO[bytes]:
    """A nameless temporary file with what was unpacked so far and the rest, for the caller to close; raises
    UnreadableFileError for more than `most` bytes."""
    whole = tempfile.TemporaryFile()  # noqa: SIM115 — the caller closes it
    try:
        written = whole.write(start)
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > most:
                raise UnreadableFileError(TOO_MUCH)
            whole.write(chunk)
        whole.flush()
    except BaseException:
        whole.close()
        raise
    return whole


def most_of(packed: int) -> int:
    """Bytes that so many packed ones may become."""
    return min(MAX_UNPACKED, max(_RATIO_COUNTS_FROM, packed * MAX_RATIO))


def _refusal(entry: zipfile.ZipInfo) -> str:
    """Why a file of a zip is not read though it may be a transcript; empty for one that is, or is none of our own."""
    name = entry.filename
    leaf = name.rsplit("/", 1)[-1]
    if entry.is_dir() or not (is_transcript_name(leaf) or is_zip_name(leaf)) or _is_aside(name):
        return ""
    if _leads_out(name):
        return "Its name leads out of the zip; it was left out."
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "It is a link. Import what it points to instead."
    if is_zip_name(leaf):
        return "It is a zip inside the zip. Unpack the outer one first, then import this one."
    if entry.flag_bits & 1:
        return _ENCRYPTED
    return ""


def _is_wanted(entry: zipfile.ZipInfo, names: frozenset[str]) -> bool:
    folder, _, leaf = entry.filename.rpartition("/")
    if entry.is_dir() or not is_transcript_name(leaf) or _is_aside(entry.filename):
        return False
    sibling = better_sibling(folder.rpartition("/")[-1], leaf)
    return not sibling or entry.filename.removesuffix(leaf) + sibling not in names


def _is_aside(name: str) -> bool:
    return any(map(is_skipped_folder, name.split("/")[:-1]))


def _leads_out(name: str) -> bool:
    windows = PureWindowsPath(name)
    return bool(windows.anchor) or PurePosixPath(name).is_absolute() or ".." in windows.parts


def _unreadable(error: Exception) -> str:
    """Why a zip gives nothing, in a sentence; zipfile's own words speak of magic numbers."""
    if isinstance(error, TooManyFilesError):
        return str(error)
    if isinstance(error, OSError):
        return f"The zip cannot be read: {(error.strerror or str(error)).lower()}."
    return "It is no zip, or only a part of one. Fetch it again."


def _check_directory(path: str) -> None:
    """Ask the end record how many files there are before the whole list is read into memory."""
    with Path(path).open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 65_557))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return
    record = _END.unpack_from(tail, at)
    count, size = int(record[4]), int(record[5])
    wide = tail.rfind(b"PK\x06\x06", 0, at)
    if wide >= 0 and at - wide >= 56:
        count, size = max(count, *struct.unpack_from("<Q", tail, wide + 32)), *struct.unpack_from("<Q", tail, wide + 40)
    if count > MAX_ENTRIES or size > MAX_DIRECTORY:
        raise TooManyFilesError(f"The zip holds more than {MAX_ENTRIES:,} files. Unpack it first.")
