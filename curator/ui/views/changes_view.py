"""The changes of one side of a row: added words green, removed words red and struck, a bar at changed lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from curator.ui.theme import scheme_of
from curator.ui.views.markdown import LONGEST_LINE
from curator.ui.views.row_field import LONGEST_EDITED, LONGEST_WRAPPED, PART, FramedText
from curator.ui.views.washes import Mark, edited_lines
from curator.ui.views.word_diff import Piece, word_diff

LONGEST = 200_000  # characters of both texts that are shown compared
SLICE = 500  # pieces that are set in one turn of the event loop: some 15 ms
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
    """The word diff of a text and what became of it, to be read and copied.

    The beginning is there at once; of very many changes the rest follows slice by slice.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.pieces: list[Piece] = []
        self._rest: Iterator[tuple[Piece, Piece]] | None = None
        self._is_long = False
        self._place = 0  # where the bar stood, as long as the text does not reach down to it again
        self._red = scheme_of(self).color("bad")
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._grow)

    @property
    def is_whole(self) -> bool:
        """Whether all of the changes are set."""
        return self._rest is None

    def show_changes(self, before: str, after: str) -> None:
        """Show what was taken out of `before` and put in to make `after`."""
        self._is_long = len(before) + len(after) > LONGEST
        if self._is_long:
            before, after = before[: LONGEST // 2], after[: LONGEST // 2]
        self.pieces = word_diff(before, after)
        self._set()

    def bars_in(self, area: QRectF) -> list[tuple[float, float]]:
        return edited_lines(self.document(), self.marks, area)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._red != scheme_of(self).color("bad"):
            self._set()

    def _set(self) -> None:
        """Begin to set the pieces in a fresh document."""
        self._place = self.verticalScrollBar().value()
        self._red = scheme_of(self).color("bad")
        self.marks = []
        longest = max(map(len, "".join(piece.text for piece in self.pieces).split("\n")))
        if longest > LONGEST_WRAPPED:
            pieces, longest = _broken(self.pieces), LONGEST_LINE
        else:
            pieces = self.pieces
        self._rest = pairwise([*pieces, Piece("same", "")])
        doc = self.fresh_document()
        self._fill(QTextCursor(doc))
        self.show_fresh(doc, longest)
        self.setUndoRedoEnabled(False)
        self._go_back()
        if self.is_whole:
            self._turn.stop()
        else:
            self._turn.start()

    def _grow(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        self._fill(cursor)
        self._go_back()
        if self.is_whole:
            self._turn.stop()

    def _fill(self, cursor: QTextCursor) -> None:
        """Set the next slice of the pieces at the end of the document."""
        if self._rest is None:
            return
        cursor.beginEditBlock()
        plain, struck = QTextCharFormat(), QTextCharFormat()
        struck.setFontStrikeOut(True)
        struck.setForeground(self._red)
        taken = list(islice(self._rest, SLICE))
        for piece, following in taken:
            words = piece.text.rstrip()
            start = cursor.position()
            cursor.insertText(words, struck if piece.kind == "was" else plain)
            if piece.kind != "same" and words:
                said = "Taken out" if piece.kind == "was" else "Put in"
                self.marks.append(Mark(start, cursor.position(), piece.kind, said))
            runs_on = piece.kind == "was" and words == piece.text and following.kind == "now"
            cursor.insertText(piece.text[len(words) :] + (" " if runs_on else ""), plain)
        if len(taken) < SLICE:
            self._rest = None
            if self._is_long:
                cursor.insertText(_TAIL, plain)
        cursor.endEditBlock()
        self.viewport().update()

    def _go_back(self) -> None:
        """Scroll to where the text stood before, as far as it is set."""
        if self._place:
            bottom = QPointF(0, self._place + self.viewport().height())
            self.document().documentLayout().hitTest(bottom, Qt.HitTestAccuracy.FuzzyHit)  # lays out down to there
            self.verticalScrollBar().setValue(self._place)
            if self.is_whole or self.verticalScrollBar().value() == self._place:
                self._place = 0


def _broken(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces with their lines broken, where they can be at spaces: laying out one long line takes quadratic time."""
    out, column = list[Piece](), 0
    for piece in pieces:
        head, *more = piece.text.split("\n")
        if column and column + len(head) > LONGEST_LINE and " " not in head[: LONGEST_LINE - column]:
            out.append(Piece("same", "\n"))
            column = 0
        lines = list[str]()
        for line in (head, *more):
            rest = line
            while column + len(rest) > LONGEST_LINE:
                at = rest.rfind(" ", 0, LONGEST_LINE - column) + 1 or LONGEST_LINE - column
                lines.append(rest[:at])
                rest, column = rest[at:], 0
            lines.append(rest)
            last, column = column + len(rest), 0
        out.append(Piece(piece.kind, "\n".join(lines)))
        column = last
    return out
