"""A line of text to type in."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QLineEdit, QSizePolicy

from curator.ui.planes import LEFT, RIGHT, paint_icon, smooth
from curator.ui.theme import RADIUS, font, growth, metrics, scheme_of, space, tall


class Field(QLineEdit):
    """A line of text with an icon, a hint and the key that leads here. `left` comes with Esc on an empty field."""

    left = Signal()

    def __init__(self, hint: str, key: str = "", width: int = 0, icon: str = "search") -> None:
        super().__init__()
        self.hint, self.key, self.icon = hint, key, icon
        self.setFont(font("body"))
        self.setFrame(False)
        self._drawn = width
        self.setAccessibleName(hint.rstrip("…"))
        self.setTextMargins(25 if icon else 6, 0, 4, 0)
        if not width:
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._fit()
        self._clear_base()

    def set_hint(self, hint: str) -> None:
        """Other words for the empty field."""
        self.hint = hint
        self.setAccessibleName(hint.rstrip("…"))
        self.update()

    def _fit(self) -> None:
        self.setFixedHeight(tall(space(7), "body"))
        if self._drawn:
            self.setFixedWidth(round(self._drawn * growth()))

    def _clear_base(self) -> None:
        if self.palette().color(QPalette.ColorRole.Base).alpha():
            fresh = QPalette()
            fresh.setColor(QPalette.ColorRole.Base, QColor(0, 0, 0, 0))
            self.setPalette(fresh)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._clear_base()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.setFont(font("body"))
            self._fit()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.text():
                self.clear()
            else:
                self.left.emit()
            return
        super().keyPressEvent(event)

    @property
    def shows_key(self) -> bool:
        """Whether there is room for the key beside the hint."""
        words = metrics("small").horizontalAdvance(self.hint) + metrics("caption").horizontalAdvance(self.key)
        return bool(self.key) and (28 if self.icon else 10) + words + 8 + 9 <= self.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s, focus = smooth(self), scheme_of(self), self.hasFocus()
        r = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        p.setPen(QPen(s.color("accent"), 2) if focus else QPen(s.color("line"), 1))
        p.setBrush(s.color("base") if focus else s.color("text", 0.05 if s.is_dark else 0.035))
        p.drawRoundedRect(r.adjusted(0.5, 0.5, -0.5, -0.5) if focus else r, RADIUS, RADIUS)
        if self.icon:
            paint_icon(p, self.icon, 15, self.height() / 2, 14, s.color("text3"))
        if not self.text():
            p.setFont(font("small"))
            p.setPen(s.color("text3"))
            x = 28 if self.icon else 10
            p.drawText(QRectF(self.rect()).adjusted(x, 0, -8, 0), LEFT, self.hint)
            if self.shows_key:
                p.setFont(font("caption"))
                p.drawText(QRectF(self.rect()).adjusted(0, 0, -9, 0), RIGHT, self.key)
        p.end()
        super().paintEvent(event)
