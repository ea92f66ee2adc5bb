"""Running text that cannot reach out: a read-only browser with washes below the marked words, as tall as its text."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit, QToolTip, QWidget

from curator.ui.theme import Scheme, font, scheme_of
from curator.ui.views.markdown import is_web
from curator.ui.views.washes import Mark, find_all, paint_marks, plain_text, positions, words_at

CODE_LINE = QTextFormat.Property.UserProperty + 1  # a block of a code well
CONTINUES = QTextFormat.Property.UserProperty + 2  # a block that was broken off only to be shown
OVERSCAN = 4  # points at both sides of the text that a wash may use
COLUMN = 72  # characters
_SAMPLE = "the provider stops waiting after ten seconds and sends the delivery again, "


def prose_width() -> int:
    """The width of the prose column: 72 characters of running text in the reading size."""
    return math.ceil(QFontMetricsF(font("reading")).horizontalAdvance(_SAMPLE) / len(_SAMPLE) * COLUMN)


def clear_pixel() -> QImage:
    """What a document gets in place of something that it may not load."""
    pixel = QImage(1, 1, QImage.Format.Format_ARGB32)
    pixel.fill(Qt.GlobalColor.transparent)
    return pixel


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
        """Nothing for everything: a transcript never makes this app open a file or an address."""
        return clear_pixel()

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
                words_at(
                    block.text(), max(0, start - block.position()), min(block.length() - 1, end - block.position())
                )
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
