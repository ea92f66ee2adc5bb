"""`curator guide`: the pages of the guide in a terminal."""

from __future__ import annotations

import re
from pathlib import Path

from verbs import curator

from curator.cli.verbs import VERBS
from curator.services import help as guide


def test_without_a_word_it_shows_the_contents_with_the_pages_by_name(tmp_path: Path) -> None:
    said = curator(tmp_path, "guide")
    assert said.code == 0 and said.out.startswith("# Curator’s guide")
    assert all(f"({page.name})" in said.out for page in guide.pages() if page.name != guide.INDEX)
    assert not list(tmp_path.iterdir()), "no library is needed to read"


def test_a_page_is_shown_without_its_pictures(tmp_path: Path) -> None:
    said = curator(tmp_path, "guide", "runs")
    assert "# Runs" in said.out and ".png" not in said.out
    assert "![" in guide.page("runs").text


def test_an_unknown_page_is_a_sentence_with_those_there_are(tmp_path: Path) -> None:
    said = curator(tmp_path, "guide", "trainng")
    assert (said.code, said.out) == (1, "")
    assert "no page “trainng”" in said.err and "training" in said.err


def test_a_search_says_where(tmp_path: Path) -> None:
    said = curator(tmp_path, "guide", "--search", "checkpoint", "--json")
    assert [(hit["page"], hit["anchor"]) for hit in said.lines] == [
        (hit.page, hit.anchor) for hit in guide.search("checkpoint")
    ]
    assert curator(tmp_path, "guide", "--search", "zzzqqq").out == ""


def test_the_page_about_the_terminal_shows_every_verb() -> None:
    shown = set(re.findall(r"^curator (\S+)", guide.page("terminal").text, re.MULTILINE))
    assert set(VERBS) - shown == set()
