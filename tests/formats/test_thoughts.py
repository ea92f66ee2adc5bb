"""Thoughts in tags are taken off an answer; an answer that only speaks of such tags is left as it is."""

from __future__ import annotations

import pytest

from curator.formats.thoughts import split_thought


@pytest.mark.parametrize(
    ("text", "thought", "words"),
    [
        ("<think>\nHm.\n</think>\n\nTwo minutes.", "Hm.", "Two minutes."),
        ("  <thinking>Hm.</thinking> Two.", "Hm.", "Two."),
        ("<think>\n\n</think>\n\nTwo.", "", "Two."),
        ("<think>\nHm, it", "Hm, it", ""),
        ("Hm.\nWell.\n</think>\n\nTwo.", "Hm.\nWell.", "Two."),
        ("Two minutes.", "", "Two minutes."),
        ("The tag `</think>` ends it.", "", "The tag `</think>` ends it."),
        ("It looks so:\n<think>\nHm.\n</think>\nthen", "", "It looks so:\n<think>\nHm.\n</think>\nthen"),
    ],
)
def test_the_thought_is_split_from_the_words(text: str, thought: str, words: str) -> None:
    assert split_thought(text) == (thought, words)
