"""Thoughts in tags are taken off an answer; an answer that only speaks of such tags is left as it is."""

from __future__ import annotations

import pytest
from claude_lines import asked, said

from curator.core.exchange import EventKind
from curator.formats.reader import read_transcript
from curator.formats.thoughts import split_thought


@pytest.mark.parametrize(
    ("text", "thought", "words"),
    [
        ("<think>\nHm.\n</think>\n\nTwo minutes.", "Hm.", "Two minutes."),
        ("  <thinking>Hm.</thinking> Two.", "Hm.", "Two."),
        ("<think>\n\n</think>\n\nTwo.", "", "Two."),
        ("<think>\nHm, it", "Hm, it", ""),
        ("Hm.\nWell.\n</think>\n\nTwo.", "Hm.\nWell.", "Two."),
        ("</think>\n\nTwo.", "", "Two."),
        ("Two minutes.\nAsk again!\n</think>", "", "Two minutes.\nAsk again!"),
        ("Two minutes.\n</think>\n\n", "", "Two minutes."),
        ("Two minutes.", "", "Two minutes."),
        ("The tag `</think>` ends it.", "", "The tag `</think>` ends it."),
        ("It looks so:\n<think>\nHm.\n</think>\nthen", "", "It looks so:\n<think>\nHm.\n</think>\nthen"),
    ],
)
def test_the_thought_is_split_from_the_words(text: str, thought: str, words: str) -> None:
    assert split_thought(text) == (thought, words)


def test_a_thought_in_the_words_of_any_tool_is_no_part_of_the_answer() -> None:
    data = asked("p", "How long?") + said("a", "<think>\nIt is green.\n</think>\n\nTwo minutes.", "p")
    [session] = read_transcript(data).sessions
    [exchange] = session.exchanges
    assert exchange.response == "Two minutes."
    assert [(step.kind, step.text) for step in exchange.steps] == [(EventKind.THINKING, "It is green.")]


def test_what_is_a_thought_to_its_end_is_no_answer() -> None:
    data = asked("p", "How long?") + said("a", "<think>\nIt is green, or", "p")
    [session] = read_transcript(data).sessions
    [exchange] = session.exchanges
    assert exchange.response == ""
    assert "no_answer" in {hit.name for hit in exchange.signals}
