"""The user's guide: its pages in order, their sections, and the search through all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from curator import paths
from curator.core.errors import NotFoundError

INDEX = "index"
"""The page of contents. The order of its links is the order of the guide, so a new page needs a line there and nothing
else."""

PLACES = {"library": "reading", "dataset": "rows", "runs": "runs", "mirror": "mirror"}
"""The page of each place of the window."""

MOST = 40
"""Places that a search gives at most."""

_EXCERPT = 96  # characters of a hit's excerpt
_LINK = re.compile(r"\[[^\[\]]*\]\(([a-z0-9-]+)\.md(?:#[^)\s]*)?\)")
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_PICTURE = re.compile(r"!\[([^\[\]]*)\]\(([^()\s]+)\)")
_MARKS = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)|\*\*|`")
_LINE_MARKS = re.compile(r"^\s*(?:[-*] |\d+\. |```.*$|\|?[-:| ]{5,}\|?$|\| )|\s*\|\s*$", re.MULTILINE)


class Section(NamedTuple):
    """What stands under one heading. `anchor` is the heading as an address, empty above the first one below the title;
    `text` is plain, without marks."""

    anchor: str
    heading: str
    text: str


class Page(NamedTuple):
    """One page: `name` is its file without the ending, `text` its Markdown."""

    name: str
    title: str
    text: str
    sections: tuple[Section, ...]


class Hit(NamedTuple):
    """A section in which the words were found, with the place in it that says why."""

    page: str
    title: str
    anchor: str
    heading: str
    excerpt: str


@lru_cache(maxsize=1)
def pages() -> tuple[Page, ...]:
    """Every page, the contents first, then in their order."""
    folder = paths.resources() / "help"
    index = _read(folder / f"{INDEX}.md")
    names = list(dict.fromkeys(name for name in _LINK.findall(index.text) if name != INDEX))
    return (index, *(_read(folder / f"{name}.md") for name in names))


def page(name: str) -> Page:
    """One page. Raises `NotFoundError`, naming those there are."""
    found = next((page for page in pages() if page.name == name), None)
    if found is None:
        names = ", ".join(page.name for page in pages())
        raise NotFoundError(f"The guide has no page “{name}”.", f"It has {names}.")
    return found


def pictures() -> tuple[str, ...]:
    """The files in `resources/screenshots` that the guide shows, in both appearances: a package needs no other."""
    shown = {Path(target).name for page in pages() for _, target in _PICTURE.findall(page.text)}
    return tuple(sorted(shown | {name.replace("-light.", "-dark.") for name in shown}))


def search(words: str, most: int = MOST) -> list[Hit]:
    """The sections that hold the words, best first: all of them, or, when no section does, as many as possible.

    A word counts where it begins a word of the text, whatever its case; in a heading it counts eight times, in a title
    four times, in the text at most three. Ties keep the order of the guide.
    """
    sought = [word.casefold() for word in words.split()]
    ranked = [(_rank(page, section, sought), page, section) for page in pages() for section in page.sections]
    best = max((found for (found, _), _, _ in ranked), default=0) if sought else 0
    hits = [one for one in ranked if best and one[0][0] == best]
    hits.sort(key=lambda one: -one[0][1])
    return [
        Hit(page.name, page.title, section.anchor, section.heading, _excerpt(section.text, sought))
        for _, page, section in hits[:most]
    ]


def places_of(text: str, words: str) -> list[tuple[int, int]]:
    """Where the words begin words of a text: what to highlight."""
    spans = [
        found.span()
        for word in words.split()
        for found in re.finditer(rf"(?<!\w){re.escape(word)}", text, re.IGNORECASE)
    ]
    return sorted(set(spans))


def anchor_of(heading: str, taken: Iterable[str] = ()) -> str:
    """A heading as an address, in the way of the web's Markdown: lower case, hyphens, a number when it is taken."""
    base = re.sub(r"[^\w\- ]", "", plain(heading).strip().lower()).replace(" ", "-")
    known, name, n = set(taken), base, 0
    while name in known:
        n += 1
        name = f"{base}-{n}"
    return name


def plain(markdown: str) -> str:
    """The words of a text without its marks; a picture and a link are their words."""
    words = _MARKS.sub(lambda found: found[1] or "", markdown)
    return _LINE_MARKS.sub("", words).replace(" | ", " · ")


def headings(text: str) -> Iterator[tuple[int, int, str, str]]:
    """The headings of a Markdown text as line (from 0), level, words and anchor; fenced code has none."""
    is_code, taken = False, set[str]()
    for number, line in enumerate(text.split("\n")):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        found = None if is_code else _HEADING.match(line)
        if found:
            anchor = anchor_of(found[2], taken)
            taken.add(anchor)
            yield number, len(found[1]), plain(found[2]).strip(), anchor


def _read(file: Path) -> Page:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        hint = "Reinstall Curator, or read the guide where its source is."
        raise NotFoundError(f"The page {file.name} of the guide cannot be read.", hint) from error
    lines, marks = text.split("\n"), list(headings(text))
    ends = [*(number for number, _, _, _ in marks[1:]), len(lines)]
    sections = tuple(
        Section(anchor if level > 1 else "", words, plain("\n".join(lines[number + 1 : end])).strip())
        for (number, level, words, anchor), end in zip(marks, ends, strict=True)
    )
    return Page(file.stem, sections[0].heading if sections else file.stem, text, sections)


def _rank(page: Page, section: Section, sought: list[str]) -> tuple[int, float]:
    """How many of the words are in a section, and how well."""
    found, score = 0, 0.0
    for word in sought:
        begins = re.compile(rf"(?<!\w){re.escape(word)}")
        in_heading, in_title = (bool(begins.search(part.casefold())) for part in (section.heading, page.title))
        in_text = len(begins.findall(section.text.casefold()))
        found += bool(in_heading or in_title or in_text)
        score += 8 * in_heading + 4 * in_title + min(3, in_text)
    return found, score / 4 if page.name == INDEX else score  # what explains comes before what lists


def _excerpt(text: str, sought: list[str]) -> str:
    """A piece of the text around the first of the words, on one line."""
    flat = " ".join(text.split())
    spans = [span for word in sought for span in places_of(flat, word)[:1]]
    if not spans or len(flat) <= _EXCERPT:
        return flat[:_EXCERPT] + "…" * (len(flat) > _EXCERPT)
    start = max(0, min(spans)[0] - _EXCERPT // 3)
    start = flat.rfind(" ", 0, start) + 1 if start else 0
    end = min(len(flat), start + _EXCERPT)
    return "…" * (start > 0) + flat[start:end].rstrip() + "…" * (end < len(flat))
