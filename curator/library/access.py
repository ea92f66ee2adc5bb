"""How the parts of a library reach its file: any thread reads what is committed, one thread writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from curator.core.changes import Changes
from curator.library.connections import Reader, Readers
from curator.library.writer import Writer

T = TypeVar("T")


class Access:
    """A library's folder, its readers and its one writer."""

    def __init__(self, folder: Path, readers: Readers, writer: Writer) -> None:
        self.folder = folder
        self._readers, self._writer = readers, writer

    def _read(self, work: Callable[[Reader], T]) -> T:
        with self._readers.reader() as reader:
            return work(reader)

    def _write(self, work: Callable[[sqlite3.Connection], Changes], *, lists: bool = True) -> Changes:
        return self._writer.run(work, lists=lists)
