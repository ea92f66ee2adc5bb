"""The library that the verbs of one call work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curator.cli.output import tell
from curator.services import archiving
from curator.services.workspace import Workspace

_chosen: list[Path | None] = [None]


def choose_library(folder: Path | None) -> None:
    """Remember the folder given with `--library`; None means the platform's own."""
    _chosen[0] = folder


@contextmanager
def workspace() -> Iterator[Workspace]:
    """Open the library for one verb and close it after; raises LibraryError with what to do.

    What the library had to mend, or could not do beside the verb, is told in the end.
    """
    opened = Workspace.open(_chosen[0])
    try:
        yield opened
        archiving.finish(opened)
    finally:
        opened.close()
        for words in opened.take_notices():
            tell(words)
