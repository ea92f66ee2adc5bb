"""One side of a row: plain text in a rounded field, with a bar at the edge of changed lines and washes below words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QRectF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextDocumentFragment,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from curator.core.signal import SignalHit
from curator.ui.theme import font, scheme_of
from curator.ui.views.marks import row_marks
from curator.ui.views.prose import clear_pixel
from curator.ui.views.washes import Mark, paint_marks, plain_text
from curator.ui.views.word_diff import changed_lines

LEADING = 142  # percent
SIDE, TOP = 14, 10  # insets of the text
LONGEST_WRAPPED = 10_000  # characters; a longer line is not wrapped, since that takes quadratic time
LONGEST_EDITED = 200_000  # characters; a longer text is shown in part and cannot be edited here
PART = 64 * 1024
_PAUSE = 150  # milliseconds without typing before marks and bars are looked for again


class FramedText(QTextEdit):
    """Plain text in a rounded frame, with washes and bars painted below it. Nothing is ever loaded."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.marks: list[Mark] = []
        self._shown: QTextDocument | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewportMargins(1, 1, 1, 1)
        self.viewport().setAutoFillBackground(False)
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setMinimumHeight(64)
        self.document().setDefaultFont(font("body"))

    def set_plain(self, text: str) -> None:
        """Replace the text, with the leading and the insets of a row. It cannot be undone and says nothing."""
        doc = self.fresh_document()
        QTextCursor(doc).insertText(text)
        self.show_fresh(doc, max(map(len, text.split("\n")), default=0))

    def fresh_document(self) -> QTextDocument:
        """An empty document with the leading and the insets of a row, not yet shown: filling it lays nothing out."""
        doc = QTextDocument(self)
        doc.setUndoRedoEnabled(False)
        doc.setDefaultFont(font("body"))
        leading = QTextBlockFormat()
        leading.setLineHeight(LEADING, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        QTextCursor(doc).setBlockFormat(leading)
        frame = doc.rootFrame().frameFormat()
        frame.setMargin(0)
        frame.setLeftMargin(SIDE - 1)
        frame.setRightMargin(SIDE - 1)
        frame.setTopMargin(TOP - 1)
        frame.setBottomMargin(TOP - 1)
        doc.rootFrame().setFrameFormat(frame)
        return doc

    def show_fresh(self, doc: QTextDocument, longest: int) -> None:
        """Show a filled document in place of the old one; `longest` is the length of its longest line."""
        wraps = longest <= LONGEST_WRAPPED
        old, self._shown = self._shown, doc
        doc.setUndoRedoEnabled(True)
        doc.setModified(False)
        mode = QTextEdit.LineWrapMode.WidgetWidth if wraps else QTextEdit.LineWrapMode.NoWrap
        if mode is not self.lineWrapMode():
            self.clear()  # so that changing the mode lays nothing long out
            self.setLineWrapMode(mode)
        self.setDocument(doc)
        if old is not None:  # Qt deletes only the document that it made itself
            old.deleteLater()

    def bars_in(self, area: QRectF) -> list[tuple[float, float]]:
        """Top and bottom of the bars that stand in an area of the document, or of more; none here."""
        return []

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Nothing for everything, as in the reader."""
        return clear_pixel()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._paint_frame()
            return True
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.document().setDefaultFont(font("body"))
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = QPainter(self.viewport()), scheme_of(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, top = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        p.translate(-left, -top)
        area = QRectF(event.rect()).translated(left, top)
        paint_marks(p, self.document(), self.marks, s, area)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(s.color("good"))
        whole = QRectF(self.viewport().rect()).translated(left, top)  # more than what is painted anew: ends are round
        for first, last in self.bars_in(whole):
            if last >= area.top() and first <= area.bottom():
                p.drawRoundedRect(QRectF(left + 3, first, 3, last - first), 1.5, 1.5)
        p.end()
        super().paintEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files belong to the window: it takes them as transcripts."""
        if event.mimeData().hasUrls():
            event.ignore()
        else:
            super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.mimeData().hasUrls():
            event.ignore()
        else:
            super().dragMoveEvent(event)

    def _paint_frame(self) -> None:
        p, s = QPainter(self), scheme_of(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        has_focus = self.hasFocus() and not self.isReadOnly()
        p.setBrush(s.color("base"))
        p.setPen(QPen(s.color("accent" if has_focus else "line_strong"), 1.5 if has_focus else 1))
        p.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), 8, 8)


class RowField(FramedText):
    """One editable side of a row. It keeps the text as it was given for as long as nobody types."""

    typed = Signal()
    save_requested = Signal(bool)  # whether to go on to the next exchange
    left = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._given, self._original = "", ""
        self._hits: tuple[SignalHit, ...] = ()
        self._part = ""
        self.bars: list[tuple[float, float]] = []
        self._changed: set[int] = set()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE)
        self._pause.timeout.connect(self.look_again)
        self._is_setting = False
        self.textChanged.connect(self._on_text_changed)

    def set_text(self, text: str, original: str) -> None:
        """Show a text and the original its changed lines are seen against. Nothing is emitted, nothing can be undone.

        Where only a part changed (an undone edit), the cursor and the place stay.
        """
        place, bar = self.textCursor().position(), self.verticalScrollBar().value()
        is_same_row = original == self._original
        self._given, self._original = text, original
        is_too_long = len(text) > LONGEST_EDITED
        self.setReadOnly(is_too_long)
        self._is_setting = True
        self.set_plain(text[:PART] if is_too_long else text)
        self._is_setting = False
        self._pause.stop()
        if is_same_row:
            cursor = self.textCursor()
            cursor.setPosition(min(place, max(0, self.document().characterCount() - 1)))
            self.setTextCursor(cursor)
            self.verticalScrollBar().setValue(bar)
        else:
            self.verticalScrollBar().setValue(0)
        self.look_again()

    def set_original(self, original: str) -> None:
        """The text that changed lines are seen against."""
        if original != self._original:
            self._original = original
            self.look_again()

    def set_hits(self, hits: Sequence[SignalHit], part: str) -> None:
        """The signals of the exchange, and which part of it this is: their words are washed while they stand here."""
        if (tuple(hits), part) != (self._hits, self._part):
            self._hits, self._part = tuple(hits), part
            self.look_again()

    def text(self) -> str:
        """The present text; exactly as it was given while nothing was typed."""
        return plain_text(self.document()) if self.document().isModified() else self._given

    def accept(self) -> None:
        """Take the present text as the one that was given: it has been saved."""
        self._given = self.text()
        self.document().setModified(False)

    def look_again(self) -> None:
        """Find the changed lines and the washed words anew."""
        text = plain_text(self.document())
        self.marks = row_marks(text, self._hits, self._part)
        is_compared = not self.isReadOnly() and text != self._original
        self._changed = changed_lines(self._original, text) if is_compared else set[int]()
        self._place_bars()
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif control and is_return:
            self.save_requested.emit(True)
        elif control and event.key() == Qt.Key.Key_S:
            self.save_requested.emit(False)
        elif is_return and not self.isReadOnly():
            self.textCursor().insertBlock()  # also with Shift: a row knows one kind of line end
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and _is_own(event):
            event.accept()
            return True
        return super().event(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return (source.hasText() or source.hasHtml()) and not source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Whatever is pasted or dropped comes in as plain text."""
        text = source.text()
        if not text and source.hasHtml():
            text = QTextDocumentFragment.fromHtml(source.html()).toPlainText()
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
        if max(map(len, text.split("\n")), default=0) > LONGEST_WRAPPED:
            self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self.textCursor().insertText(text)
        self.ensureCursorVisible()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_bars()

    def bars_in(self, area: QRectF) -> list[tuple[float, float]]:
        return self.bars

    def _place_bars(self) -> None:
        layout = self.document().documentLayout()
        self.bars = []
        for number in sorted(self._changed):
            place = layout.blockBoundingRect(self.document().findBlockByNumber(number))
            if self.bars and place.top() - self.bars[-1][1] < 9:
                self.bars[-1] = (self.bars[-1][0], place.bottom())
            else:
                self.bars.append((place.top(), place.bottom()))

    def _on_text_changed(self) -> None:
        if self._is_setting:
            return
        self._pause.start()
        self.typed.emit()


def _is_own(event: QKeyEvent) -> bool:
    """Keys that mean the editor while it has the keyboard, whatever else they mean in the window."""
    if event.key() == Qt.Key.Key_Escape:
        return True
    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    return control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_S)
