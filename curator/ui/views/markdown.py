"""Markdown as a list of plain values: what is shown of an answer, with nothing in it that could load or run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

LONGEST_LINE = 2_000
"""Characters after which a line is broken: laying out one line is quadratic (1 MB took 63 s, lines of 2,000 16 ms)."""

_INLINE_LIMIT = 20_000  # a longer paragraph is no prose: its marks stay as typed
_FENCE = re.compile(r"^( {0,12})(`{3,}|~{3,})\s*([^`]*)$")
_TAG_FENCE = re.compile(r"^<(source|code|pre|codeblock|sourcecode)>[\w+#.-]{0,20}\s*$")
"""How Aider fences a file that holds ``` itself: `all_fences` of its base_coder.py."""
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_HEADING_MARK = re.compile(r"(?<!\S)#{1,6} ")
_BOLD = re.compile(r"\*\*(?=\S)(.{1,600}?)(?<=\S)\*\*")
_RULE = re.compile(r"^ {0,3}([-*_])(?:\s*\1){2,}\s*$")
_ITEM = re.compile(r"^(\s{0,40})([-*+•]|\d{1,6}[.)])\s+(.*)$")
_QUOTE = re.compile(r"^ {0,3}>\s?(.*)$")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$")
_INLINE = re.compile(
    r"(?P<escape>\\[\\`*_{}\[\]()#+\-.!~>|])"
    r"|(?<!`)(?P<tick>`{1,8})(?!`)(?P<code>.{1,600}?)(?<!`)(?P=tick)(?!`)"
    r"|(?P<image>!\[[^\[\]\n]{0,300}\]\([^()\n]{0,2000}\))"
    r"|\[(?P<label>[^\[\]\n]{1,300})\]\((?P<target>[^()\s]{1,2000})(?:\s+\"[^\"\n]{0,200}\")?\)"
    r"|(?P<url>https?://[^\s<>\"'`|]{1,2000})"
    r"|\*\*(?=\S)(?P<bold>.{1,600}?)(?<=\S)\*\*"
    r"|(?<!\w)__(?=\S)(?P<bold2>.{1,600}?)(?<=\S)__(?!\w)"
    r"|~~(?=\S)(?P<struck>.{1,600}?)(?<=\S)~~"
    r"|(?<![\w*])\*(?=[^\s*])(?P<italic>[^*\n]{1,600}?)(?<=\S)\*(?![\w*])"
    r"|(?<!\w)_(?=[^\s_])(?P<italic2>[^_\n]{1,600}?)(?<=\S)_(?!\w)"
)


class Span(NamedTuple):
    """A run of words in one face; `link` is an http or https address and never anything else."""

    text: str
    is_bold: bool = False
    is_italic: bool = False
    is_code: bool = False
    is_struck: bool = False
    link: str = ""


class Block(NamedTuple):
    """One paragraph, heading (level 1 to 6), list item (level = depth, with its marker), quote, rule or line of code.

    `continues` says that the block goes on with the line before it, which was broken only to be shown, `begins` that a
    line is the first of its code or table: two of them may follow each other.
    """

    kind: str  # "paragraph", "heading", "item", "quote", "rule", "code"
    spans: tuple[Span, ...] = ()
    level: int = 0
    marker: str = ""
    continues: bool = False
    begins: bool = False


def parse(text: str, typed: bool = False) -> list[Block]:
    """The blocks of a text. `typed` is for prompts: people type lines, so only code is read as Markdown there."""
    return list(read_blocks(text, typed))


def read_blocks(text: str, typed: bool = False) -> Iterator[Block]:
    """The blocks of a text one by one, each read when it is asked for."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n")
    for block in _blocks(lines, typed):
        yield from _broken(block)


def lines_of_code(text: str) -> list[Block]:
    """A text as lines of code, with nothing read into it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n")
    return [part for line in lines for part in _broken(Block("code", (Span(line, is_code=True),)))]


def cut(text: str, size: int) -> int:
    """Where the first part of a long text ends: at a line's end near `size`, at a space, or right there."""
    if len(text) <= size:
        return len(text)
    for sign in ("\n", " "):
        at = text.rfind(sign, size * 3 // 4, size)
        if at > 0:
            return at + 1
    return size


def is_in_fence(text: str) -> bool:
    """Whether a text that was cut ends inside a code fence."""
    return sum(1 for line in text.split("\n") if _FENCE.match(line)) % 2 == 1


def unmarked(text: str) -> str:
    """An answer for a line of a list: without the marks of bold words and headings. Code keeps its own."""
    if "**" in text:
        text = _BOLD.sub(r"\1", text)
    return _HEADING_MARK.sub("", text) if "#" in text else text


def _blocks(lines: list[str], typed: bool) -> Iterator[Block]:
    said = [line for line in lines if line.strip()]
    if len(said) == 1 and _FENCE.match(said[0]):  # a fence around nothing: the mark itself is all that was said
        yield Block("paragraph", (Span(said[0].strip()),))
        return
    at, held = 0, list[str]()
    ends = {line.rstrip(): number for number, line in enumerate(lines) if line.startswith("</")}
    depths: list[int] = []
    while at < len(lines):
        line = lines[at]
        if fenced := _fenced(lines, at, ends):
            yield from _paragraph(held, typed)
            code, at = fenced
            yield from _code(code)
            continue
        if not line.strip():
            yield from _paragraph(held, typed)
            at += 1
            continue
        if typed:
            held.append(line)
            at += 1
            continue
        special, at_next = _special(lines, at, depths)
        if special:
            yield from _paragraph(held, typed)
            yield from special
            at = at_next
            continue
        held.append(line)
        at += 1
    yield from _paragraph(held, typed)


def _fenced(lines: list[str], at: int, ends: dict[str, int]) -> tuple[list[str], int] | None:
    """The code that a fence at this line holds, and the line after it. A fence of ticks that nobody closed goes on to
    the end; a lone tag is none. `ends` are the last lines that close a tag."""
    if fence := _FENCE.match(lines[at]):
        start = at = at + 1
        closing = re.compile(rf"^\s{{0,12}}{re.escape(fence[2][0])}{{{len(fence[2])},}}\s*$")
        while at < len(lines) and not closing.match(lines[at]):
            at += 1
        indent = len(fence[1])
        body = [code[indent:] if code[:indent].isspace() else code for code in lines[start:at]]
        return body or [""], at + 1
    if (tag := _TAG_FENCE.match(lines[at])) and ends.get(f"</{tag[1]}>", -1) > at:
        start = at = at + 1
        while lines[at].rstrip() != f"</{tag[1]}>":
            at += 1
        return lines[start:at] or [""], at + 1
    return None


def _special(lines: list[str], at: int, depths: list[int]) -> tuple[list[Block], int]:
    """A heading, rule, item, quote or table at this line, and the line after it; nothing for running text."""
    line = lines[at]
    if _RULE.match(line):
        return [Block("rule")], at + 1
    if found := _HEADING.match(line):
        return [Block("heading", tuple(inline(found[2])), len(found[1]))], at + 1
    if found := _ITEM.match(line):
        depth = _depth(depths, len(found[1]))
        words, after = found[3], at + 1
        while after < len(lines) and _goes_on(lines[after]) and lines[after].startswith("  "):
            words += "\n" + lines[after].strip()
            after += 1
        marker = "•" if found[2] in "-*+•" else found[2]
        return [Block("item", tuple(inline(words)), depth, marker)], after
    if found := _QUOTE.match(line):
        words, after = found[1], at + 1
        while after < len(lines) and (more := _QUOTE.match(lines[after])):
            words += "\n" + more[1]
            after += 1
        return [Block("quote", tuple(inline(part))) for part in words.split("\n\n") if part.strip()], after
    if "|" in line and at + 1 < len(lines) and _TABLE_RULE.match(lines[at + 1]):
        after = at + 2
        while after < len(lines) and "|" in lines[after] and lines[after].strip():
            after += 1
        return _code(_table([line, *lines[at + 2 : after]])), after
    return [], at


def _code(rows: list[str]) -> list[Block]:
    return [Block("code", (Span(row, is_code=True),), begins=not number) for number, row in enumerate(rows)]


def _goes_on(line: str) -> bool:
    return bool(line.strip()) and not (_ITEM.match(line) or _FENCE.match(line) or _HEADING.match(line))


def _depth(depths: list[int], indent: int) -> int:
    """How deep an item stands: each list inside a list is indented further than the one around it."""
    while depths and indent < depths[-1]:
        depths.pop()
    if not depths or indent > depths[-1]:
        depths.append(indent)
    return len(depths) - 1


def _table(rows: list[str]) -> list[str]:
    """A table as aligned columns of text, its head ruled off."""
    cells = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows]
    count = max(len(row) for row in cells)
    padded = [row + [""] * (count - len(row)) for row in cells]
    widths = [min(40, max(len(row[i]) for row in padded)) for i in range(count)]
    set_rows = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in padded
    ]
    return [set_rows[0], "  ".join("─" * width for width in widths), *set_rows[1:]]


def _paragraph(held: list[str], typed: bool) -> Iterator[Block]:
    """What was held so far as one paragraph. A long line followed by another was wrapped by a writer: join the two."""
    if not held:
        return
    words = held[0]
    for before, line in pairwise(held):
        words += (" " if not typed and 60 <= len(before) <= 120 else "\n") + (line if typed else line.strip())
    held.clear()
    yield Block("paragraph", tuple(inline(words)))


def inline(text: str, depth: int = 0, **face: bool) -> Iterator[Span]:
    """The runs of a paragraph. Images, raw HTML and links to anything but the web stay as they were typed."""
    if len(text) > _INLINE_LIMIT or depth > 3:
        yield _span(text, face)
        return
    at = 0
    for found in _INLINE.finditer(text):
        whole, kind = found[0], found.lastgroup or ""
        target = found["target"] or ""
        if kind == "image" or (target and not is_web(target)):
            continue
        if found.start() > at:
            yield _span(text[at : found.start()], face)
        at = found.end()
        if kind == "escape":
            yield _span(whole[1:], face)
        elif found["code"] is not None:
            code = found["code"]
            padded = code[0] == code[-1] == " " and code.strip()
            yield _span(code[1:-1] if padded else code, {**face, "is_code": True})
        elif target:
            yield from (_linked(span, target) for span in inline(found["label"], depth + 1, **face))
        elif found["url"]:
            address = found["url"].rstrip(".,;:!?)]}*_")
            at = found.start() + len(address)
            yield _linked(_span(address, face), address)
        elif words := found["bold"] or found["bold2"]:
            yield from inline(words, depth + 1, **{**face, "is_bold": True})
        elif words := found["struck"]:
            yield from inline(words, depth + 1, **{**face, "is_struck": True})
        else:
            words = found["italic"] or found["italic2"] or ""
            yield from inline(words, depth + 1, **{**face, "is_italic": True})
    if at < len(text):
        yield _span(text[at:], face)


def is_web(address: str) -> bool:
    """Whether an address is one that may be shown as a link."""
    return address.lower().startswith(("http://", "https://"))


def _span(text: str, face: dict[str, bool]) -> Span:
    on = face.get
    return Span(text, on("is_bold", False), on("is_italic", False), on("is_code", False), on("is_struck", False))


def _linked(span: Span, address: str) -> Span:
    return Span(span.text, span.is_bold, span.is_italic, span.is_code, span.is_struck, address)


def _broken(block: Block) -> Iterator[Block]:
    """A block whose lines are all short enough to be laid out at once."""
    if sum(len(span.text) for span in block.spans) <= LONGEST_LINE:
        yield block
        return
    row, room, is_first = list[Span](), LONGEST_LINE, True
    for span in block.spans:
        rest = span.text
        while len(rest) > room:
            at = rest.rfind(" ", room // 2, room) + 1 or room
            row.append(Span(rest[:at], span.is_bold, span.is_italic, span.is_code, span.is_struck, span.link))
            yield _part(block, row, is_first)
            row, room, rest, is_first = [], LONGEST_LINE, rest[at:], False
        if rest:
            row.append(Span(rest, span.is_bold, span.is_italic, span.is_code, span.is_struck, span.link))
            room -= len(rest)
    if row:
        yield _part(block, row, is_first)


def _part(block: Block, row: list[Span], is_first: bool) -> Block:
    if is_first:
        return block._replace(spans=tuple(row))
    return block._replace(spans=tuple(row), marker="", continues=True, begins=False)
