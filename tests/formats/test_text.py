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
        "##### You said:\nWhat is DNS?\n\n###### ChatGPT said:\nA phone book.\n",
        "You said:\nWhat is DNS?\nChatGPT said:\nA phone book.\n",
        "### 🧑 User\n\nWhat is DNS?\n\n### 🤖 Assistant\n\nA phone book.\n",
        "**👤 You:** What is DNS?\n\n**Claude Sonnet 4:** A phone book.\n\n***\n",
        "## **User**\nWhat is DNS?\n## **GPT-4o (12:01)**\nA phone book.\n",
        "user [10:01]: What is DNS?\nassistant [10:02]: A phone book.",
        "---\ntitle: Names\nmodel: gpt\n---\n\nUser: What is DNS?\nAssistant: A phone book.",
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
        "Q: One?\nA: Yes.\n",
        "---\nuser: ada\nmodel: gpt\n---\nWords.\n",
        "```\nUser: a\nAssistant: b\n```\n",
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


def test_a_fence_that_is_never_closed_hides_nothing_after_it() -> None:
    text = "User: Show me\nAssistant: Here:\n```\ncut off\nUser: Go on\nAssistant: Sure.\n"
    assert pairs(text) == [("Show me", "Here:\n```\ncut off"), ("Go on", "Sure.")]


def test_a_heading_of_another_level_belongs_to_what_is_said() -> None:
    answer = "So:\n\n### User\n\nThe one who asks."
    text = f"## User\n\nHow?\n\n## Assistant\n\n{answer}\n\n## User\n\nAh.\n\n## Assistant\n\nYes.\n"
    assert pairs(text)[0] == ("How?", answer)


def test_questions_and_answers_count_when_they_take_turns() -> None:
    assert pairs("Q: One?\nA: Yes.\nQ: Two?\nA: No.\n") == [("One?", "Yes."), ("Two?", "No.")]
    assert sniff(Head(b"Q: One?\nQ: Two?\nA: Yes.\nA: No.\n")) is None


def test_thoughts_in_tags_are_steps_and_rules_between_turns_are_no_words() -> None:
    text = "**User**\n\nHi\n\n---\n\n**Assistant**\n\n<think>\nWave.\n</think>\n\nHello.\n\n---\n"
    [only] = read_transcript(text.encode()).sessions[0].exchanges
    assert (only.prompt, only.response) == ("Hi", "Hello.")
    assert [(s.kind.value, s.text) for s in only.steps] == [("thinking", "Wave.")]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Names and numbers\n\nUser: Hi\nAssistant: Hello.", "Names and numbers"),
        ('---\ntitle: "Names"\n---\nUser: Hi\nAssistant: Hello.', "Names"),
        ("User: Hi\nAssistant: Hello.", "Hi"),
    ],
)
def test_what_stands_above_the_first_turn_names_the_session(text: str, title: str) -> None:
    assert read_transcript(text.encode()).sessions[0].title == title


def test_lines_are_counted_as_editors_count_them() -> None:
    text = "User: one\u2028two\x0bthree\r\nAssistant: four\r\nUser: five\r\nAssistant: six"
    [session] = read_transcript(text.encode()).sessions
    assert [(e.first_line, e.last_line) for e in session.exchanges] == [(1, 2), (3, 4)]
