"""What is chosen from or ticked: a row of segments, and the checks of a row."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QRadioButton, QWidget

from curator.ui.focus import KeyboardFocus, paint_ring
from curator.ui.heard import HeardByAll
from curator.ui.planes import CENTRE, LEFT, RIGHT, paint_icon, smooth
from curator.ui.theme import RADIUS, font, scheme_of, space, tall


class _Segment(HeardByAll, KeyboardFocus, QRadioButton):
    """One choice of `Segments`: a radio button for the keyboard and the screen reader, a pill for the eye."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self.setAccessibleName(name)
        self.setFont(font("small-strong"))

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s, on = smooth(self), scheme_of(self), self.isChecked()
        if on:
            p.setPen(QPen(s.color("line_strong"), 1))
            p.setBrush(s.color("raised"))
            p.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS - 2, RADIUS - 2)
        p.setFont(self.font())
        p.setPen(s.color("disabled" if not self.isEnabled() else "text" if on else "text2"))
        p.drawText(QRectF(self.rect()), CENTRE, self.text())
        if self.shown_focus:
            paint_ring(p, self, RADIUS - 2)


class Segments(QWidget):
    """A row of exclusive choices on one track; arrow keys move, `chosen` says which by a person's hand."""

    chosen = Signal(int)

    def __init__(self, names: list[str], current: int = 0, small: bool = True) -> None:
        super().__init__()
        self.names = names
        self._buttons = [_Segment(name, self) for name in names]
        height, x = tall(space(6 if small else 7), "small-strong"), 2
        for i, button in enumerate(self._buttons):
            width = round(QFontMetricsF(button.font()).horizontalAdvance(names[i])) + 20
            button.setGeometry(x, 2, width, height - 4)
            button.setChecked(i == current)
            button.clicked.connect(lambda _on=False, i=i: self.chosen.emit(i))
            x += width
        self.setFixedSize(x + 2, height)
        self.setAccessibleName(", ".join(names))

    @property
    def current(self) -> int:
        """Which choice is on."""
        return next((i for i, b in enumerate(self._buttons) if b.isChecked()), -1)

    def set_current(self, index: int) -> None:
        """Choose without saying so."""
        self._buttons[index].setChecked(True)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.current >= 0:
            self._buttons[self.current].setFocus(event.reason())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if not step:
            super().keyPressEvent(event)
            return
        button = self._buttons[(self.current + step) % len(self._buttons)]
        button.setFocus(Qt.FocusReason.TabFocusReason)
        button.click()

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(s.color("text", 0.08 if s.is_dark else 0.06))
        p.drawRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)


class Check(HeardByAll, KeyboardFocus, QCheckBox):
    """One of the three checks of a row: its key, its name, its tick."""

    def __init__(self, key: str, name: str, on: bool = False) -> None:
        super().__init__(name)
        self.key, self.name = key, name
        self.setChecked(on)
        self.setAccessibleName(name)
        self.is_brief = False
        self.set_brief(False)

    def set_brief(self, brief: bool) -> None:
        """Whether it shows its name alone, where there is no room for the key beside it."""
        self.is_brief = brief
        w = QFontMetricsF(font("small-strong")).horizontalAdvance(self.name)
        key = 0.0 if brief else QFontMetricsF(font("caption")).horizontalAdvance(self.key) + 7
        self.setFixedSize(round(w + key) + 40, tall(28, "small-strong"))

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s, on = smooth(self), scheme_of(self), self.isChecked()
        ink = s.color("disabled" if not self.isEnabled() else "good" if on else "text2")
        p.setPen(QPen(s.color("good", 0.35) if on else s.color("line_strong"), 1))
        if on:
            p.setBrush(s.color("good_wash"))
        elif self.underMouse():
            p.setBrush(s.color("hover"))
        else:
            p.setBrush(Qt.BrushStyle.NoBrush)
        p.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        mark = "check-circle" if on else "circle"
        paint_icon(p, mark, 16, self.height() / 2, 16, ink if on else s.color("text3"))
        p.setFont(font("small-strong"))
        p.setPen(ink)
        p.drawText(QRectF(30, 0, self.width() - 30, self.height()), LEFT, self.name)
        if not self.is_brief:
            p.setFont(font("caption"))
            p.setPen(s.color("good") if on else s.color("text3"))
            p.drawText(QRectF(0, 0, self.width() - 9, self.height()), RIGHT, self.key)
        if self.shown_focus:
            paint_ring(p, self)
