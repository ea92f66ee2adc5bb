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
    ],
)
def test_the_script_of_most_letters_is_told(text: str, name: str) -> None:
    assert script(text) == name
