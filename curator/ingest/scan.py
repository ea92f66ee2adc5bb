"""Which files are meant: dragged files, folders and zips become a list, and what cannot be read gets its reason."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

SUFFIXES = (".jsonl", ".json", ".ndjson", ".md", ".txt")
"""What is looked at inside a folder; a file that is named itself may be called anything."""

_SKIPPED_NAMES = frozenset({"sessions.json", "history.jsonl", "journal.jsonl", "package.json", "tsconfig.json"})
_SKIPPED_ENDS = (".trajectory.jsonl", ".meta.json")
_SKIPPED_FOLDERS = frozenset({".git", "node_modules", "__pycache__", ".venv"})
_ARCHIVES = (".jsonl.reset.", ".jsonl.deleted.")

MAX_ENTRIES = 100_000
_END_OF_ZIP = struct.Struct("<4s4H2LH")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to look at, as it stands on disk. `member` is the name inside when `path` is a zip; `is_named` says
    that a person named this very file, so that silence about it would be wrong."""

    path: str
    size: int
    mtime_ns: int
    inode: int
    member: str = ""
    is_named: bool = False

    @property
    def name(self) -> str:
        """The path as the library knows it: a zip's member stands below its zip."""
        return f"{self.path}/{self.member}" if self.member else self.path


@dataclass(slots=True)
class Listing:
    """What a scan found, and what it could not look at: (path, reason)."""

    files: list[Found] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def list_files(paths: Iterable[str | Path], *, are_named: bool = True) -> Listing:
    """List the transcripts that `paths` mean, each once, in the order of the names; opens nothing but zips.

    Paths that a person named may be links; links inside folders are not followed, so no loop can catch it.
    Never raises for what is on disk.
    """
    listing = Listing()
    seen: set[str] = set()
    for path in paths:
        if are_named:
            _take(os.path.realpath(path), listing, seen, is_named=True)
        elif not Path(path).is_symlink():
            _take(str(path), listing, seen, is_named=False)
    return listing


def readable(path: str) -> str:
    """A path as text that can be stored and shown, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "replace")


def is_transcript_name(name: str) -> bool:
    """Whether a file of this name inside a folder is worth a look. The skipped names are other tools' side files."""
    if name in _SKIPPED_NAMES or name.endswith(_SKIPPED_ENDS):
        return False
    if name.lower().endswith(SUFFIXES):
        return True
    return any(mark in name for mark in _ARCHIVES)


def is_skipped_folder(name: str) -> bool:
    """Whether a folder of this name holds other things than transcripts."""
    return name in _SKIPPED_FOLDERS


def _take(path: str, listing: Listing, seen: set[str], *, is_named: bool) -> None:
    try:
        info = Path(path).stat()
    except OSError as error:
        listing.problems.append((readable(path), _why(error)))
        return
    if stat.S_ISDIR(info.st_mode):
        _walk(path, listing, seen)
    elif not stat.S_ISREG(info.st_mode):
        listing.problems.append((readable(path), "It is not a file that holds text, but a pipe, a socket or a device."))
    elif _is_zip(path):
        _look_into_zip(path, info, listing, seen, is_named=is_named)
    else:
        _add(Found(path, info.st_size, info.st_mtime_ns, info.st_ino, is_named=is_named), listing, seen)


def _walk(top: str, listing: Listing, seen: set[str]) -> None:
    pending = [top]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            listing.problems.append((readable(folder), _why(error)))
            continue
        folders = []
        for entry in inside:
            try:
                if entry.is_symlink():
                    _refuse_link(entry, listing)
                elif entry.is_dir(follow_symlinks=False):
                    if not is_skipped_folder(entry.name):
                        folders.append(entry.path)
                elif is_transcript_name(entry.name) or entry.name.lower().endswith(".zip"):
                    _take_entry(entry, listing, seen)
            except OSError as error:  # it went away while we looked, or may not be looked at
                listing.problems.append((readable(entry.path), _why(error)))
        pending.extend(reversed(folders))


def _take_entry(entry: os.DirEntry[str], listing: Listing, seen: set[str]) -> None:
    info = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(info.st_mode):
        reason = "It is not a file that holds text, but a pipe, a socket or a device."
        listing.problems.append((readable(entry.path), reason))
    elif entry.name.lower().endswith(".zip"):
        _look_into_zip(entry.path, info, listing, seen, is_named=False)
    else:
        _add(Found(entry.path, info.st_size, info.st_mtime_ns, info.st_ino), listing, seen)


def _refuse_link(entry: os.DirEntry[str], listing: Listing) -> None:
    if entry.is_dir() or is_transcript_name(entry.name):
        listing.problems.append((readable(entry.path), "It is a link. Import what it points to instead."))


def _add(found: Found, listing: Listing, seen: set[str]) -> None:
    if found.name in seen:
        return
    seen.add(found.name)
    try:
        found.name.encode("utf-8")
    except UnicodeEncodeError:
        reason = "Its name is not valid text. Give it another name, then import it again."
        listing.problems.append((readable(found.name), reason))
        return
    listing.files.append(found)


def _look_into_zip(path: str, info: os.stat_result, listing: Listing, seen: set[str], *, is_named: bool) -> None:
    """List the conversations of an export; nothing is unpacked here, and the zip's own figures are not believed."""
    try:
        if _entries(path) > MAX_ENTRIES:
            raise zipfile.BadZipFile(f"It holds more than {MAX_ENTRIES:,} files.")
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if _is_conversations(member)]
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        listing.problems.append((readable(path), f"The zip cannot be read: {error}"))
        return
    if not members and is_named:
        listing.problems.append((readable(path), "The zip holds no conversations.json: it is no export of a chat."))
    for member in members:
        found = Found(path, info.st_size, info.st_mtime_ns, info.st_ino, member.filename, is_named)
        if member.flag_bits & 1:
            listing.problems.append((readable(found.name), "It is encrypted. Unpack the zip first."))
        else:
            _add(found, listing, seen)


def _is_zip(path: str) -> bool:
    """By its first bytes, or its name: a cut-off zip should be told as one."""
    try:
        with Path(path).open("rb") as file:
            return file.read(4) == b"PK\x03\x04" or path.lower().endswith(".zip")
    except OSError:
        return False  # reading it will say why


def _is_conversations(member: zipfile.ZipInfo) -> bool:
    name = member.filename.rsplit("/", 1)[-1]
    return name.startswith("conversations") and name.endswith(".json") and not member.is_dir()


def _entries(path: str) -> int:
    """How many files the end record of a zip names: asked before the whole directory is read into memory."""
    with Path(path).open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 65_557))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_OF_ZIP.size:
        return 0
    count = int(_END_OF_ZIP.unpack_from(tail, at)[4])
    wide = tail.rfind(b"PK\x06\x06", 0, at)
    if count == 0xFFFF and wide >= 0 and at - wide >= 56:
        count = int(struct.unpack_from("<Q", tail, wide + 32)[0])
    return count


def _why(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"It cannot be read: {reason.lower()}."
