"""The strip of the guided way, between the place and the status line: it says the next step and is never in front."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from curator.ui.controls import Button, KeyCap, Plane, Text, clear, column, row, smooth
from curator.ui.guide.words import Act, Words
from curator.ui.theme import scheme_of, space

_DOT, _GAP = 8, 8


def announce(widget: QWidget, words: str) -> None:
    """Have a screen reader say it when it is silent next, without taking the keyboard from anybody."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))


class Steps(QWidget):
    """A disc for each step: full where it is done, a ring where one is, pale where one is not yet."""

    def __init__(self) -> None:
        super().__init__()
        self.at, self.count = 0, 0

    def show_at(self, at: int, count: int) -> None:
        """Step `at` of so many, from 0; `at` equal to `count` is the end of the way."""
        self.at, self.count = at, count
        self.setFixedSize(self.sizeHint())
        self.setAccessibleName(self.words)
        self.setToolTip(self.words)
        self.update()

    @property
    def words(self) -> str:
        """“step 2 of 5”."""
        return f"step {self.at + 1} of {self.count}" if self.at < self.count else "all steps done"

    def sizeHint(self) -> QSize:
        return QSize(max(1, self.count * (_DOT + _GAP) - _GAP) + 2, _DOT + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        for i in range(self.count):
            disc = QRectF(1 + i * (_DOT + _GAP), 2, _DOT, _DOT)
            is_here = i == self.at
            p.setPen(QPen(s.color("accent"), 2) if is_here else Qt.PenStyle.NoPen)
            p.setBrush(s.color("accent" if i < self.at else "base" if is_here else "line_strong"))
            p.drawEllipse(disc)


class GuideStrip(Plane):
    """Says `asked(Act)` for its buttons and `left()` when a person has enough of it. It takes no focus by itself."""

    asked = Signal(object)
    left = Signal()

    def __init__(self, key: Callable[[str], str]) -> None:
        super().__init__("sunken", "t")
        self.setObjectName("first steps")
        self._key = key
        self._words: Words | None = None
        self._is_low = False
        self.steps = Steps()
        self.title = Text("", "strong", wrap=True)
        self.detail = Text("", "small", "text2", wrap=True)
        self._keys = QWidget()
        self._caps = QHBoxLayout()
        self._caps.setSpacing(space(1))
        self._caps.setContentsMargins(0, 0, 0, 0)
        self._keys.setLayout(self._caps)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(space(2))
        self.leave = Button(icon="x", flat=True, small=True)
        self.leave.setAccessibleName("Leave the first steps")
        self.leave.setToolTip("Leave the first steps; “First steps” in Help brings them back")
        self.leave.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.leave.clicked.connect(self.left)
        said = column(None, self.title, 0.5, self.detail, None)
        box = self._line = row(
            self.steps, 1, said, 1, self._keys, self._buttons, self.leave, spacing=2, margins=(4, 2.5, 2, 2.5)
        )
        box.setStretch(2, 1)
        self.setLayout(box)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_low(False)
        self.hide()

    @property
    def words(self) -> str:
        """All that it says."""
        keys = ", ".join(f"{self._key(command)} {does}" for command, does in self._words.keys) if self._words else ""
        return " ".join(x for x in (self.title.text(), self.detail.text(), keys) if x)

    def buttons(self) -> list[Button]:
        """What can be pressed, without the cross."""
        found = (self._buttons.itemAt(i) for i in range(self._buttons.count()))
        return [b for item in found if item is not None and isinstance(b := item.widget(), Button)]

    def show_step(self, words: Words, at: int, count: int) -> None:
        """Show a step. A screen reader is told a new one whole, and of one that goes on only what is new."""
        is_new_step = not self.isVisible() or (at, count) != (self.steps.at, self.steps.count)
        before, self._words = self._words, words
        self.steps.show_at(at, count)
        self.title.setText(words.title)
        self.detail.setText(words.detail)
        self.title.setToolTip(words.detail if self._is_low else "")
        if before is None or before.keys != words.keys:
            self.renew_keys()
        if before is None or before.offers != words.offers:
            self._show_offers(words)
        self.setAccessibleName(f"First steps, {self.steps.words}")
        self.setAccessibleDescription(self.words)
        self.show()
        if is_new_step:
            announce(self, f"{self.steps.words}. {self.words}")
        elif words.is_news and before is not None and before.title != words.title:
            announce(self, words.title)

    def take_focus(self) -> None:
        """The keyboard goes to the first button."""
        (self.buttons() or [self.leave])[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def renew_keys(self) -> None:
        """The keys as they are now: a person may have given them others."""
        clear(self._caps)
        for command, does in self._words.keys if self._words else ():
            key = self._key(command)
            if key:
                self._caps.addWidget(KeyCap(key))
            self._caps.addWidget(Text(does, "small", "text2"))
            self._caps.addSpacing(space(1))
        self._keys.setVisible(bool(self._words and self._words.keys))

    def _show_offers(self, words: Words) -> None:
        """New buttons; the keyboard that was on one of them goes on to the first of the new ones."""
        had_focus = any(button.hasFocus() for button in self.buttons())
        clear(self._buttons)
        for i, offer in enumerate(words.offers):
            is_first = i == 0 and offer.act is not Act.GO_TO_LIST and not words.keys
            button = Button(offer.words, primary=is_first, flat=not is_first and i > 0, small=True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard where the person works
            button.clicked.connect(lambda _on=False, act=offer.act: self.asked.emit(act))
            self._buttons.addWidget(button)
            button.show()  # at once, not with the next turn of the loop: it may be given the keyboard now
        for before, after in pairwise([*self.buttons(), self.leave]):
            QWidget.setTabOrder(before, after)
        if had_focus:
            self.take_focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def set_low(self, is_low: bool) -> None:
        """In a low window one line is enough: the exchange needs the height, and the tooltip says the rest."""
        self._is_low = is_low
        self.detail.setVisible(not is_low)
        self.setMinimumHeight(space(10 if is_low else 15))
        margin = space(1 if is_low else 2.5)
        self._line.setContentsMargins(space(4), margin, space(2), margin)
