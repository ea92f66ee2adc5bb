"""Controls of the Train panel: a closed list with a second line, a preset with its price, a line that unfolds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QFocusEvent, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QMenu, QPushButton, QRadioButton, QSizePolicy

from curator.ui import icons
from curator.ui.controls import LEFT, RIGHT, smooth
from curator.ui.heard import HeardByAll
from curator.ui.theme import font, icon_size, metrics, scheme_of, tall

_LINE = 18  # points that a line of the usual text takes at most
_LINES = ("strong", "small")  # the roles of a choice's title and of what stands below it
_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a `Choice`: what it is, and a quiet second line. A `problem` says why it cannot be taken."""

    key: str
    title: str
    detail: str = ""
    problem: str = ""


class Choice(QPushButton):
    """A closed list: title and detail inside, chevron at the right; opens as a menu. `chosen(key)`: by a person."""

    chosen = Signal(str)

    def __init__(self, name: str, icon: str) -> None:
        super().__init__()
        self.name, self.icon_name = name, icon
        self._options: tuple[Option, ...] = ()
        self._current = ""
        self._shows_focus = False
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)
        self.setFixedHeight(tall(48, *_LINES))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        self._say()

    @property
    def current(self) -> str:
        """The key of what is chosen."""
        return self._current

    @property
    def options(self) -> tuple[Option, ...]:
        """All that is offered."""
        return self._options

    @property
    def option(self) -> Option:
        """What is chosen, with its words; an empty one when nothing is there to choose."""
        return next((o for o in self._options if o.key == self._current), Option("", "", ""))

    def set_options(self, options: Sequence[Option], current: str) -> None:
        """Offer these; an unknown `current` takes the first."""
        keys = [o.key for o in options]
        fresh = current if current in keys else (keys[0] if keys else "")
        if tuple(options) != self._options or fresh != self._current:
            self._options, self._current = tuple(options), fresh
            self._say()
            self.update()

    def _say(self) -> None:
        option = self.option
        self.setAccessibleName(f"{self.name}: {option.title}" if option.title else self.name)
        self.setAccessibleDescription(option.detail)
        self.setToolTip(option.detail if len(option.detail) > 40 else "")

    def _fill(self) -> None:
        self._menu.clear()
        self._menu.setMinimumWidth(self.width())
        for option in self._options:
            words = f"{option.title}\t{option.problem or option.detail}"
            action = QAction(words.replace("&", "&&"), self._menu)
            action.setCheckable(True)
            action.setChecked(option.key == self._current)
            action.setEnabled(not option.problem)
            action.triggered.connect(lambda _on=False, key=option.key: self._on_chosen(key))
            self._menu.addAction(action)

    def _on_chosen(self, key: str) -> None:
        if key != self._current:
            self._current = key
            self._say()
            self.update()
            self.chosen.emit(key)

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.height())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._shows_focus = event.reason() in _KEYBOARD

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._shows_focus = False

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        hovered = self.isEnabled() and (self.underMouse() or self.isDown())
        p.setPen(QPen(s.color("line_strong"), 1))
        p.setBrush(s.color("hover" if hovered else "raised"))
        p.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        if self._shows_focus:
            ring(p, QRectF(self.rect()), s.color("accent"), 8)
        option, icon, more = self.option, icon_size(18), icon_size(16)
        left = 22 + icon
        room = self.width() - left - more - 18
        on = self.isEnabled()
        middle = self.height() / 2
        icons.paint(p, self.icon_name, 12, middle - icon / 2, icon, s.color("text2" if on else "disabled"))
        p.setFont(font("strong"))
        p.setPen(s.color("text" if on else "disabled"))
        p.drawText(QRectF(left, 4, room, middle - 2), LEFT, _elided(p, option.title, room))
        p.setFont(font("small"))
        p.setPen(s.color("text3" if on else "disabled"))
        p.drawText(QRectF(left, middle - 2, room, middle - 2), LEFT, _elided(p, option.detail, room))
        icons.paint(p, "chevron-down", self.width() - 10 - more, middle - more / 2, more, s.color("text3"))


_HIGH, _LOW, _NAME = 62, 40, 22  # a card with one line of its sentence, one without it, and the line of its name


class PresetCard(HeardByAll, QRadioButton):
    """A choice with its price in passes and minutes; arrow keys move between the cards of one parent."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(name)
        self.name, self.sentence, self.price = name, sentence, ""
        self._shows_focus = self._is_low = False
        self._name_high = max(_NAME, math.ceil(metrics("strong").height()))
        self.setFixedHeight(_HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_price("")

    def set_price(self, price: str) -> None:
        """What it costs: "3 passes · ≈ 4 min"."""
        self.price = price
        self.setAccessibleName(f"{self.name}, {price}" if price else self.name)
        self.setAccessibleDescription(self.sentence)
        self.update()

    @property
    def shown_price(self) -> str:
        """As much of the price as stands beside the name: of passes and time the time, where text is large."""
        room = self.width() - 62 - QFontMetricsF(font("strong")).horizontalAdvance(self.name)
        measure = QFontMetricsF(font("small-strong"))
        shorter = (self.price, self.price.rpartition(" · ")[2])
        return next((words for words in shorter if measure.horizontalAdvance(words) <= room), "")

    def sizeHint(self) -> QSize:
        return QSize(260, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.height())

    def set_low(self, is_low: bool) -> None:
        """One line where there is little room; its sentence is in the tooltip then."""
        if is_low != self._is_low:
            self._is_low = is_low
            self.setToolTip(self.sentence if is_low else "")
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A longer sentence takes the lines that it needs."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._is_low:
            self.setFixedHeight(_LOW + self._name_high - _NAME)
            return
        room = QRectF(0, 0, self.width() - 46, 2_000)
        high = QFontMetricsF(font("small")).boundingRect(room, Qt.TextFlag.TextWordWrap, self.sentence).height()
        one = min(QFontMetricsF(font("small")).height(), _LINE)  # of large text, each line takes more
        self.setFixedHeight(_HIGH + self._name_high - _NAME + round(max(0.0, high - one)))

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._shows_focus = event.reason() in _KEYBOARD

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._shows_focus = False

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s, on = smooth(self), scheme_of(self), self.isChecked()
        r = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        p.setPen(QPen(s.color("accent" if on else "line_strong"), 1.5 if on else 1))
        plane = "accent_wash" if on else "hover" if self.underMouse() else "raised"
        p.setBrush(s.color(plane))
        p.drawRoundedRect(r, 8, 8)
        if self._shows_focus:
            ring(p, QRectF(self.rect()), s.color("accent"), 8)
        disc = QRectF(13, 2 + self._name_high / 2, 14, 14)
        p.setBrush(s.color("base"))
        p.setPen(QPen(s.color("accent" if on else "line_strong"), 4 if on else 1.2))
        p.drawEllipse(disc.adjusted(2, 2, -2, -2) if on else disc)
        p.setFont(font("strong"))
        p.setPen(s.color("text"))
        p.drawText(QRectF(38, 9, self.width() - 38, self._name_high), LEFT, self.name)
        p.setFont(font("small-strong"))
        p.setPen(s.color("accent_text" if on else "text2"))
        p.drawText(QRectF(0, 9, self.width() - 12, self._name_high), RIGHT, self.shown_price)
        if self._is_low:
            return
        p.setFont(font("small"))
        p.setPen(s.color("text2"))
        top = 12 + self._name_high
        words = QRectF(38, top, self.width() - 46, self.height() - top - 8)
        p.drawText(words, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, self.sentence)


class Fold(QPushButton):
    """A line that unfolds what is below it: chevron, name, and a summary at the right."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name, self.summary = name, ""
        self._shows_focus = False
        self.setCheckable(True)
        self.setFlat(True)
        self.setAutoDefault(False)
        self.setFixedHeight(tall(28, "small-strong"))
        self.setAccessibleName(name)

    def set_summary(self, words: str) -> None:
        """The values in short, so that it need not be opened to be known."""
        self.summary = words
        self.setAccessibleDescription(words)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._shows_focus = event.reason() in _KEYBOARD

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._shows_focus = False

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        if self._shows_focus:
            ring(p, QRectF(self.rect()), s.color("accent"), 6)
        h = self.height()
        icon, size = "chevron-down" if self.isChecked() else "chevron-right", icon_size(14)
        icons.paint(p, icon, 0, (h - size) / 2, size, s.color("text3"))
        p.setFont(font("small-strong"))
        p.setPen(s.color("text" if self.underMouse() else "text2"))
        p.drawText(QRectF(6 + size, 0, self.width() - 6 - size, h), LEFT, self.name)
        start = 6 + size + QFontMetricsF(p.font()).horizontalAdvance(self.name) + 12
        p.setFont(font("small"))
        p.setPen(s.color("text3"))
        p.drawText(QRectF(start, 0, self.width() - start, h), RIGHT, _elided(p, self.summary, self.width() - start))


def _elided(p: QPainter, words: str, room: float) -> str:
    return QFontMetricsF(p.font()).elidedText(words, Qt.TextElideMode.ElideRight, room)


def ring(p: QPainter, r: QRectF, colour: QColor, radius: float) -> None:
    """The focus ring: two points of accent on the control's edge."""
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(QPen(colour, 2))
    p.drawRoundedRect(r.adjusted(1, 1, -1, -1), radius, radius)
