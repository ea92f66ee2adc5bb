"""Small words in a rounded badge, and the tags a person gave."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from curator.ui.focus import paint_ring
from curator.ui.planes import LEFT, paint_icon, smooth
from curator.ui.theme import font, scheme_of, tall


def pill_width(text: str, icon: bool = True) -> float:
    """How wide a badge with these words is."""
    return QFontMetricsF(font("caption")).horizontalAdvance(text) + 12 + (14 if icon else 0)


def paint_pill(
    p: QPainter, x: float, y: float, text: str, ink: QColor, wash: QColor, icon: str = "", height: float = 18
) -> float:
    """A small rounded badge; returns its width."""
    w = pill_width(text, bool(icon))
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(wash)
    p.drawRoundedRect(QRectF(x, y, w, height), height / 2 if not icon else 5, height / 2 if not icon else 5)
    if icon:
        paint_icon(p, icon, x + 11, y + height / 2, 12, ink)
    p.setFont(font("caption"))
    p.setPen(ink)
    p.drawText(QRectF(x + (19 if icon else 6), y, w, height), LEFT, text)
    return w


class Tag(QWidget):
    """A tag the person gave: a hairline pill; a removable one shows a cross when it is hovered or has focus.

    `removed(text)` comes from a press on it, or from Delete and Backspace while it has focus.
    """

    removed = Signal(str)

    def __init__(self, text: str, ink: str = "text2", wash: str = "", icon: str = "", removable: bool = False) -> None:
        super().__init__()
        self.text, self.ink, self.wash, self.icon, self.removable = text, ink, wash, icon, removable
        self._hovered = False
        self.setFixedSize(round(pill_width(text, bool(icon))) + 4 + (12 if removable else 0), tall(20, "caption"))
        self.setAccessibleName(f"Tag {text}" if removable else text)
        if removable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setAccessibleDescription("Delete takes it off")
            self.setToolTip(f"Take “{text}” off")

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = False
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        is_inside = self.rect().contains(event.position().toPoint())
        if self.removable and is_inside and event.button() == Qt.MouseButton.LeftButton:
            self.removed.emit(self.text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Space)
        if self.removable and event.key() in keys:
            self.removed.emit(self.text)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if self.removable and event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            taken = event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Space)
            event.setAccepted(taken)  # these keys mean this tag while it has focus
            if taken:
                return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        r = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.wash:
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(s.color(self.wash))
        else:
            p.setPen(QPen(s.color("line_strong"), 1))
            p.setBrush(Qt.BrushStyle.NoBrush)
        radius = self.height() / 2 if not self.icon else 5
        p.drawRoundedRect(r, radius, radius)
        x = 8
        if self.icon:
            paint_icon(p, self.icon, 12, self.height() / 2, 12, s.color(self.ink))
            x = 21
        p.setFont(font("caption"))
        p.setPen(s.color(self.ink))
        p.drawText(QRectF(x, 0, self.width(), self.height()), LEFT, self.text)
        if self.removable:
            quiet = 1.0 if self._hovered or self.hasFocus() else 0.35
            paint_icon(p, "x", self.width() - 12, self.height() / 2, 10, s.color("text3", quiet))
        if self.hasFocus():
            paint_ring(p, self, radius)
