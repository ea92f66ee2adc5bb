"""The changes of one side of a row: added words green, removed words red and struck, a bar at changed lines."""

from __future__ import annotations

from itertools import zip_longest

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit, QWidget

from curator.ui.theme import scheme_of
from curator.ui.views.row_field import LONGEST_EDITED, PART, FramedText
from curator.ui.views.washes import Mark, edited_lines
from curator.ui.views.word_diff import Piece, word_diff

LONGEST = 200_000  # characters of both texts that are shown compared
_TAIL = "\n… the rest is too long to be compared here."


class ReadField(FramedText):
    """A side of a row that is only read."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setReadOnly(True)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)

    def set_text(self, text: str) -> None:
        """Show a text as it is; of a very long one its first part."""
        self.set_plain(text if len(text) <= LONGEST_EDITED else text[:PART] + "\n…")


class ChangesView(ReadField):
    """The word diff of a text and what became of it, to be read and copied."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.pieces: list[Piece] = []

    def show_changes(self, before: str, after: str) -> None:
        """Show what was taken out of `before` and put in to make `after`."""
        is_long = len(before) + len(after) > LONGEST
        if is_long:
            before, after = before[: LONGEST // 2], after[: LONGEST // 2]
        self.pieces = word_diff(before, after)
        bar = self.verticalScrollBar().value()
        self.marks = []
        doc = self.fresh_document()
        cursor = QTextCursor(doc)
        cursor.beginEditBlock()
        for piece, following in zip_longest(self.pieces, self.pieces[1:]):
            struck = QTextCharFormat()
            struck.setFontStrikeOut(piece.kind == "was")
            words = piece.text.rstrip()
            start = cursor.position()
            cursor.insertText(words, struck)
            if piece.kind != "same" and words:
                said = "Taken out" if piece.kind == "was" else "Put in"
                self.marks.append(Mark(start, cursor.position(), piece.kind, said))
            runs_on = piece.kind == "was" and words == piece.text and following is not None and following.kind == "now"
            cursor.insertText(piece.text[len(words) :] + (" " if runs_on else ""), QTextCharFormat())
        if is_long:
            cursor.insertText(_TAIL, QTextCharFormat())
        cursor.endEditBlock()
        self.show_fresh(doc, max(map(len, doc.toRawText().split("\u2029")), default=0))
        self._ink()
        self._place_bars()
        self.verticalScrollBar().setValue(bar)
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._ink()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_bars()

    def _place_bars(self) -> None:
        self.bars = edited_lines(self.document(), self.marks)

    def _ink(self) -> None:
        red = QTextCharFormat()
        red.setForeground(scheme_of(self).color("bad"))
        inks = list[QTextEdit.ExtraSelection]()
        for mark in self.marks:
            if mark.kind != "was":
                continue
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.document())
            cursor.setPosition(mark.start)
            cursor.setPosition(mark.end, QTextCursor.MoveMode.KeepAnchor)
            selection.cursor, selection.format = cursor, red
            inks.append(selection)
        self.setExtraSelections(inks)
