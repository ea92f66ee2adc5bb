"""Which files are meant: dragged files, folders and zips become a list, and what cannot be read gets its reason."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

from curator.ingest import bundles, zips
from curator.ingest.files import with_log
from curator.ingest.found import FolderFiles, Folders, Found, Wanted
from curator.ingest.names import (
    Kind,
    better_sibling,
    is_packed_by_hand,
    is_skipped_folder,
    is_transcript_name,
    kind_of,
    may_stand_for_many,
)

ZipLists = dict[str, tuple[tuple[int, int, int], zips.Contents]]
"""The lists of zips by their paths, each with the stamp it was read at, so that a rescan opens none of them."""

BARE = "No file in it is named like a transcript (.jsonl, .json, .md, .csv, .zip…). A file by itself may have any name."
"""Said of a folder that a person named and that gave nothing."""


@dataclass(slots=True)
class Listing:
    """What a scan found, what it could not look at: (path, reason), and the names of everything it met. Folders that
    are what they were at the last scan stand for their files, which are not in `files` then."""

    files: list[Found] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    folders: list[FolderFiles] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        """Files."""
        return len(self.files) + sum([len(folder.files) for folder in self.folders])

    @property
    def weight(self) -> int:
        """Bytes to read if all of it is to be read."""
        return sum([file.weight for file in self.files]) + sum([folder.size for folder in self.folders])


def list_files(
    paths: Iterable[str | Path],
    *,
    are_named: bool = True,
    wanted: Wanted | None = None,
    zip_lists: ZipLists | None = None,
    folders: Folders | None = None,
) -> Listing:
    """List the transcripts that `paths` mean, each once, in the order of the names; opens nothing but zips.

    Paths that a person named may be links; links inside folders are not followed, so no loop can catch it. `folders` is
    what they held before, and is kept up to date. Never raises for what is on disk.
    """
    walk = _Walk(wanted, {} if zip_lists is None else zip_lists, folders)
    for path in paths:
        if are_named:
            walk.take(os.path.realpath(path), is_named=True)
        elif not Path(path).is_symlink():
            walk.take(str(path), is_named=False)
    return walk.listing


def readable(path: str) -> str:
    """A path as text that can be stored and shown, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "replace")


class _Walk:
    """One listing while it is made."""

    def __init__(self, wanted: Wanted | None, zip_lists: ZipLists, folders: Folders | None) -> None:
        self.listing = Listing()
        self._wanted = wanted
        self._zip_lists = zip_lists
        self._folders = folders
        self._is_plain = True  # nothing in the present folder depends on more than its entries
        self._siblings: list[os.DirEntry[str]] = []

    def take(self, path: str, *, is_named: bool) -> None:
        """A path of any kind."""
        path = bundles.standing_for(path)
        try:
            info = Path(path).stat()
        except OSError as error:
            around = next((parent for parent in Path(path).parents if parent.is_file()), None) if is_named else None
            if around is None or not zips.is_zip(str(around)):
                self._refuse(path, _why(error))
            else:
                self._look_into(str(around), around.stat(), is_named=True, only=path)
            return
        if stat.S_ISDIR(info.st_mode):
            known = len(self.listing.names), len(self.listing.problems)
            self._walk(path)
            if is_named and (len(self.listing.names), len(self.listing.problems)) == known and self._is_bare(path):
                self._refuse(path, BARE)
        elif (not is_named and (self._wanted is not None and not self._wanted(path, False))) or (
            not is_named and _is_shadowed(path)
        ):
            return
        else:
            self._take_file(path, info, kind_of(Path(path).name), is_named=is_named)

    def _is_bare(self, folder: str) -> bool:
        """Whether nothing in the folder was met before either, nor a zip that was looked into."""
        inside = readable(folder).rstrip(os.sep) + os.sep  # none in a folder whose name only begins as this one's
        return not any((name + os.sep).startswith(inside) for name in (*self.listing.names, *self._zip_lists))

    def _walk(self, top: str) -> None:
        pending = [top]
        while pending:
            folder = pending.pop()
            try:
                with os.scandir(folder) as entries:
                    inside = sorted(entries, key=attrgetter("name"))
            except OSError as error:
                self._refuse(folder, _why(error))
                continue
            if (known := self._still(folder, inside)) is not None:
                pending.extend(reversed(known.folders))
                continue
            if bundles.stands_for_many(folder):
                self._take_many(folder)
                continue
            self._siblings = inside
            self._is_plain = True
            first = len(self.listing.files)
            folders = []
            for entry in inside:
                try:
                    kind = kind_of(entry.name)
                    if kind is Kind.TRANSCRIPT and self._wanted is None and entry.is_file(follow_symlinks=False):
                        self._take_plain(entry)  # nearly all: a rescan meets ten thousand of them
                    elif entry.is_symlink():
                        self._refuse_link(entry)
                    elif entry.is_dir(follow_symlinks=False):
                        is_aside = is_skipped_folder(entry.name) or bundles.is_piece(folder, entry.name)
                        if not is_aside and self._is_wanted(entry.path, is_folder=True):
                            folders.append(entry.path)
                    elif kind is not Kind.OTHER and self._is_wanted(entry.path, is_folder=False):
                        self._take_kind(entry, kind)
                    elif is_packed_by_hand(entry.name) and self._is_wanted(entry.path, is_folder=False):
                        from curator.formats.reader import PACKED  # such a file is rare

                        self._refuse(entry.path, PACKED)
                except OSError as error:  # it went away while we looked, or may not be looked at
                    self._refuse(entry.path, _why(error))
            pending.extend(reversed(folders))
            self._remember(folder, inside, self.listing.files[first:], folders)

    def _still(self, folder: str, inside: list[os.DirEntry[str]]) -> FolderFiles | None:
        """What is known of the folder, if it is what it was; then its files are taken."""
        known = self._folders.get(folder) if self._folders is not None else None
        if known is None:
            return None
        try:
            if not (known.is_still(inside, self._wanted) and self.listing.names.isdisjoint(known.paths)):
                return None
        except OSError:  # it is told where the folder is listed
            return None
        self.listing.names.update(known.paths)
        self.listing.folders.append(known)
        return known

    def _remember(self, folder: str, inside: list[os.DirEntry[str]], files: list[Found], folders: list[str]) -> None:
        if self._folders is None:
            return
        self._folders.pop(folder, None)
        if self._is_plain:
            paths = [file.path for file in files]
            found = dict(zip(paths, files, strict=True))
            marks = [found.get(entry.path) or entry.is_dir(follow_symlinks=False) for entry in inside]
            names = [entry.name for entry in inside]
            size = sum([file.size for file in files])
            self._folders[folder] = FolderFiles(self._wanted, names, marks, files, paths, folders, size)

    def _take_plain(self, entry: os.DirEntry[str]) -> None:
        if entry.name.endswith((".json", "context.jsonl", "transcript.jsonl")) and self._is_told_by_another(entry):
            return
        path = entry.path
        if entry.name[:4] == "ses_":
            self._is_plain = False
            if bundles.stands_for_many(path):
                self._take_many(path)
                return
        info = entry.stat(follow_symlinks=False)
        self._add(Found(path, path, info.st_size, info.st_mtime_ns, info.st_ino))

    def _take_kind(self, entry: os.DirEntry[str], kind: Kind) -> None:
        if not self._is_told_by_another(entry):
            self._take_file(entry.path, entry.stat(follow_symlinks=False), kind)

    def _is_told_by_another(self, entry: os.DirEntry[str]) -> bool:
        sibling = better_sibling(Path(entry.path).parent.name, entry.name)
        return bool(sibling) and any(other.name == sibling for other in self._siblings)

    def _is_wanted(self, path: str, *, is_folder: bool) -> bool:
        return self._wanted is None or self._wanted(path, is_folder)

    def _take_file(self, path: str, info: os.stat_result, kind: Kind, *, is_named: bool = False) -> None:
        if not stat.S_ISREG(info.st_mode):
            self._refuse(path, "It is not a file that holds text, but a pipe, a socket or a device.")
        elif zips.is_zip(path) if is_named else kind is Kind.ZIP:
            self._look_into(path, info, is_named=is_named)
        elif bundles.stands_for_many(path):
            self._take_many(path, is_named=is_named)
        else:
            size, mtime_ns = info.st_size, info.st_mtime_ns
            if kind is Kind.STORE or may_stand_for_many(path):
                self._is_plain = False
            if is_named or kind is Kind.STORE:
                size, mtime_ns = with_log(path, size, mtime_ns)
            self._add(Found(path, path, size, mtime_ns, info.st_ino, is_named))

    def _take_many(self, path: str, *, is_named: bool = False) -> None:
        """A session of many files, by what stands for it."""
        self._is_plain = False
        try:
            self._add(Found(path, path, *bundles.stamp_of(path), is_named))
        except OSError as error:
            self._refuse(path, _why(error))

    def _look_into(self, path: str, info: os.stat_result, *, is_named: bool, only: str = "") -> None:
        """List what a zip holds, or the one file of it that was named; nothing is unpacked here, and the zip's own
        figures are not believed."""
        self._is_plain = False
        stamp = (info.st_size, info.st_mtime_ns, info.st_ino)
        known, contents = self._zip_lists.get(path, (None, None))
        if contents is None or known != stamp:
            contents = zips.contents(path, info.st_size)
            self._zip_lists[path] = (stamp, contents)
        for name, reason in contents.problems:
            self._refuse(f"{path}/{name}" if name else path, reason)
        if is_named and not contents.members and not contents.problems:
            self._refuse(path, "The zip holds no file that may be a transcript.")
        members = [member for member in contents.members if not only or f"{path}/{member.name}" == only]
        if only and not members:
            self._refuse(only, "The zip holds no such file.")
        for member in members:
            self._add(Found(path, f"{path}/{member.name}", *stamp, is_named, member.name, member.size))

    def _refuse_link(self, entry: os.DirEntry[str]) -> None:
        self._is_plain = False
        if entry.is_dir() or is_transcript_name(entry.name):
            self._refuse(entry.path, "It is a link. Import what it points to instead.")

    def _refuse(self, path: str, reason: str) -> None:
        self._is_plain = False
        self.listing.problems.append((readable(path), reason))

    def _add(self, found: Found) -> None:
        name = found.name
        if name in self.listing.names:
            self._is_plain = False
            return
        self.listing.names.add(name)
        if not name.isascii() and not _is_text(name):
            self._refuse(name, "Its name is not valid text. Give it another name, then import it again.")
            return
        self.listing.files.append(found)


def _is_text(name: str) -> bool:
    """Whether the name can be stored: bytes that are no text come as lone surrogates."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_shadowed(path: str) -> bool:
    place = Path(path)
    sibling = better_sibling(place.parent.name, place.name)
    return bool(sibling) and place.with_name(sibling).is_file()


def _why(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"It cannot be read: {reason.lower()}."
