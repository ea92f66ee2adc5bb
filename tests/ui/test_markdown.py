"""Markdown becomes plain values, and nothing in it can load, run or take long."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.ui.views import markdown
from curator.ui.views.markdown import LONGEST_LINE, Block, Span, cut, is_in_fence, parse, unmarked


def words(blocks: list[Block]) -> str:
    return "\n".join("".join(span.text for span in block.spans) for block in blocks)


def test_the_kinds_of_blocks_are_told_apart() -> None:
    text = "# Head\n\nOne\n\n- a\n  - b\n2. c\n\n> said\n\n---\n\n```py\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    blocks = parse(text)
    assert [block.kind for block in blocks] == [
        "heading", "paragraph", "item", "item", "item", "quote", "rule", "code", "code", "code", "code",
    ]  # fmt: skip
    assert [(block.level, block.marker) for block in blocks[2:5]] == [(0, "•"), (1, "•"), (0, "2.")]
    assert words(blocks[8:]) == "a  b\n─  ─\n1  2"
    assert [block.begins for block in blocks[7:]] == [True, True, False, False], "a table is no part of the code before"


def test_tags_that_stand_around_code_alone_fence_it_and_a_lone_one_does_not() -> None:
    blocks = parse("a.py\n<source>python\n# one\n=======\n  two()\n</source>\nDone.")
    assert [block.kind for block in blocks] == ["paragraph", "code", "code", "code", "paragraph"]
    assert words(blocks[1:4]) == "# one\n=======\n  two()"
    assert words(parse("<code>\nnever closed")) == "<code>\nnever closed"


def test_a_line_of_a_list_is_without_the_marks_of_bold_words_and_headings() -> None:
    assert unmarked("**Done:** ## All **three** `a**b` 2 ** 3 #4") == "Done: All three `a**b` 2 ** 3 #4"
    assert parse("<pre>\n</pre>") == [Block("code", (Span("", is_code=True),), begins=True)]


def test_faces_inside_a_paragraph() -> None:
    spans = parse("a **b `c`** *d* ~~e~~ snake_case_name \\*f\\*")[0].spans
    assert [(s.text, s.is_bold, s.is_code, s.is_italic, s.is_struck) for s in spans if s.text.strip()][:6] == [
        ("a ", False, False, False, False),
        ("b ", True, False, False, False),
        ("c", True, True, False, False),
        ("d", False, False, True, False),
        ("e", False, False, False, True),
        (" snake_case_name ", False, False, False, False),
    ]
    assert "".join(s.text for s in spans).endswith("*f*")


def test_html_images_and_links_to_files_stay_as_they_were_typed() -> None:
    for text in (
        "<img src='file:///etc/passwd'>",
        "![x](/etc/passwd)",
        "[y](file:///etc/passwd)",
        "[z](javascript:alert(1))",
    ):
        blocks = parse(text)
        assert words(blocks) == text
        assert not any(span.link for block in blocks for span in block.spans)


def test_only_web_links_are_links() -> None:
    spans = parse("see [docs](https://example.com/a) and https://example.com/b.")[0].spans
    assert [span.link for span in spans if span.link] == ["https://example.com/a", "https://example.com/b"]


def test_a_typed_prompt_keeps_its_lines() -> None:
    assert words(parse("# not a heading\n- not an item\nlast", typed=True)) == "# not a heading\n- not an item\nlast"


def test_long_lines_are_broken_and_whole_again_when_joined() -> None:
    text = "word " * 50_000
    blocks = parse(text)
    assert max(sum(len(span.text) for span in block.spans) for block in blocks) <= LONGEST_LINE
    assert "".join(span.text for block in blocks for span in block.spans) == text
    assert [block.continues for block in blocks[:2]] == [False, True]


@pytest.mark.parametrize("text", ["```", "\n`````  \n", "~~~", "```python"])
@pytest.mark.parametrize("typed", [False, True])
def test_a_fence_that_is_all_of_a_text_is_shown_as_it_is(text: str, typed: bool) -> None:
    assert parse(text, typed) == [Block("paragraph", (Span(text.strip()),))]
    assert [block.kind for block in parse(text.strip() + "\na = 1", typed)] == ["code"]


def test_a_cut_falls_between_words_and_remembers_an_open_fence() -> None:
    text = "one two\n" * 1_000
    assert text[: cut(text, 100)].endswith("\n")
    assert cut("x" * 500, 100) == 100
    assert is_in_fence("a\n```py\nb") and not is_in_fence("```\na\n```")


class WatchedPattern:
    """A pattern that notes how much it is run over."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self.lengths: list[int] = []

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        self.lengths.append(len(text))
        return self._pattern.finditer(text)


@pytest.mark.parametrize(
    "unit", ["**a ", "`", "<code>\n", "[", "[a](", "_a ", "``` ", "|-", "> ", "* ", "![", "~~a ", "\\", "``a`"]
)
@pytest.mark.parametrize("length", [markdown._INLINE_LIMIT, 64_000])
def test_hostile_text_is_searched_for_marks_a_few_times_at_most(
    monkeypatch: pytest.MonkeyPatch, unit: str, length: int
) -> None:
    """A mark looks some thousand characters ahead at most; bench_reader.py tells how long it takes."""
    watched = WatchedPattern(markdown._INLINE)
    monkeypatch.setattr(markdown, "_INLINE", watched)
    text = unit * (length // len(unit))
    assert parse(text)
    assert max(watched.lengths, default=0) <= markdown._INLINE_LIMIT
    assert sum(watched.lengths) <= 4 * len(text), "marks inside marks are read to a depth of three"


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("hftp:/ab `*_~[]()!<>#-1.|\n\\:/\t"), max_size=300), st.booleans())
def test_any_text_gives_blocks_and_only_web_links(text: str, typed: bool) -> None:
    for block in parse(text, typed):
        assert all(span.link.startswith(("http://", "https://")) for span in block.spans if span.link)
