"""Running text that cannot reach out: a read-only browser with washes below the marked words, as tall as its text."""

from __future__ import annotations

import html
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLine,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QMessageBox, QTextBrowser, QTextEdit, QToolTip, QWidget

from curator.ui.theme import Scheme, font, scheme_of
from curator.ui.views.markdown import is_web

CODE_LINE = QTextFormat.Property.UserProperty + 1  # a block of a code well
CONTINUES = QTextFormat.Property.UserProperty + 2  # a block that was broken off only to be shown
OVERSCAN = 4  # points at both sides of the text that a wash may use
COLUMN = 72  # characters
_SAMPLE = "the provider stops waiting after ten seconds and sends the delivery again, "


@dataclass(frozen=True, slots=True)
class Mark:
    """Some words of a document (positions as Qt counts them), the kind of wash they get, and what hovering says."""

    start: int
    end: int
    kind: str
    tip: str = ""


def prose_width() -> int:
    """The width of the prose column: 72 characters of running text in the reading size."""
    return math.ceil(QFontMetricsF(font("reading")).horizontalAdvance(_SAMPLE) / len(_SAMPLE) * COLUMN)


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
    layout = block.layout()
    for n in range(layout.lineCount()):
        line = layout.lineAt(n)
        start = max(mark.start - origin, line.textStart())
        end = min(mark.end - origin, line.textStart() + line.textLength())
        if start >= end:
            continue
        words = _units(text, start, end)
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
            p.drawLine(
                QRectF(r.left() + 2, y, r.width() - 4, 0).topLeft(),
                QRectF(r.left() + 2, y, r.width() - 4, 0).topRight(),
            )


def x_at(line: QTextLine, position: int) -> float:
    """Where a position of a line stands; the binding answers with a pair or a number."""
    x: Any = line.cursorToX(position)
    return float(x[0] if isinstance(x, tuple) else x)


def _units(text: str, start: int, end: int) -> str:
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


def edited_lines(doc: QTextDocument, marks: Sequence[Mark]) -> list[tuple[float, float]]:
    """Top and bottom of every run of lines that carries an edit, for the bar at the edge."""
    found: list[tuple[float, float]] = []
    layout = doc.documentLayout()
    for mark in marks:
        block = doc.findBlock(mark.start)
        while mark.kind in ("was", "now") and block.isValid() and block.position() < mark.end:
            top, lines = layout.blockBoundingRect(block).top(), block.layout()
            for n in range(lines.lineCount()):
                line = lines.lineAt(n)
                first = block.position() + line.textStart()
                if mark.start < first + max(1, line.textLength()) and mark.end > first:
                    _add_run(found, top + line.y(), top + line.y() + line.height())
            block = block.next()
    return found


def _add_run(runs: list[tuple[float, float]], top: float, bottom: float) -> None:
    if runs and top - runs[-1][1] < 9:
        runs[-1] = (runs[-1][0], max(bottom, runs[-1][1]))
    else:
        runs.append((top, bottom))


class Prose(QTextBrowser):
    """A piece of running text, as wide as it is told and as tall as it needs.

    Nothing is ever fetched: `loadResource` answers every address with one clear pixel (an empty answer would make Qt
    open the path itself), no link is followed before the person has seen its address and said yes, and only http and
    https links exist. Painting asks the palette each time; only the inks of single words are kept, and renewed with it.
    """

    caret_moved = Signal(QRect)  # in this widget's coordinates, for the scroll area around it
    link_requested = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks: tuple[Mark, ...] = ()
        self._found: tuple[Mark, ...] = ()
        self._sought = ""
        self._shown: QTextDocument | None = None
        self._width = 0
        self.setReadOnly(True)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(name)
        self.anchorClicked.connect(self._on_anchor_clicked)
        self.cursorPositionChanged.connect(self._on_cursor_moved)

    def show_document(self, doc: QTextDocument, marks: Sequence[Mark] = ()) -> None:
        """Show a document that was composed elsewhere, with its marks."""
        doc.setParent(self)
        doc.setUndoRedoEnabled(False)
        self._marks = tuple(sorted(marks, key=lambda mark: mark.start))
        self._found = ()
        self._sought = ""
        old, self._shown = self._shown, doc
        self.setDocument(doc)  # lays the text out, once, in the width it was told before
        if old is not None:
            old.deleteLater()
        self._ink()
        self.take_height()

    def renew_marks(self, marks: Sequence[Mark]) -> None:
        """Other marks on the same document, after it grew; what is searched for is looked for again."""
        self._marks = tuple(sorted(marks, key=lambda mark: mark.start))
        self._ink()
        if self._sought:
            self.set_search(self._sought)
        self.take_height()
        self.viewport().update()

    def marks(self) -> tuple[Mark, ...]:
        """The marks of the text and of the search, in order."""
        return tuple(sorted((*self._marks, *self._found), key=lambda mark: mark.start))

    def set_width(self, width: int) -> None:
        """Lay the text out in a column of this width and take the height that it needs.

        Tell the width before the document: each time Qt is told a width it lays the whole text out again.
        """
        if width != self._width:
            self._width = width
            self.setLineWrapColumnOrWidth(width + 2 * OVERSCAN)
            self.take_height()

    def take_height(self) -> None:
        """As tall as the text is in its width."""
        if self._width:
            self.setFixedSize(self._width + 2 * OVERSCAN, math.ceil(self.document().size().height()) + 2)

    def set_search(self, text: str) -> int:
        """Mark the places of the words that were searched for (of each word, when the whole is nowhere)."""
        self._sought = text
        whole = plain_text(self.document())
        spans = find_all(whole, text) or [
            span for word in text.split() if len(word) > 1 for span in find_all(whole, word)
        ]
        self._found = tuple(Mark(start, end, "search") for start, end in positions(whole, spans))
        self.viewport().update()
        return len(self._found)

    def sizeHint(self) -> QSize:
        return self.size()

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """One clear pixel for everything: a transcript never makes this app open a file or an address."""
        pixel = QImage(1, 1, QImage.Format.Format_ARGB32)
        pixel.fill(Qt.GlobalColor.transparent)
        return pixel

    def doSetSource(
        self, name: QUrl | str, kind: QTextDocument.ResourceType = QTextDocument.ResourceType.UnknownResource
    ) -> None:
        """Going to another document is no part of reading."""

    def createMimeDataFromSelection(self) -> QMimeData:
        """The selected words as plain text; lines that were broken only to be shown are whole again."""
        cursor = self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        parts = list[str]()
        block = self.document().findBlock(start)
        while block.isValid() and block.position() < end:
            if parts and not block.blockFormat().property(CONTINUES):
                parts.append("\n")
            parts.append(
                _units(block.text(), max(0, start - block.position()), min(block.length() - 1, end - block.position()))
            )
            block = block.next()
        data = QMimeData()
        data.setText("".join(parts).replace("\u2028", "\n"))
        return data

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = QPainter(self.viewport()), scheme_of(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(event.rect())
        self._paint_wells(p, s, area)
        paint_marks(p, self.document(), self._marks, s, area)
        paint_marks(p, self.document(), self._found, s, area)
        p.end()
        super().paintEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._ink()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            tip = self._tip_at(event.pos())
            if tip:
                QToolTip.showText(event.globalPos(), tip, self.viewport())
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def _tip_at(self, at: QPoint) -> str:
        """What hovering says: the signal's sentence, or where a link leads (never as markup)."""
        position = self.document().documentLayout().hitTest(at.toPointF(), Qt.HitTestAccuracy.ExactHit)
        tip = next((mark.tip for mark in self._marks if mark.tip and mark.start <= position < mark.end), "")
        tip = tip or self.anchorAt(at)
        return f"<span>{html.escape(tip)}</span>" if tip else ""

    def _paint_wells(self, p: QPainter, s: Scheme, area: QRectF) -> None:
        """The wells below runs of code lines and the rules beside quotes; only what is near `area` is looked at."""
        layout = self.document().documentLayout()
        area = area.adjusted(0, -40, 0, 40)
        block = self.document().findBlock(max(layout.hitTest(area.topLeft(), Qt.HitTestAccuracy.FuzzyHit), 0))
        while block.isValid() and (place := layout.blockBoundingRect(block)).top() <= area.bottom():
            well = block.blockFormat().property(CODE_LINE)
            block = block.next()
            if well is None:
                continue
            while (
                block.isValid() and block.blockFormat().property(CODE_LINE) == well and place.bottom() < area.bottom()
            ):
                place = place.united(layout.blockBoundingRect(block))
                block = block.next()
            self._paint_well(p, s, well, place)

    def _paint_well(self, p: QPainter, s: Scheme, well: object, place: QRectF) -> None:
        width = self.viewport().width() - 2 * OVERSCAN
        if well == "quote":
            p.fillRect(QRectF(OVERSCAN, place.top(), 2, place.height()), s.color("line_strong"))
        elif well == "rule":
            p.fillRect(QRectF(OVERSCAN, place.center().y(), width, 1), s.color("line"))
        else:
            r = QRectF(OVERSCAN, place.top() - 8, width, place.height() + 16)
            p.setPen(QPen(s.color("line"), 1))
            p.setBrush(s.color("sunken"))
            p.drawRoundedRect(r.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)

    def _ink(self) -> None:
        """The inks of single words: links, and removed words. They overlay the text, so no line moves."""
        s = scheme_of(self)
        inks = list[QTextEdit.ExtraSelection]()
        spans = [(mark.start, mark.end, "bad") for mark in self._marks if mark.kind == "was"]
        spans += [(mark.start, mark.end, "accent_text") for mark in self._marks if mark.kind == "link"]
        for start, end, ink in spans:
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.document())
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            face = QTextCharFormat()
            face.setForeground(s.color(ink))
            selection.cursor, selection.format = cursor, face
            inks.append(selection)
        self.setExtraSelections(inks)

    def _on_anchor_clicked(self, address: QUrl) -> None:
        if is_web(address.toString()):
            self.link_requested.emit(address.toString())

    def _on_cursor_moved(self) -> None:
        if self.hasFocus():
            self.caret_moved.emit(self.cursorRect())


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


def open_link(parent: QWidget, address: str) -> bool:
    """Ask, showing the whole address, and open it in the person's own browser. Only http and https are ever opened."""
    url = QUrl(address)
    if url.scheme().lower() not in ("http", "https") or not url.isValid():
        return False
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setTextFormat(Qt.TextFormat.PlainText)
    shown = url.toDisplayString(QUrl.ComponentFormattingOption.FullyEncoded)
    box.setText(f"Open this address in your browser?\n\n{shown[:500]}")
    opens = box.addButton("Open in browser", QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    return box.clickedButton() is opens and QDesktopServices.openUrl(url)
