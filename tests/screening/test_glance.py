"""What a glance at a text's bytes may clear, it clears: nothing that a pattern would find is missed by it."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from curator.screening.glance import control_characters, digits_as_zeros, has_long_number, long_words

_TEXTS = st.text(st.sampled_from("aZ09 \t\n\x1c\u00a0é٣.-()_:/@"), max_size=120)


@given(_TEXTS)
def test_no_long_word_is_missed(text: str) -> None:
    found = long_words(text).decode("utf-8", "replace")
    assert [word for word in text.split() if len(word) >= 20 and word not in found] == []


@given(st.text(st.sampled_from("a \t\n\r\x00\x0b\x1b\x1c\x7f\x85é"), max_size=60))
def test_a_control_is_what_no_keyboard_types_but_tabs_and_ends_of_lines(text: str) -> None:
    typed = "\t\n\r"
    assert control_characters(text) == len([c for c in text if (c < " " and c not in typed) or c == "\x7f"])


def test_short_words_are_left_out() -> None:
    assert long_words("a few short words, and sk-ant-0123456789abcdef here") == b"sk-ant-0123456789abcdef"


@given(_TEXTS.filter(str.isascii))
def test_no_long_number_is_missed(text: str) -> None:
    assert has_long_number(digits_as_zeros(text)) or not re.search(r"\d(?:[ \-.()]{0,2}\d){9}", text)


def test_digits_are_zeros_and_everything_else_is_itself() -> None:
    assert digits_as_zeros("a.py:12 ٣") == "a.py:00 ٣".encode()
