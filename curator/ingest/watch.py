"""Watched folders: events are a hint, a scan is the truth."""

from __future__ import annotations

from collections.abc import Callable

from curator.core.changes import Changes
from curator.core.query import ImportReport
from curator.library.library import Library


class Watcher:
    """Follows the watched folders of a library in a thread of its own."""

    notice: str = ""

    def __init__(self, library: Library, on_import: Callable[[ImportReport, Changes], None]) -> None:
        self._library = library
        self._on_import = on_import

    def start(self) -> None:
        """Begin to follow."""

    def refresh(self) -> None:
        """Follow what the library names now."""

    def stop(self) -> None:
        """End it."""
