"""Where a row came from: a file's icon and its words, at the right edge, shortened where the room is small."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from curator.ui.controls import RIGHT, paint_icon, smooth
from curator.ui.theme import font, scheme_of, tall

_ICON = 14
_GAP = 6


class SourceLine(QWidget):
    """File, lines, and what became of the original."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.setFixedHeight(tall(24, "small"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        """Other words; they are whole in the tooltip and for a screen reader."""
        self.text = text
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        p.setFont(font("small"))
        p.setPen(s.color("text3"))
        metrics = QFontMetricsF(p.font())
        room = self.width() - _ICON - _GAP
        if room < 40:
            return
        shown = metrics.elidedText(self.text, Qt.TextElideMode.ElideRight, room)
        p.drawText(QRectF(self.rect()), RIGHT, shown)
        x = self.width() - metrics.horizontalAdvance(shown) - _GAP - _ICON
        paint_icon(p, "file", x + _ICON / 2, self.height() / 2, _ICON, s.color("text3"))
