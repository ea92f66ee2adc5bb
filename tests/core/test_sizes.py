"""Bytes as a person says them."""

from __future__ import annotations

import pytest

from curator.core.sizes import size_words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (12, "12 bytes"),
        (999, "999 bytes"),
        (1000, "1 KB"),
        (999_499, "999 KB"),
        (999_600, "1.0 MB"),
        (88_000_000, "88.0 MB"),
        (123_400_000, "123 MB"),
        (999_700_000, "1.0 GB"),
        (4_100_000_000, "4.1 GB"),
        (512e9, "512 GB"),
        (2_000e9, "2,000 GB"),
    ],
)
def test_a_size_is_said_in_the_unit_that_fits(size: float, words: str) -> None:
    assert size_words(size) == words
