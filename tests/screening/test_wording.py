"""Wording: bare replies, words that lean on context, verdicts of the next prompt, refusals and status reports."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from curator.screening import wording


@pytest.mark.parametrize(
    "prompt",
    ["continue", "Yes, please", "ok.", "Go on!", "2", "b)", "weiter", "继续", "thanks!", "  proceed  ", "do it"],
)
def test_a_bare_reply_means_nothing_by_itself(prompt: str) -> None:
    assert wording.is_bare(prompt)


@pytest.mark.parametrize(
    "prompt", ["continue the migration to Python 3.12", "What is next?", "No tests?", "", "okra soup"]
)
def test_a_short_prompt_with_a_subject_is_not_bare(prompt: str) -> None:
    assert not wording.is_bare(prompt)


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("and now the same for the cart", "and"),
        ("Use the list above", "above"),
        ("Fix that error in the parser", "that error"),
        ("Can you make it faster?", "it"),
        ("What is a binary tree?", None),
        ("Andalusia in spring: what should I see?", None),
    ],
)
def test_words_that_lean_on_what_came_before_are_named(prompt: str, words: str | None) -> None:
    assert wording.leans_on_context(prompt) == words


@pytest.mark.parametrize(
    ("prompt", "rejected", "accepted"),
    [
        ("No, that's wrong", True, False),
        ("still fails with the same error", True, False),
        ("Actually, use a set", True, False),
        ("it doesn't work", True, False),
        ("Thanks, perfect", False, True),
        ("works! Now the second page", False, True),
        ("No problem, next file please", False, False),
        ("Write a test for the parser", False, False),
        ("Nothing changed in the config?", False, False),
    ],
)
def test_the_next_prompt_judges_the_answer(prompt: str, rejected: bool, accepted: bool) -> None:
    assert (wording.rejects(prompt), wording.accepts(prompt)) == (rejected, accepted)


@pytest.mark.parametrize(
    "answer", ["I'm sorry, but I can't help with that.", "I cannot provide that.", "As an AI, I have no"]
)
def test_a_refusal_is_told_by_its_first_words(answer: str) -> None:
    assert wording.refuses(answer)


@pytest.mark.parametrize(
    "answer", ["Sorry about the confusion! Use a set.", "I can't wait to see it. First, …", "A list."]
)
def test_politeness_is_no_refusal(answer: str) -> None:
    assert wording.refuses(answer) is None


def test_a_report_says_what_was_done_rather_than_why() -> None:
    assert wording.reports_status("Done. " + "x" * 400)
    assert wording.reports_status("**All tests pass** " + "x" * 400)
    assert not wording.reports_status("A lock is held twice because " + "x" * 400)


@pytest.mark.parametrize(
    ("answer", "is_report"),
    [
        ("Added multiply function!", True),
        ("`auth.py` was fixed.", True),
        ("The check failed; the read is still pending.", True),
        ("All clean, all committed.", True),
        ("Sure, 500 USD is approximately 420.50 Euros.", False),
        ("The entry point exports value 1.", False),
        ("You are in /workspace/demo.", False),
        ("The session is created in login.py, before the cookie is sent.", False),
    ],
)
def test_a_short_answer_reports_only_where_it_names_a_deed(answer: str, is_report: bool) -> None:
    assert wording.reports_status(answer) is is_report


def test_a_deed_in_an_answer_of_some_length_is_told_by_the_way() -> None:
    answer = "The parser was fixed. " + "It read one line too many at the end of a file. " * 4
    assert wording.reports_status(answer[:199]) and not wording.reports_status(answer[:200])


_WORDS = sorted(set(re.findall(r"[a-z]{4,}", wording._DEED.pattern)))


@pytest.mark.parametrize("say", [str, str.capitalize, str.upper])
def test_a_deed_is_known_whether_or_not_the_answer_is_ascii(say: Callable[[str], str]) -> None:
    assert len(_WORDS) > 40
    for word in _WORDS:
        for answer in (f"It has {say(word)} now", f"The file is {say(word)}", f"pre{say(word)} and {say(word)}x"):
            assert wording.reports_status(answer) == wording.reports_status(f"{answer}, né"), answer


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("Open /Users/dana/shop/cart.py please", "/Users/dana/shop/cart.py"),
        ("It fails in src/cart.py:12 again", "src/cart.py:12"),
        ("See @docs/guide/install.md there", "@docs/guide/install.md"),
        ("Revert commit 3f2a9c1 now", "commit 3f2a9c1"),
        ('Traceback (most recent call last):\n  File "x"', "Traceback (most recent call last)"),
        ("C:\\Users\\dana\\x.txt", "C:\\Users\\dana\\x.txt"),
        ("Use @dataclass and a/b testing at 10:30, ratio 3:4", None),
        ("See https://example.com/home for the commit message", None),
    ],
)
def test_things_that_exist_on_one_computer_only_are_named(text: str, thing: str | None) -> None:
    assert wording.names_local_things(text) == thing
