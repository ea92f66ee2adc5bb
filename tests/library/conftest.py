"""A library for each test, closed in the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from curator.library.library import Library


@pytest.fixture
def library(library_folder: Path) -> Iterator[Library]:
    """An empty library."""
    opened = Library.open(library_folder)
    yield opened
    opened.close()
