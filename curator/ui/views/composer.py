"""Blocks set as a document: faces, leading, gaps and wells, and the marks that go with them."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)

from curator.ui.theme import code_font, font
from curator.ui.views.markdown import Block, Span, lines_of_code, read_blocks
from curator.ui.views.prose import CODE_LINE, CONTINUES, OVERSCAN
from curator.ui.views.washes import Mark

LEADING = 150  # percent of the font's own height
GAP = 10
_CODE_LEADING = 128
_HEADINGS = {1: "heading", 2: "heading", 3: "strong"}
Faces = dict[tuple[bool, bool, bool, bool, str, str, int], QTextCharFormat]
"""One for each face in use: making fonts is slow."""
_PROPORTIONAL = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value


def compose(text: str, typed: bool = False, role: str = "reading") -> tuple[QTextDocument, list[Mark]]:
    """An answer (or, `typed`, a prompt) as a document with the marks of its code and its links."""
    composer = Composer(read_blocks(text, typed), role)
    composer.fill()
    return composer.doc, composer.marks


class Composer:
    """Sets blocks into a document, all at once or slice by slice while the document is shown already.

    `marks` are those of code and links in what is set so far; `is_whole` says that nothing is left.
    """

    def __init__(self, blocks: Iterable[Block], role: str = "reading") -> None:
        self.doc = new_document(role)
        self.marks: list[Mark] = []
        self.is_whole = False
        self._blocks, self._role = iter(blocks), role
        self._before: Block | None = None
        self._next = next(self._blocks, None)
        self._faces: Faces = {}
        self._wells = 0

    def fill(self, characters: int = sys.maxsize) -> bool:
        """Set blocks until about so many more characters are in the document; whether all is set then."""
        cursor = QTextCursor(self.doc)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        start = cursor.position()
        cursor.beginEditBlock()
        while (block := self._next) is not None and cursor.position() - start < characters:
            self._next = next(self._blocks, None)
            if block.kind == "code" and not _goes_on(self._before, block):
                self._wells += 1
            _begin(cursor, _block_shape(block, self._before, self._next, self._wells))
            _fill(cursor, block, self._role, self.marks, self._faces)
            if block.kind == "item" and cursor.block().textDirection() == Qt.LayoutDirection.RightToLeft:
                _turn(cursor)
            self._before = block
        cursor.endEditBlock()
        self.is_whole = self._next is None
        return self.is_whole


def compose_code(text: str, role: str = "small") -> tuple[QTextDocument, list[Mark]]:
    """Tool output: lines in the code font, with nothing read into them."""
    doc = new_document(role)
    doc.setDefaultFont(code_font(role))
    cursor = QTextCursor(doc)
    for block in lines_of_code(text):
        shape = _shape(_CODE_LEADING, 0)
        if block.continues:
            shape.setProperty(CONTINUES, True)
        _begin(cursor, shape)
        cursor.insertText("".join(span.text for span in block.spans), QTextCharFormat())
    return doc, []


def new_document(role: str) -> QTextDocument:
    """An empty document in one step of the type scale, whose lines may break anywhere they must."""
    doc = QTextDocument()
    doc.setUndoRedoEnabled(False)
    doc.setDocumentMargin(0)
    doc.setDefaultFont(font(role))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    doc.setDefaultTextOption(option)
    frame = doc.rootFrame().frameFormat()
    frame.setLeftMargin(OVERSCAN)
    frame.setRightMargin(OVERSCAN)
    doc.rootFrame().setFrameFormat(frame)
    return doc


def _begin(cursor: QTextCursor, shape: QTextBlockFormat) -> None:
    if cursor.position() == 0 and cursor.block().blockFormat().lineHeightType() == 0:
        cursor.setBlockFormat(shape)
    else:
        cursor.insertBlock(shape, QTextCharFormat())


def _shape(leading: float, below: float) -> QTextBlockFormat:
    shape = QTextBlockFormat()
    shape.setLineHeight(leading, _PROPORTIONAL)
    shape.setBottomMargin(below)
    return shape


def _block_shape(block: Block, before: Block | None, after: Block | None, well: int) -> QTextBlockFormat:
    """Gaps between blocks of a kind are smaller than between kinds; a broken line has none."""
    if block.kind == "code":
        shape = _shape(_CODE_LEADING, 0 if after is not None and _goes_on(block, after) else 8 + GAP)
        above = 16 + GAP if before is not None and before.kind == "code" else 8 + GAP  # below the edge of its well
        shape.setTopMargin(8 + 2 if before is None else 0 if _goes_on(before, block) else above)
        shape.setLeftMargin(12)
        shape.setRightMargin(12)
        shape.setProperty(CODE_LINE, well)
    else:
        tight = after is not None and (after.continues or (block.kind == "item" and after.kind == "item"))
        below: float = 0 if after is None or after.continues else 4 if tight else GAP
        shape = _shape(LEADING, below)
        if block.kind == "heading":
            shape.setTopMargin(14 if before is not None else 0)
            shape.setBottomMargin(4)
        elif block.kind == "item":
            shape.setLeftMargin(20 + 20 * block.level)
            shape.setTextIndent(-20 if block.marker else 0)
            shape.setTabPositions([QTextOption.Tab(20, QTextOption.TabType.LeftTab)])
        elif block.kind == "quote":
            shape.setLeftMargin(14)
            shape.setProperty(CODE_LINE, "quote")
        elif block.kind == "rule":
            shape.setProperty(CODE_LINE, "rule")
    if block.continues:
        shape.setProperty(CONTINUES, True)
    return shape


def _turn(cursor: QTextCursor) -> None:
    """An item read from right to left hangs at the right: Qt mirrors its indent and its tab, and not its margins."""
    shape = cursor.blockFormat()
    shape.setRightMargin(shape.leftMargin())
    shape.setLeftMargin(0)
    shape.setTabPositions([QTextOption.Tab(20, QTextOption.TabType.RightTab)])
    cursor.setBlockFormat(shape)


def _goes_on(before: Block | None, block: Block) -> bool:
    """Whether a line stands in the well of the line before it."""
    return before is not None and before.kind == block.kind == "code" and not block.begins


def _fill(cursor: QTextCursor, block: Block, role: str, marks: list[Mark], faces: Faces) -> None:
    if block.marker:
        cursor.insertText(f"{block.marker}\t", QTextCharFormat())
    for span in block.spans:
        start = cursor.position()
        heading = block.level if block.kind == "heading" else 0
        key = (span.is_bold, span.is_italic, span.is_code, span.is_struck, span.link, block.kind, heading)
        face = faces.get(key)
        if face is None:
            face = faces[key] = _face(span, block, role)
        cursor.insertText(span.text.replace("\n", "\u2028"), face)
        if span.is_code and block.kind != "code":
            marks.append(Mark(start, cursor.position(), "code"))
        if span.link:
            marks.append(Mark(start, cursor.position(), "link"))


def _face(span: Span, block: Block, role: str) -> QTextCharFormat:
    face = QTextCharFormat()
    if block.kind == "heading":
        face.setFont(font(_HEADINGS.get(block.level, "strong")))
    if span.is_code:
        face.setFont(code_font("small" if block.kind == "code" else role))
    if span.is_bold:
        face.setFontWeight(QFont.Weight.DemiBold)
    if span.is_italic:
        face.setFontItalic(True)
    if span.is_struck:
        face.setFontStrikeOut(True)
    if span.link:
        face.setAnchor(True)
        face.setAnchorHref(span.link)
        face.setFontUnderline(True)
    return face
