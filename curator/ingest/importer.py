"""Transcript files into the library: what is unchanged is skipped, what is large is parsed in other processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from curator.core.changes import Changes
from curator.core.query import ImportProgress, ImportReport
from curator.library.library import Library


def import_files(
    library: Library,
    paths: Sequence[str | Path],
    *,
    root: int = 0,
    progress: Callable[[ImportProgress], None] | None = None,
    cancel: threading.Event | None = None,
    stored: Callable[[Changes], object] | None = None,
) -> tuple[ImportReport, Changes]:
    """Import files, folders and zips."""
    raise NotImplementedError
