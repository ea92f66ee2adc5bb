"""One part of a script: the speaker in the margin, what was said in the column."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from curator.ui.controls import LEFT, Button, smooth
from curator.ui.theme import font, metrics, scheme_of
from curator.ui.views.prose import OVERSCAN

GUTTER = 112
MARGIN = 24


def gutter() -> int:
    """The width of the margin in which the speaker stands: large text needs more."""
    return max(GUTTER, MARGIN + OVERSCAN + round(metrics("small-strong").horizontalAdvance("Assistant")) + 8)


class Said(Protocol):
    """Anything that takes the width of the column."""

    def set_width(self, width: int) -> None:
        """Take this width, and the height that follows from it."""


class Speaker(QWidget):
    """The name in the margin, with the hour below it. `top` lines it up with the first line of what was said."""

    def __init__(self, name: str, hour: str = "", is_strong: bool = True, top: int = -2) -> None:
        super().__init__()
        self.name, self.hour, self.is_strong, self.top = name, hour, is_strong, top
        self.setFixedWidth(gutter() - OVERSCAN)
        self._line = max(20, round(metrics("small-strong").height()))
        self.setMinimumHeight(2 * self._line if hour else self._line + 2 if name else 0)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Minimum)
        self.setAccessibleName(", ".join(part for part in (name, hour) if part))

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        p.setFont(font("small-strong"))
        p.setPen(s.color("text" if self.is_strong else "text3"))
        room = self.width() - MARGIN - 4
        shown = QFontMetricsF(p.font()).elidedText(self.name, Qt.TextElideMode.ElideRight, room)
        p.drawText(QRectF(MARGIN, self.top, room + 4, self._line + 2), LEFT, shown)
        p.setFont(font("caption"))
        p.setPen(s.color("text3"))
        p.drawText(QRectF(MARGIN, self.top + self._line, room + 4, self._line - 4), LEFT, self.hour)


class Spoken(QWidget):
    """A speaker, and the widgets that hold what was said, one below the other."""

    def __init__(self, speaker: Speaker, gap: int = 4) -> None:
        super().__init__()
        self.speaker = speaker
        self.parts: list[Said] = []
        self._width = 0
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(gap)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(speaker, 0, Qt.AlignmentFlag.AlignTop)
        box.addLayout(self._column)
        box.setAlignment(self._column, Qt.AlignmentFlag.AlignTop)
        box.addStretch(1)

    def add(self, part: QWidget, is_inset: bool = True) -> None:
        """Add a part at the end. `is_inset` parts paint up to their edges and stand a little further in than text."""
        if hasattr(part, "set_width"):
            self.parts.append(part)
            if self._width:
                part.set_width(self._width)
        if is_inset:
            holder = QHBoxLayout()
            holder.setContentsMargins(OVERSCAN, 0, 0, 0)
            holder.addWidget(part)
            self._column.addLayout(holder)
        else:
            self._column.addWidget(part)
        part.show()

    def add_button(self, words: str) -> Button:
        """Add a small button at the end of the part."""
        button = Button(words, small=True)
        holder = QHBoxLayout()
        holder.setContentsMargins(OVERSCAN, 4, 0, 0)
        holder.addWidget(button)
        holder.addStretch(1)
        self._column.addLayout(holder)
        button.show()
        return button

    def set_width(self, width: int) -> None:
        """Give the column's width to every part."""
        self._width = width
        for part in self.parts:
            part.set_width(width)
