"""A page of the guide as a laid-out document in the window's own type, inks and distances."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QSizeF
from PySide6.QtGui import (
    QFontDatabase,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrame,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)

from curator.services.help import Page
from curator.ui.theme import Scheme, font, space

_ROLES = {1: "title", 2: "heading", 3: "strong"}
_ABOVE = {1: 0, 2: 7, 3: 5}  # grid units above a heading
_LEADING = 150.0
WELL = space(2)  # above and below the lines of a well
_DIALECT = QTextDocument.MarkdownFeature.MarkdownDialectGitHub


def compose(doc: QTextDocument, page: Page, scheme: Scheme, size_of: Callable[[str], QSizeF]) -> None:
    """Fill `doc` with the page. Headings get the anchors of the page's sections; Qt's own reader of Markdown gives
    none. Pictures keep their address: whoever shows the document answers for them. `size_of(address)` says how much
    room each takes, so that none has to be loaded before it is seen."""
    doc.setDefaultFont(font("reading"))
    doc.setDocumentMargin(0)
    doc.setIndentWidth(space(5))
    doc.setMarkdown(page.text, _DIALECT)
    frame = doc.rootFrame().frameFormat()
    frame.setTopMargin(space(6))
    frame.setBottomMargin(space(12))
    doc.rootFrame().setFrameFormat(frame)
    anchors = iter([section.anchor for section in page.sections])
    for block in _blocks(doc):
        _dress(block, scheme, anchors)
    for table in _tables(doc.rootFrame()):
        _rule(table, scheme)
    _describe_pictures(doc, scheme, size_of)


def _blocks(doc: QTextDocument) -> Iterator[QTextBlock]:
    block = doc.begin()
    while block.isValid():
        yield block
        block = block.next()


def _tables(frame: QTextFrame) -> Iterator[QTextTable]:
    for child in frame.childFrames():
        if isinstance(child, QTextTable):
            yield child
        yield from _tables(child)


def _dress(block: QTextBlock, scheme: Scheme, anchors: Iterator[str]) -> None:
    cursor, shape = QTextCursor(block), block.blockFormat()
    level, is_code = shape.headingLevel(), is_code_line(block)
    in_table = cursor.currentTable() is not None
    if level:
        shape.setTopMargin(space(_ABOVE.get(level, 5)))
        shape.setBottomMargin(space(2))
    elif is_code:
        shape.setLeftMargin(space(3))
        shape.setRightMargin(space(3))
        shape.setTopMargin(0 if is_code_line(block.previous()) else space(2) + WELL)  # of two margins the larger counts
        shape.setBottomMargin(0 if is_code_line(block.next()) else space(2.5) + WELL)
        shape.setNonBreakableLines(False)
    elif in_table:
        shape.setTopMargin(0)
        shape.setBottomMargin(0)
    else:
        shape.setTopMargin(0)
        shape.setBottomMargin(space(1.5 if block.textList() else 2.5))
    if not level and not _is_picture(block):  # a line's height would leave a gap above a picture
        leading = 135.0 if is_code or in_table else _LEADING
        shape.setLineHeight(leading, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    cursor.setBlockFormat(shape)
    _dress_words(block, scheme, level, in_table, next(anchors, "") if level else "")


def _dress_words(block: QTextBlock, scheme: Scheme, level: int, in_table: bool, anchor: str) -> None:
    role = _ROLES.get(level, "strong") if level else ("small" if in_table else "reading")
    for start, length, face in list(_runs(block)):
        if face.isImageFormat():
            continue
        fresh = QTextCharFormat(face)
        fresh.clearProperty(QTextFormat.Property.FontSizeAdjustment)  # Qt's own sizes of headings
        in_well = is_code_line(block)
        is_code, is_bold = in_well or face.fontFixedPitch(), face.fontWeight() > 500 or bool(level)
        type_ = font("small" if in_well else role)
        if is_code:
            fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            fixed.setPointSizeF(type_.pointSizeF() * 0.94)
            type_ = fixed
        elif is_bold and not level:
            type_.setWeight(type_.Weight.DemiBold)
        type_.setItalic(face.fontItalic())
        fresh.setFont(type_, QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesAll)
        fresh.setForeground(scheme.color("accent_text" if face.isAnchor() else "text"))
        if is_code and not in_well:
            fresh.setBackground(scheme.color("sunken"))
        if anchor:
            fresh.setAnchorNames([anchor])
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + start)
        cursor.setPosition(block.position() + start + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(fresh)


def _runs(block: QTextBlock) -> Iterator[tuple[int, int, QTextCharFormat]]:
    for run in block.textFormats():
        yield run.start, run.length, QTextCharFormat(run.format)  # a copy: the run itself goes with the loop


def is_code_line(block: QTextBlock) -> bool:
    """Whether it is a line of fenced code: such lines stand in a well, which whoever shows the document paints."""
    return block.isValid() and block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence)


def _is_picture(block: QTextBlock) -> bool:
    return any(face.isImageFormat() for _, _, face in _runs(block))


def _rule(table: QTextTable, scheme: Scheme) -> None:
    """Hairlines between the rows and none between the columns, the head strong and quiet."""
    shape = table.format()
    shape.setBorder(0)
    shape.setBorderCollapse(True)
    shape.setCellPadding(space(1.5))
    shape.setCellSpacing(0)
    shape.setTopMargin(space(1))
    shape.setBottomMargin(space(4))
    shape.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    table.setFormat(shape)
    for row in range(table.rows()):
        for at in range(table.columns()):
            cell = table.cellAt(row, at)
            face = cell.format().toTableCellFormat()
            face.setBottomBorder(1)
            face.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            face.setBottomBorderBrush(scheme.color("line_strong" if row == 0 else "line"))
            face.setLeftPadding(0 if at == 0 else space(2))
            cell.setFormat(face)


def _describe_pictures(doc: QTextDocument, scheme: Scheme, size_of: Callable[[str], QSizeF]) -> None:
    """Give each picture its room. Below it stand the words that describe it, small: for those who see it and those
    who don't."""
    found = [block.position() for block in _blocks(doc) if _is_picture(block)]
    for position in reversed(found):
        block = doc.findBlock(position)
        start, _, face = next(run for run in _runs(block) if run[2].isImageFormat())
        picture = face.toImageFormat()
        words, size = str(picture.property(QTextFormat.Property.ImageAltText) or ""), size_of(picture.name())
        cursor = QTextCursor(block)
        if not size.isEmpty():
            picture.setWidth(size.width())
            picture.setHeight(size.height())
            cursor.setPosition(block.position() + start)
            cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(picture)
        if not words:
            continue
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
        shape = block.blockFormat()
        shape.setTopMargin(space(1.5))
        shape.setBottomMargin(space(5))
        quiet = QTextCharFormat()
        quiet.setFont(font("small"), QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesAll)
        quiet.setForeground(scheme.color("text3"))
        cursor.insertBlock(shape, quiet)
        cursor.insertText(words, quiet)
