"""What is written where: a folder listed before and after, and the difference in words."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple


class Seen(NamedTuple):
    """One entry as the file system knows it. `changed` is the ctime in ns: no program can set it back."""

    mode: int
    owner: int
    size: int
    changed: int


Listing = dict[str, Seen]


def listing(root: Path, leave_out: Collection[str] = ()) -> Listing:
    """Every file, link and folder below `root` by its path from there; folders named in `leave_out` are passed over.

    A folder's own size and time are left out: they change with what is in it, which is listed itself.
    """
    found: Listing = {}
    for path, entry in _walk(root, "", frozenset(leave_out)):
        stat = entry.stat(follow_symlinks=False)
        is_folder = entry.is_dir(follow_symlinks=False)
        found[path] = Seen(stat.st_mode, stat.st_uid, *((0, 0) if is_folder else (stat.st_size, stat.st_ctime_ns)))
    return found


def _walk(root: Path, below: str, leave_out: frozenset[str]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    with os.scandir(root / below) as entries:
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            if path in leave_out:
                continue
            yield path, entry
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(root, path, leave_out)


def differences(before: Listing, after: Listing) -> list[str]:
    """“new etc/x”, “gone etc/y”, “changed etc/z”, in the order of the paths."""
    words = []
    for path in sorted(before.keys() | after.keys()):
        if path not in before:
            words.append(f"new {path}")
        elif path not in after:
            words.append(f"gone {path}")
        elif before[path] != after[path]:
            words.append(f"changed {path}")
    return words
