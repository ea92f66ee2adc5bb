"""HTML as exports keep an answer in it, written as the Markdown that the answer was.

The tags are those that Markdown makes; of any other only the words are taken. Nothing is fetched, and what is not well
formed costs its marks, never its words. The time is linear in the length.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape

_TOKEN = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)([^<>]*)>|<[!?][^<>]*>|([^<]+|<)")
_HREF = re.compile(r"""\bhref\s*=\s*["']([^"']*)["']""")
_LANGUAGE = re.compile(r"\b(?:language|lang)-([\w+#.-]{1,30})")
_SPACES = re.compile(r"[ \t\r\n\xa0]+")
_TICKS = re.compile(r"`{3,}")
_BLANK_LINES = re.compile(r"\n{3,}")
_ABOVE_LIST = re.compile(r"\n\s*\n(?=\s*(?:- |\d+\. ))")
_HEADINGS = {f"h{level}": f"{'#' * level} " for level in range(1, 7)}
_BLOCKS = frozenset({"p", "div", "blockquote", "pre", "ul", "ol", "table", "section", "article", *_HEADINGS})
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`", "del": "~~", "s": "~~"}
_HELD = frozenset({*_BLOCKS, *_MARKS, "li", "a", "tr", "td", "th", "script", "style"})
_INLINE = frozenset({*_MARKS, "a"})
_DEEPEST = 60
"""Elements inside one another that are told apart; nobody writes that many, and each costs a copy of its words."""


@dataclass(slots=True)
class _Element:
    tag: str
    attributes: str = ""
    parts: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    items: int = 0


def markdown(html: str) -> str:
    """The words of a piece of HTML with their headings, lists, tables, links and code as Markdown marks them."""
    writer = _Writer()
    for closing, tag, attributes, text in _TOKEN.findall(html):
        if text:
            writer.text(unescape(text))
        elif closing:
            writer.end(tag.lower())
        elif tag:
            writer.start(tag.lower(), attributes)
    return writer.whole()


class _Writer:
    """The elements that are open, each with what was written in it so far."""

    def __init__(self) -> None:
        self._open = [_Element("")]
        self._names: Counter[str] = Counter()

    def text(self, text: str) -> None:
        if self._names["pre"]:
            self._open[-1].parts.append(text)
            return
        told, element = _SPACES.sub(" ", text), self._open[-1]
        if element.tag not in _INLINE and (not element.parts or element.parts[-1].endswith("\n")):
            told = told.lstrip(" ")
        element.parts.append(told)

    def start(self, tag: str, attributes: str) -> None:
        if tag == "br":
            self._open[-1].parts.append("\n")
        elif tag == "hr":
            self._open[-1].parts.append("\n\n---\n\n")
        elif tag in _HELD and len(self._open) < _DEEPEST:
            if tag in ("li", "p", "td", "th", "tr") and self._open[-1].tag == tag:
                self.end(tag)  # its end may be left out
            self._open.append(_Element(tag, attributes))
            self._names[tag] += 1

    def end(self, tag: str) -> None:
        if not self._names[tag]:
            return
        is_found = False
        while not is_found:
            element = self._open.pop()
            self._names[element.tag] -= 1
            is_found = element.tag == tag
            self._put(element)

    def whole(self) -> str:
        while len(self._open) > 1:
            self._put(self._open.pop())
        lines = "".join(self._open[0].parts).split("\n")
        return _BLANK_LINES.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip()

    def _put(self, element: _Element) -> None:
        """Write a closed element into the one around it."""
        around, tag, inner = self._open[-1], element.tag, "".join(element.parts)
        if tag in _MARKS:
            around.attributes += element.attributes if tag == "code" else ""  # the language, where it is of a block
            around.parts.append(inner if self._names["pre"] else _marked(inner, _MARKS[tag]))
        elif tag == "a":
            around.parts.append(_linked(inner, element.attributes))
        elif tag == "li":
            around.items += 1
            mark = f"{around.items}. " if around.tag == "ol" else "- "
            words = _ABOVE_LIST.sub("\n", inner.strip()).replace("\n", f"\n{' ' * len(mark)}")
            around.parts.append(f"{mark}{words}\n")
        elif tag in ("td", "th") and around.tag == "tr":
            around.rows.append([" ".join(inner.split()).replace("|", "\\|")])
        elif tag == "tr" and around.tag == "table":
            around.rows.append([cell for row in element.rows for cell in row])
            around.parts.append(inner)
        elif tag in ("td", "th", "tr"):  # out of its place
            around.parts += [inner, *(f" {cell} " for row in element.rows for cell in row)]
        elif tag in _BLOCKS:
            words = _BLOCK.get(tag, _plain)(element, inner)
            around.parts.append(f"\n\n{words}\n\n" if words else "")


def _marked(words: str, mark: str) -> str:
    bare = words.strip()
    if not bare:
        return words
    before, _, after = words.partition(bare)
    return f"{before}{mark}{bare}{mark}{after}"


def _linked(words: str, attributes: str) -> str:
    found = _HREF.search(attributes)
    address = unescape(found[1]) if found is not None else ""
    return f"[{words.strip()}]({address})" if address.startswith("http") and words.strip() else words


def _plain(element: _Element, inner: str) -> str:
    mark = _HEADINGS.get(element.tag, "")
    return f"{mark}{' '.join(inner.split())}" if mark and inner.strip() else inner.strip(" \n")


def _quoted(element: _Element, inner: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in _BLANK_LINES.sub("\n\n", inner.strip()).split("\n"))


def _listed(element: _Element, inner: str) -> str:
    return inner.rstrip("\n")


def _fenced(element: _Element, inner: str) -> str:
    longest = max((len(run) for run in _TICKS.findall(inner)), default=2)
    fence = "`" * (longest + 1)
    language = _LANGUAGE.search(element.attributes)
    return f"{fence}{language[1] if language else ''}\n{inner.strip(chr(10))}\n{fence}"


def _tabled(element: _Element, inner: str) -> str:
    beside = f"{inner.strip()}\n\n" if inner.strip() else ""
    rows = [row for row in element.rows if row]
    if not rows:
        return beside
    width = max(map(len, rows))
    full = [[*row, *[""] * (width - len(row))] for row in rows]
    return beside + "\n".join(f"| {' | '.join(row)} |" for row in [full[0], ["---"] * width, *full[1:]])


_BLOCK: dict[str, Callable[[_Element, str], str]] = {
    "blockquote": _quoted,
    "pre": _fenced,
    "ul": _listed,
    "ol": _listed,
    "table": _tabled,
}
