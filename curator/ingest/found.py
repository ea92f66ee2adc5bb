"""A file that a scan found, and what a folder held when it was listed last: one in which nothing changed since is
compared with that, and not listed anew."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from curator.ingest.names import PACKED

_PACKED_TIMES = 10
Wanted = Callable[[str, bool], bool]
"""Whether a path, of a folder or a file, is to be looked at: what else may stand in the way of a folder's files."""


class Found(NamedTuple):
    """A file to look at, as it stands on disk: of a database, together with its log.

    A tuple, because a rescan makes tens of thousands. `name` is the path as the library knows it: a zip's member stands
    below its zip, `path`, with `member` as its name inside and `unpacked` as what it says it unpacks to. `is_named`
    says that a person named this very file, so that silence about it would be wrong.
    """

    path: str
    name: str
    size: int
    mtime_ns: int
    inode: int
    is_named: bool = False
    member: str = ""
    unpacked: int = 0

    @property
    def stamp(self) -> tuple[int, int, int]:
        """What tells without opening it that a file is the one that was read."""
        return (self.size, self.mtime_ns, self.inode)

    @property
    def weight(self) -> int:
        """Bytes to read; of a packed session about how many it unpacks to."""
        if self.member:
            return self.unpacked
        return self.size * _PACKED_TIMES if self.name.endswith(PACKED) else self.size


@dataclass(slots=True, eq=False)
class FolderFiles:
    """What a folder held that has only plain files and folders in it: `marks` says of each of its `names` which file it
    is, or whether it is a folder. `folders` are those to be looked into.

    `settled` is for the importer: under which circumstances it found that every one of these files is here already.
    """

    wanted: Wanted | None
    names: list[str]
    marks: list[Found | bool]
    files: list[Found]
    paths: list[str]
    folders: list[str]
    size: int
    settled: object = None

    def is_still(self, entries: Sequence[os.DirEntry[str]], wanted: Wanted | None) -> bool:
        """Whether the folder's entries, in the order of their names, are what they were. Raises OSError."""
        if wanted is not self.wanted or [entry.name for entry in entries] != self.names:
            return False
        for entry, mark in zip(entries, self.marks, strict=True):
            if isinstance(mark, Found):
                info = entry.stat(follow_symlinks=False)
                if info.st_mtime_ns != mark.mtime_ns or info.st_size != mark.size or info.st_ino != mark.inode:
                    return False
            elif entry.is_dir(follow_symlinks=False) is not mark or entry.is_symlink():
                return False
        return True


Folders = dict[str, FolderFiles]
"""What folders held, by their paths."""
