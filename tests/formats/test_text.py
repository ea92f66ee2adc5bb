"""Headed text: who speaks is believed only where one style says so throughout."""

from __future__ import annotations

import pytest

from curator.formats.head import Head
from curator.formats.reader import read_transcript
from curator.formats.sniff import sniff


def pairs(text: str) -> list[tuple[str, str]]:
    return [(e.prompt, e.response) for s in read_transcript(text.encode()).sessions for e in s.exchanges]


@pytest.mark.parametrize(
    "text",
    [
        "## User\n\nWhat is DNS?\n\n## Assistant\n\nA phone book.\n",
        "# You:\nWhat is DNS?\n\n# ChatGPT:\nA phone book.\n",
        "**Human:** What is DNS?\n\n**Claude:** A phone book.\n",
        "**You**\n\nWhat is DNS?\n\n**Claude**\n\nA phone book.",
        "User: What is DNS?\nAssistant: A phone book.",
        "user: What is DNS?\r\nai: A phone book.\r\n",
        "_**User (2026-01-01)**_\n\nWhat is DNS?\n\n---\n\n_**Agent (gpt 2026-01-01)**_\n\nA phone book.\n\n---\n",
        "\ufeffUser: What is DNS?\nAssistant: A phone book.",
    ],
)
def test_headings_and_labels_say_who_speaks(text: str) -> None:
    assert pairs(text) == [("What is DNS?", "A phone book.")]


@pytest.mark.parametrize(
    "text",
    [
        "# Notes\n\nUser research went well.\n",
        "User: only a question\nUser: and another",
        "# Guide\n\n## System\n\nLinux\n\n## Tool\n\nmake\n",
        "Assistant: a\nAssistant: b\nAssistant: c\nAssistant: d\nAssistant: e\nUser: f\n",
    ],
)
def test_other_texts_are_left_alone(text: str) -> None:
    assert sniff(Head(text.encode())) is None


def test_labels_inside_a_fence_are_part_of_the_answer() -> None:
    text = "User: Show me\nAssistant: Here:\n```\nUser: not me\n```\nUser: Thanks\nAssistant: Any time."
    assert pairs(text)[0][1] == "Here:\n```\nUser: not me\n```"


def test_keys_are_made_of_place_and_words() -> None:
    text = "User: Hi\nAssistant: Hello.\nUser: Hi\nAssistant: Again?"
    keys = [e.key for e in read_transcript(text.encode()).sessions[0].exchanges]
    assert len(set(keys)) == 2
    longer = read_transcript((text + "\nUser: Bye\nAssistant: Bye.").encode()).sessions[0]
    assert [e.key for e in longer.exchanges][:2] == keys


def test_line_numbers_point_at_the_headings() -> None:
    [session] = read_transcript(b"## User\n\nHi\n\n## Assistant\n\nHello.\n\n## User\n\nBye\n").sessions
    assert [(e.first_line, e.last_line) for e in session.exchanges] == [(1, 5), (9, 9)]
