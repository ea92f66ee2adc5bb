"""One page of the guide to read: words, pictures in the window's appearance, and what was searched for washed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit, QWidget

from curator.services.help import Page, places_of
from curator.ui.controls import tint
from curator.ui.help.page_document import WELL, compose, is_code_line
from curator.ui.help.pictures import Pictures
from curator.ui.theme import font, scheme_of, space
from curator.ui.views.markdown import is_web
from curator.ui.views.prose import clear_pixel, prose_width

MARGIN = space(8)
WIDEST = 1.4  # times the prose column: tables want more room than sentences


class PageView(QTextBrowser):
    """Shows pages of the guide. Nothing is fetched: a picture is a file of `resources/screenshots` or one clear pixel.

    `page_wanted(name, anchor)` comes with a link to another page, `link_wanted(address)` with one that leads out.
    """

    page_wanted = Signal(str, str)
    link_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page: Page | None = None
        self._shown: QTextDocument | None = None
        self._made_for = (0, False, "")
        self._wells = list[QRectF]()  # below the runs of code, in the document's coordinates
        self._words = ""
        self._pictures = Pictures()
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setAcceptDrops(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        self.viewport().setAutoFillBackground(False)
        self.setViewportMargins(MARGIN, 0, space(2), 0)
        self.setAccessibleName("Page of the guide")
        self.anchorClicked.connect(self._on_anchor_clicked)
        self._again = QTimer(self, singleShot=True, interval=0)
        self._again.timeout.connect(self._on_again)
        tint(self, QPalette.ColorRole.Base, "base")

    def show_page(self, page: Page, anchor: str = "", height: int = -1) -> None:
        """Show a page from a heading on, or at a height where it was left before."""
        if page is not self.page:
            self.page = page
            self._compose()
        self.go_to(anchor, height)

    def go_to(self, anchor: str, height: int = -1) -> None:
        """Scroll to a heading, to a height, or to the top."""
        self._lay_out()
        block = self._heading(anchor)
        at_top = QTextCursor(self.document()) if block is None else QTextCursor(block)
        self.setTextCursor(at_top)  # from here Tab goes on to the next link
        if height >= 0:
            self.verticalScrollBar().setValue(height)
        elif block is not None:
            self._scroll_to(block)
        else:
            self.verticalScrollBar().setValue(0)

    def height_now(self) -> int:
        """How far down the page is."""
        return self.verticalScrollBar().value()

    def highlight(self, words: str) -> int:
        """Mark the words that were searched for; returns how many places there are."""
        self._words = words
        found = list[QTextEdit.ExtraSelection]()
        face = QTextCharFormat()
        face.setBackground(scheme_of(self).color("heat", 0.38))
        face.setForeground(scheme_of(self).color("text"))
        block = self.document().begin()
        while block.isValid():
            for start, end in places_of(block.text(), words):
                selection = QTextEdit.ExtraSelection()
                cursor = QTextCursor(block)
                cursor.setPosition(block.position() + start)
                cursor.setPosition(block.position() + end, QTextCursor.MoveMode.KeepAnchor)
                selection.cursor, selection.format = cursor, face
                found.append(selection)
            block = block.next()
        self.setExtraSelections(found)
        return len(found)

    def column(self) -> int:
        """The width of the text in pixels; the same with a scroll bar and without."""
        room = self.width() - MARGIN - space(6) - self.verticalScrollBar().sizeHint().width()
        return max(200, min(room, round(prose_width() * WIDEST)))

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """A picture of the guide, as wide as the column at most; one clear pixel for everything else."""
        address = QUrl(name)
        file = Path(address.path()).name
        shown = None
        if address.isRelative() and file.endswith(".png"):
            shown = self._pictures.take(file, self.column(), scheme_of(self), self.devicePixelRatioF())
        return clear_pixel() if shown is None else shown

    def doSetSource(
        self, name: QUrl | str, kind: QTextDocument.ResourceType = QTextDocument.ResourceType.UnknownResource
    ) -> None:
        """Pages come by `show_page` alone."""

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = QPainter(self.viewport()), scheme_of(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.fillRect(event.rect(), s.color("base"))
        p.translate(0, -self.verticalScrollBar().value())
        p.setPen(QPen(s.color("line"), 1))
        p.setBrush(s.color("sunken"))
        for well in self._wells:
            p.drawRoundedRect(well.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        p.end()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._again.start()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            tint(self, QPalette.ColorRole.Base, "base")
            self._again.start()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._again.start()
        return super().event(event)

    def _compose(self) -> None:
        if self.page is None:
            return
        doc = QTextDocument(self)
        self._made_for = self._made_for_now()
        width = self.column()
        compose(doc, self.page, scheme_of(self), lambda name: self._pictures.size(Path(name).name, width))
        self.setLineWrapColumnOrWidth(self.column())
        old, self._shown = self._shown, doc
        self.setDocument(doc)  # only now is anything laid out, and once
        if old is not None:
            old.deleteLater()
        self.highlight(self._words)

    def _on_again(self) -> None:
        """Another width or appearance: compose anew, and keep the line that stands at the top."""
        if self.page is None or self._made_for == self._made_for_now():
            return
        at = self.cursorForPosition(QPoint(0, space(3))).position()
        is_at_top = self.verticalScrollBar().value() == 0
        self._compose()
        self._lay_out()
        if not is_at_top:
            self._scroll_to(self.document().findBlock(at))

    def _made_for_now(self) -> tuple[int, bool, str]:
        return self.column(), scheme_of(self).is_dark, font("reading").key()

    def _scroll_to(self, block: QTextBlock) -> None:
        top = self.document().documentLayout().blockBoundingRect(block).top()
        self.verticalScrollBar().setValue(round(top) - space(4))

    def _lay_out(self) -> None:
        """Have the whole page laid out now: heights are asked for at once."""
        layout = self.document().documentLayout()
        layout.documentSize()
        self._wells = []
        block = self.document().begin()
        while block.isValid():
            if is_code_line(block):
                lines = layout.blockBoundingRect(block)
                if is_code_line(block.previous()):
                    self._wells[-1].setBottom(lines.bottom() + WELL)
                else:
                    self._wells.append(QRectF(0, lines.top() - WELL, self.column(), lines.height() + 2 * WELL))
            block = block.next()
        self.viewport().update()

    def _heading(self, anchor: str) -> QTextBlock | None:
        block = self.document().begin()
        while anchor and block.isValid():
            names = [name for run in block.textFormats() for name in run.format.anchorNames()]
            if anchor in names:
                return block
            block = block.next()
        return None

    def _on_anchor_clicked(self, address: QUrl) -> None:
        if is_web(address.toString()):
            self.link_wanted.emit(address.toString())
        elif address.isRelative():
            name = Path(address.path()).stem or (self.page.name if self.page else "")
            self.page_wanted.emit(name, address.fragment())
