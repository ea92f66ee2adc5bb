"""Legibility: broken characters, fences, dumps and scripts."""

from __future__ import annotations

import pytest

from curator.screening.legibility import garbled, is_dump, open_fence, script


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("caf\ufffd", "\ufffd"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31m"),
        ("so <|im_end|> it goes", "<|im_end|>"),
        ("<system-reminder>x", "<system-reminder>"),
        ("a\x00\x01\x02b", "control characters"),
        ("the very same line again\n" * 6, "the very same line again"),
        ("A café — naïve, 数据集 🚀", None),
        ("| a | b |\n|---|---|\n| 1 | 2 |", None),
        ("}\n}\n}\n}\n}\n}\n}", None),
        ("the very same line again\n" * 5, "the very same line again"),
        ("the very same line again\n" * 4 + "and then another one at last\n" * 2, None),
        ("a line that comes a few times\nand another that does, too\n" * 4, None),
        ("nineteen characters\n" * 9, None),  # rows of a table, brackets: too short to tell
        ("x" * 48 + "\x01", "control characters"),
        ("x" * 49 + "\x01", None),
    ],
)
def test_broken_or_leftover_pieces_are_named(text: str, piece: str | None) -> None:
    assert garbled(text) == piece


@pytest.mark.parametrize(
    ("text", "fence"),
    [
        ("```python\nx = 1\n```", None),
        ("```python\nx = 1\n", "```python"),
        ("````\n```\nx\n```\n````", None),
        ("~~~\n```\n~~~", None),
        ("- a list:\n  ```sh\n  ls\n  ```", None),
        ("Use ```x``` inline", None),
        ("```\na\n```\n```\nb", "```"),
        ("```x``` at the start of a line\nand more", None),
        ("```\n```python\nx\n```", None),  # nothing may stand behind the closing marks
        ("```\nx\n```python", "```"),
        ("````\nx\n```", "````"),
        ("~~~\nx\n```", "~~~"),
        ("```\nx\n`````", None),
    ],
)
def test_a_fence_that_is_never_closed_is_named(text: str, fence: str | None) -> None:
    assert open_fence(text) == fence


def test_a_prompt_that_is_mostly_log_is_a_dump() -> None:
    log = "\n".join(f"2026-01-01T10:00:{n:02} ERROR worker {n} failed" for n in range(20))
    assert is_dump(f"Why?\n{log}")
    assert is_dump("Explain\n```\n" + "x = 1\n" * 100 + "```")
    assert is_dump("What is it? " + "A1b2" * 400)


def test_prose_of_any_length_is_no_dump() -> None:
    assert not is_dump("A long question about tea, its history and its leaves. " * 40)
    assert not is_dump("\n".join(f"Paragraph {n} tells more about the tea of that year." for n in range(30)))
    assert not is_dump("2026-01-01T10:00:00 ERROR one line only")


@pytest.mark.parametrize(("length", "is_one"), [(1_000, False), (1_001, True)])
def test_a_line_that_nobody_types_is_a_dump_from_a_thousand_characters(length: int, is_one: bool) -> None:
    assert is_dump("What is it?\n" + "x" * length) == is_one
    assert not is_dump("Some words about tea. " * 50 + "\n" + "x" * length)  # less than half of what is said
    assert not is_dump("It is long. " * 100)  # words have spaces


@pytest.mark.parametrize(("logged", "said", "is_one"), [(8, 0, True), (7, 0, False), (6, 4, False), (7, 4, True)])
def test_lines_of_a_log_make_a_dump_where_they_are_most_of_eight_or_more(logged: int, said: int, is_one: bool) -> None:
    log = [f"2026-01-01T10:00:{n:02} ERROR worker {n} failed, and this line tells at some length why" for n in range(9)]
    talk = [f"Paragraph {n} tells more about the tea of that year, and of the one before." for n in range(said)]
    assert is_dump("\n\n".join(log[:logged] + talk)) == is_one


def test_fenced_lines_count_with_their_fences_and_what_stands_behind_them_does_not() -> None:
    fenced = ["```", *(f"value {n} is a line of the pasted text that is some forty long" for n in range(6)), "```"]
    talk = [f"Paragraph {n} tells more about the tea of that year, and of the one before." for n in range(6)]
    assert is_dump("\n".join(fenced + talk[:5]))  # eight of thirteen
    assert not is_dump("\n".join(fenced + talk))  # eight of fourteen


def test_a_short_prompt_is_no_dump_whatever_it_is() -> None:
    line = "ERROR one line"
    assert not is_dump("\n".join([line] * 26)[:399])
    assert is_dump("\n".join([line] * 27)[:400])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("plain words", "latin"),
        ("Ein schöner Tag für Bäume", "latin"),
        ("这是一个关于茶的问题", "han"),
        ("Это вопрос о чае и погоде", "cyrillic"),
        ("هذا سؤال عن الشاي والطقس", "arabic"),
        ("Use `df` — it’s “quick”", "latin"),
        ("🚀🚀", ""),
        ("数据集数据集数 🚀", ""),  # seven letters tell nothing
        ("数据集数据集数据 🚀", "han"),
        ("w" * 40 + "数" * 10, "latin"),
        ("w" * 40 + "数" * 11, "han"),
    ],
)
def test_the_script_of_most_letters_is_told(text: str, name: str) -> None:
    assert script(text) == name
