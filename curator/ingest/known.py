"""The files that the library has, remembered by whoever imports again and again, and which of them changed since."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

from curator.library.library import Library
from curator.library.records import GONE, SourceRecord


class KnownFiles:
    """The library's files by their paths, asked for once and kept up to date by what is imported."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._records: dict[str, SourceRecord] | None = None
        self._age = 0
        self._changes: dict[str, int] = {}  # by folder

    @property
    def records(self) -> Mapping[str, SourceRecord]:
        """What is known of each file; those that this importer stored itself have no ids."""
        if self._records is None:
            self._records = {record.path: record for record in self._library.sources()}
        return self._records

    def forget_all(self) -> None:
        """Ask the library again: somebody else wrote."""
        self._records = None
        self._age += 1
        self._changes.clear()

    def note(self, record: SourceRecord) -> None:
        """A file was stored."""
        self._changed(record.path)[record.path] = record

    def forget(self, path: str) -> None:
        """Know nothing of a file any more, so that whatever comes to stand there is read."""
        self._changed(path).pop(path, None)

    def _changed(self, path: str) -> dict[str, SourceRecord]:
        folder = path[: path.rfind(os.sep)]
        self._changes[folder] = self._changes.get(folder, 0) + 1
        records = self.records
        assert isinstance(records, dict)
        return records

    def state_of(self, folder: str) -> tuple[int, int]:
        """What is another value whenever something else is known of a file of this folder."""
        return (self._age, self._changes.get(folder, 0))

    def present(self, root: int) -> list[str]:
        """The files of a watched folder that were there when last seen."""
        return [path for path, record in self.records.items() if record.root == root and record.status != GONE]

    def by_inode(self) -> dict[int, list[SourceRecord]]:
        """The files by their inodes."""
        grouped: dict[int, list[SourceRecord]] = {}
        for record in self.records.values():
            grouped.setdefault(record.inode, []).append(record)
        return grouped

    @property
    def names(self) -> Collection[str]:
        """The files, whether they are there or not."""
        return self.records.keys()
