"""What the line of an import says while it runs."""

from __future__ import annotations

import pytest

from curator.cli.importing import rest_of
from curator.core.query import ImportProgress


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "12 of 1,200 MB"), (59.6, "12 of 1,200 MB, 60 s left"), (200.0, "12 of 1,200 MB, 3 min left")],
)
def test_it_says_how_much_and_how_long(seconds: float | None, words: str) -> None:
    assert rest_of(ImportProgress(bytes=12_000_000, total_bytes=1_200_000_000, seconds_left=seconds)) == words
