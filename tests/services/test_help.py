"""The guide's pages, and the search through them."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from curator import paths
from curator.core.errors import NotFoundError
from curator.ingest.places import usual_places
from curator.services import help as guide


def test_every_page_is_in_the_contents_once() -> None:
    names = [page.name for page in guide.pages()]
    files = {file.stem for file in (paths.resources() / "help").glob("*.md")}
    assert names[0] == guide.INDEX
    assert len(names) == len(set(names))
    assert set(names) == files


def test_every_page_has_a_title_and_says_something_under_every_heading() -> None:
    for page in guide.pages():
        assert page.text.startswith(f"# {page.title}\n"), page.name
        levels = [level for _, level, _, _ in guide.headings(page.text)]
        assert levels.count(1) == 1, page.name
        last = {section.anchor for section, level in zip(page.sections, levels, strict=True) if level >= 2}
        for section, level, after in zip(page.sections, levels, [*levels[1:], 0], strict=True):
            assert section.text or after > level, f"{page.name}#{section.anchor} is empty"
        assert len(last) == len(page.sections) - 1, f"{page.name} has two headings with one address"


def test_every_place_of_the_window_has_its_page() -> None:
    for name in guide.PLACES.values():
        assert guide.page(name).sections


def test_an_unknown_page_is_said_with_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="no page “nowhere”") as failed:
        guide.page("nowhere")
    assert "training" in failed.value.hint


def test_a_heading_with_the_words_comes_before_a_text_with_them() -> None:
    hits = guide.search("presets")
    assert (hits[0].page, hits[0].anchor) == ("training", "the-presets")
    assert all("preset" in f"{hit.heading} {hit.title} {hit.excerpt}".casefold() for hit in hits)


def test_all_words_must_be_found_when_some_section_has_them_all() -> None:
    page = guide.page("training")
    by_anchor = {section.anchor: section for section in page.sections}
    hits = guide.search("VALIDATION rises")
    assert ("training", "reading-the-curves") in [(hit.page, hit.anchor) for hit in hits]
    for hit in hits:
        section = next(s for s in guide.page(hit.page).sections if s.anchor == hit.anchor)
        whole = f"{hit.title} {section.heading} {section.text}".casefold()
        assert "validation" in whole and "rises" in whole
    assert "rises" in by_anchor["reading-the-curves"].text


def test_where_no_section_has_all_words_those_with_the_most_are_shown() -> None:
    assert [hit.page for hit in guide.search("zzzqqq presets")] == [hit.page for hit in guide.search("presets")]


def test_words_count_from_their_beginning_only() -> None:
    assert guide.places_of("Rate, rates, separate, RATE", "rate") == [(0, 4), (6, 10), (23, 27)]
    assert guide.places_of("a+b (c)", "(c") == [(4, 6)]


@pytest.mark.parametrize("words", ["", "   ", "zzzqqq", "[", "*.*", "(", "\\"])
def test_nothing_or_odd_signs_find_what_is_there_or_nothing(words: str) -> None:
    for hit in guide.search(words):
        assert words.strip() in f"{hit.title} {hit.heading} {guide.page(hit.page).text}"


def test_an_excerpt_shows_the_word_and_stays_short() -> None:
    hits = guide.search("checkpoint")
    assert hits
    for hit in hits:
        section = next(s for s in guide.page(hit.page).sections if s.anchor == hit.anchor)
        if "checkpoint" in section.text.casefold():
            assert "checkpoint" in hit.excerpt.casefold()
        assert len(hit.excerpt) <= 100 and "\n" not in hit.excerpt


def test_headings_in_code_are_no_headings_and_the_same_words_get_a_number() -> None:
    text = "# One\n```\n# not this\n```\n## Two words, here!\n## Two words here\n"
    assert list(guide.headings(text)) == [
        (0, 1, "One", "one"),
        (4, 2, "Two words, here!", "two-words-here"),
        (5, 2, "Two words here", "two-words-here-1"),
    ]


def test_every_picture_of_the_guide_is_there_in_both_appearances() -> None:
    folder = paths.resources() / "screenshots"
    shown = guide.pictures()
    assert shown
    assert [name for name in shown if not (folder / name).is_file()] == []
    assert all(name.replace("-light", "-dark") in shown for name in shown)


def test_every_assistant_whose_sessions_are_found_is_in_the_page_of_transcripts() -> None:
    text = guide.page("transcripts").text
    for platform in ("linux", "darwin", "win32"):
        titles = {place.title for place in usual_places(platform, {}, PurePosixPath("/home/me"))}
        assert titles and [title for title in titles if title.split()[0] not in text] == []
