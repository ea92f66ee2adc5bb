"""The status line: what is so, in words; what is being read, with a stop; and the Train button."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from curator.ui.actions import Actions
from curator.ui.controls import LEFT, Button, ElidedText, Meter, Plane, Text, clear, row, smooth
from curator.ui.theme import font, metrics, scheme_of, space, tall


class Fact(NamedTuple):
    """A few words in an ink; with a command's name or a source's key they can be pressed."""

    words: str
    ink: str = "text2"
    leads_to: str = ""


class FactButton(QPushButton):
    """A fact that leads somewhere: underlined while the pointer is over it."""

    def __init__(self, fact: Fact) -> None:
        super().__init__(fact.words)
        self.ink = fact.ink
        self.setFlat(True)
        self.setAutoDefault(False)
        self.setAccessibleName(fact.words)
        self.setFixedSize(round(metrics("small").horizontalAdvance(fact.words)) + 2, tall(24, "small"))

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        f = font("small")
        f.setUnderline(self.underMouse() or self.hasFocus())
        p.setFont(f)
        p.setPen(s.color(self.ink))
        p.drawText(QRectF(self.rect()), LEFT, self.text())


class _Row(QWidget):
    """Facts beside each other; those for which there is no room leave, the last first."""

    def __init__(self) -> None:
        super().__init__()
        self.box = QHBoxLayout()
        self.box.setSpacing(space(2))
        self.box.setContentsMargins(0, 0, 0, 0)
        self.setLayout(self.box)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Show as many as there is room for. Every other piece is the point between two facts; the first one stays."""
        found = (self.box.itemAt(i).widget() for i in range(self.box.count()))  # type: ignore[union-attr]  # all there
        pieces = [piece for piece in found if piece is not None]
        taken = 0
        for i in range(0, len(pieces), 2):
            fact = pieces[max(0, i - 1) : i + 1]  # with the point before it
            taken += sum(min(piece.maximumWidth(), piece.sizeHint().width()) + self.box.spacing() for piece in fact)
            for piece in fact:
                piece.setVisible(i == 0 or taken - self.box.spacing() <= self.width())


_WORK, _NARROW_WORK, _WIDE = 620, 440, 1200


class StatusLine(Plane):
    """Facts at the left, progress when something is read, Train at the right."""

    fact_pressed = Signal(str)
    stop_pressed = Signal()

    def __init__(self, actions: Actions) -> None:
        super().__init__("window", "t", height=tall(space(11), "strong"))
        self._facts: list[Fact] = []
        self._holder = _Row()
        self._box = self._holder.box
        self.meter = Meter(0)
        self.meter.setFixedWidth(120)
        self.meter.setAccessibleName("Import progress")
        self._doing = ElidedText("", "small", "text2")
        self._stop = Button(icon="x", flat=True, small=True)
        self._stop.setAccessibleName("Stop reading")
        self._stop.setToolTip("Stop reading; what is in stays in")
        self._stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys with the list
        self._stop.clicked.connect(self.stop_pressed)
        self.work = QWidget()
        work = row(self.meter, self._doing, self._stop, spacing=2)
        work.setStretch(1, 1)
        self.work.setLayout(work)
        self.work.setFixedWidth(_WORK)
        self.work.hide()
        self.train = Button("Train", "play", key=actions.key("train"), primary=True)
        action: QAction = actions["train"]

        def follow() -> None:
            self.train.setEnabled(action.isEnabled())
            self.train.setToolTip(action.toolTip())
            self.train.set_primary(action.isEnabled())

        action.changed.connect(follow)
        follow()
        self.train.clicked.connect(lambda: actions.trigger("train"))
        box = row(self._holder, self.work, self.train, spacing=2, margins=(4, 0, 2, 0))
        box.setStretch(0, 1)
        self.setLayout(box)
        self.setAccessibleName("Status")

    def set_facts(self, facts: list[Fact]) -> None:
        """What is so now; nothing moves when it is what stands there."""
        if facts == self._facts:
            return
        self._facts = facts
        clear(self._box)
        for i, fact in enumerate(facts):
            if i:
                self._box.addWidget(Text("·", "small", "text3"))
            if fact.leads_to:
                button = FactButton(fact)
                button.clicked.connect(lambda _on=False, f=fact: self.fact_pressed.emit(f.leads_to))
                self._box.addWidget(button)
            else:
                self._box.addWidget(Text(fact.words, "small", fact.ink))
        self._box.addStretch(1)
        self._holder.fit()
        self._come_last()
        self.setAccessibleDescription(", ".join(f.words for f in facts))

    def _come_last(self) -> None:
        """Tab comes here after all that stands above, also what was made later."""
        before = self.window().previousInFocusChain() or self
        pieces = (self._box.itemAt(i) for i in range(self._box.count()))
        widgets = [piece.widget() for piece in pieces if piece is not None]
        facts = [widget for widget in widgets if isinstance(widget, FactButton)]
        for button in (*facts, self._stop, self.train):
            if button is not before:
                QWidget.setTabOrder(before, button)
            before = button

    def facts(self) -> list[Fact]:
        """What stands there."""
        return list(self._facts)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = self.width() >= _WIDE
        self.work.setFixedWidth(_WORK if is_wide else _NARROW_WORK)
        self.meter.setFixedWidth(120 if is_wide else 64)

    def show_work(self, words: str, share: float) -> None:
        """Something is being read: in words, and how far from 0 to 1."""
        self._doing.setText(words)
        self.meter.set_value(share)
        self.work.show()

    def end_work(self) -> None:
        """Nothing is being read."""
        if self._stop.hasFocus():
            self._stop.clearFocus()  # else it would go to Train, which the next key would press
        self.work.hide()

    @property
    def is_working(self) -> bool:
        """Whether progress is shown."""
        return not self.work.isHidden()
