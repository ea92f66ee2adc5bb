"""The library that the verbs of one call work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curator.services.workspace import Workspace

_chosen: list[Path | None] = [None]


def choose_library(folder: Path | None) -> None:
    """Remember the folder given with `--library`; None means the platform's own."""
    _chosen[0] = folder


@contextmanager
def workspace() -> Iterator[Workspace]:
    """Open the library for one verb and close it after; raises LibraryError with what to do."""
    opened = Workspace.open(_chosen[0])
    try:
        yield opened
    finally:
        opened.close()
