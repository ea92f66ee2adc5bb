"""Marks on words: what is washed or underlined, painted below the letters from the lines of the layout."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTextBlock, QTextDocument, QTextLine

from curator.ui.theme import Scheme

_BEYOND = 60.0  # pixels above and below an area in which the ends of bars are looked for


class Mark(NamedTuple):
    """Some words of a document (positions as Qt counts them), the kind of wash they get, and what hovering says."""

    start: int
    end: int
    kind: str
    tip: str = ""


def wash(s: Scheme, kind: str) -> tuple[QColor | None, QColor | None]:
    """(fill, underline) of a kind of mark."""
    match kind:
        case "code":
            return s.color("text", 0.08 if s.is_dark else 0.055), None
        case "context":
            return s.color("warn_wash"), s.color("warn", 0.75)
        case "secret":
            return s.color("bad_wash"), s.color("bad", 0.8)
        case "reason":
            return None, s.color("accent", 0.55)
        case "was":
            return s.color("bad_wash"), None
        case "now":
            return s.color("good_wash"), None
        case "search":
            return s.color("heat", 0.42 if s.is_dark else 0.34), None
    return None, None


def paint_marks(p: QPainter, doc: QTextDocument, marks: Sequence[Mark], s: Scheme, area: QRectF) -> None:
    """Paint the washes of the marks that lie in `area` (document coordinates). Marks are sorted by start."""
    layout = doc.documentLayout()
    for mark in marks[_first_below(doc, marks, area.top()) :]:
        block = doc.findBlock(mark.start)
        fill, under = wash(s, mark.kind)
        while block.isValid() and block.position() < mark.end:
            place = layout.blockBoundingRect(block)
            if place.top() > area.bottom():
                return
            _paint_in_block(p, doc, block, place, mark, fill, under)
            block = block.next()


def _first_below(doc: QTextDocument, marks: Sequence[Mark], top: float) -> int:
    """The first mark that may reach below `top`."""
    if top <= 0 or not marks:
        return 0
    first = doc.documentLayout().hitTest(QRectF(0, top, 1, 1).topLeft(), Qt.HitTestAccuracy.FuzzyHit)
    at = bisect_left(marks, doc.findBlock(max(first, 0)).position(), key=lambda mark: mark.start)
    while at > 0 and marks[at - 1].end > first:
        at -= 1
    return max(0, at - 1)


def _paint_in_block(
    p: QPainter,
    doc: QTextDocument,
    block: QTextBlock,
    place: QRectF,
    mark: Mark,
    fill: QColor | None,
    under: QColor | None,
) -> None:
    size = doc.defaultFont().pointSizeF() * 96 / 72
    text, origin = block.text(), block.position()
    for line in _lines(block, mark):
        start = max(mark.start - origin, line.textStart())
        end = min(mark.end - origin, line.textStart() + line.textLength())
        if start >= end:
            continue
        words = words_at(text, start, end)
        end -= len(words) - len(words.rstrip())
        x1, x2 = x_at(line, start), x_at(line, end)
        base = place.top() + line.y() + line.ascent()
        r = QRectF(place.left() + x1 - 2, base - size * 1.02, x2 - x1 + 4, size * 1.36)
        if fill is not None:
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(fill)
            p.drawRoundedRect(r, 3, 3)
        if under is not None:
            p.setPen(QPen(under, 1.25))
            y = r.bottom() - (0 if fill is None else 0.6)
            p.drawLine(QPointF(r.left() + 2, y), QPointF(r.right() - 2, y))


def x_at(line: QTextLine, position: int) -> float:
    """Where a position of a line stands; the binding answers with a pair or a number."""
    x: Any = line.cursorToX(position)
    return float(x[0] if isinstance(x, tuple) else x)


def words_at(text: str, start: int, end: int) -> str:
    """The words between two of Qt's positions, which count UTF-16 units."""
    if text.isascii() or max(text, default="") <= "\uffff":
        return text[start:end]
    return text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end].decode("utf-16-le", "replace")


def positions(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Python's (start, end) pairs as Qt's, which count UTF-16 units; sorted by start."""
    ordered = sorted(spans)
    if text.isascii() or max(text, default="") <= "\uffff":
        return ordered
    out, at, units = list[tuple[int, int]](), 0, 0
    for start, end in ordered:
        units += _length(text[at:start])
        out.append((units, units + _length(text[start:end])))
        at = start
    return out


def _length(text: str) -> int:
    return len(text) + sum(1 for c in text if c > "\uffff")


def plain_text(doc: QTextDocument) -> str:
    """The document's text, one character a position (but for pairs), with no-break spaces left as they are."""
    return doc.toRawText().replace("\u2029", "\n")


def edited_lines(doc: QTextDocument, marks: Sequence[Mark], area: QRectF) -> list[tuple[float, float]]:
    """Top and bottom of every run of lines that carries an edit, for the bar at the edge.

    Only what lies in `area` is laid out and looked at; runs that reach beyond it do so by some lines.
    """
    area = area.adjusted(0, -_BEYOND, 0, _BEYOND)
    found: list[tuple[float, float]] = []
    layout = doc.documentLayout()
    for mark in marks[_first_below(doc, marks, area.top()) :]:
        block = doc.findBlock(mark.start)
        while mark.kind in ("was", "now") and block.isValid() and block.position() < mark.end:
            place = layout.blockBoundingRect(block)
            if place.top() > area.bottom():
                return found
            if place.bottom() >= area.top():
                for line in _lines(block, mark):
                    top = place.top() + line.y()
                    _add_run(found, top, top + line.height())
            block = block.next()
    return found


def _lines(block: QTextBlock, mark: Mark) -> Iterator[QTextLine]:
    """The lines of a block that hold something of a mark."""
    layout, origin = block.layout(), block.position()
    first = layout.lineForTextPosition(max(0, mark.start - origin))
    for n in range(first.lineNumber() if first.isValid() else 0, layout.lineCount()):
        line = layout.lineAt(n)
        if origin + line.textStart() >= mark.end:
            return
        yield line


def _add_run(runs: list[tuple[float, float]], top: float, bottom: float) -> None:
    if runs and top - runs[-1][1] < 9:
        runs[-1] = (runs[-1][0], max(bottom, runs[-1][1]))
    else:
        runs.append((top, bottom))


def find_all(text: str, words: str, limit: int = 500) -> list[tuple[int, int]]:
    """Every place of some words, whatever their case; none for empty words."""
    if not words.strip():
        return []
    folded, sought = text.lower(), words.lower()
    if len(folded) != len(text):  # a few letters grow when lowered: then the case counts
        folded, sought = text, words
    out, at = list[tuple[int, int]](), folded.find(sought)
    while at >= 0 and len(out) < limit:
        out.append((at, at + len(sought)))
        at = folded.find(sought, at + len(sought))
    return out
