"""The queue in the Train panel: what waits, in order, and how to change the order."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from curator.core.run import Run
from curator.ui.controls import LEFT, Button, Text, Well, clear, column, row, smooth
from curator.ui.focus import paint_ring
from curator.ui.theme import RADIUS, growth, scheme_of, tall

_SHOWN, _SHOWN_LOW = 4, 1  # lines of the queue, and where there is little room


class RunName(Button):
    """The name of a run, as far as there is room; pressed, the run is shown. Its words are no button's text, in which
    an “&” would be a key."""

    def __init__(self, words: str) -> None:
        super().__init__(flat=True, small=True)
        self.words = words
        self.setMinimumWidth(0)
        self.setMaximumWidth(16_777_215)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"Show: {words}")

    def _fit(self) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        if self.underMouse():
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(s.color("hover"))
            p.drawRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        if self.shown_focus:
            paint_ring(p, self)
        room = self.rect().adjusted(4, 0, -4, 0)
        middle = Qt.TextElideMode.ElideMiddle  # a sweep differs at the end
        shown = self.fontMetrics().elidedText(self.words, middle, room.width())
        p.setPen(s.color("text"))
        p.drawText(QRectF(room), LEFT, shown)
        self.setToolTip(self.words if shown != self.words else "")


class QueueList(QWidget):
    """Shown while something waits. It holds nothing: the library does."""

    moved = Signal(int, int)  # run, -1 earlier or 1 later
    cancelled = Signal(int)
    chosen = Signal(int)
    released = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[object, ...] = ()
        self._runs: Sequence[Run] = ()
        self._is_held = self._is_low = False
        self._title = Text("", "caption", "text3")
        self._release = Button("Go on", "play", flat=True, small=True)
        self._release.setToolTip("The queue is held: nothing in it begins by itself")
        self._release.clicked.connect(self.released)
        self._lines: QVBoxLayout = column(margins=(3, 1, 1, 1))
        head = row(self._title, None, self._release)
        self.setLayout(column(2, head, 1, Well(self._lines), 1))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.hide()

    def set_low(self, is_low: bool) -> None:
        """Whether there is little room: then only the next one is shown, and how many there are."""
        self._is_low = is_low
        self.show_queue(self._runs, self._is_held)

    def show_queue(self, runs: Sequence[Run], is_held: bool) -> None:
        """Show these, the next one first."""
        self._runs, self._is_held = runs, is_held
        most = _SHOWN_LOW if self._is_low else _SHOWN
        shown = (tuple((run.id, run.name) for run in runs), is_held, most)
        if shown == self._shown:
            return
        self._shown = shown
        self.setVisible(bool(runs))
        held = "held" if is_held else "begins by itself"
        self._title.setText(f"{len(runs):,} waiting, {held}" if len(runs) > 1 else f"Waiting, {held}")
        self._release.setVisible(is_held)
        clear(self._lines)
        for i, run in enumerate(runs[:most]):
            self._lines.addWidget(self._line(i, run, len(runs)))
        if len(runs) > most and not self._is_low:
            more = Text(f"and {len(runs) - most:,} more", "small", "text3")
            more.setFixedHeight(tall(24, "small"))
            self._lines.addWidget(more)
        self.setAccessibleName(", ".join([self._title.text(), *(run.name for run in runs)]))

    def _line(self, place: int, run: Run, count: int) -> QWidget:
        line = QWidget()
        name = RunName(run.name)
        name.clicked.connect(lambda: self.chosen.emit(run.id))
        number = Text(str(place + 1), "small", "text3")
        number.setFixedWidth(round(14 * growth()))
        buttons: list[Button] = []
        for icon, words, step in (("arrow-up", "Earlier", -1), ("arrow-down", "Later", 1), ("x", "Take out", 0)):
            button = Button(icon=icon, flat=True, small=True)
            button.setAccessibleName(f"{words}: {run.name}")
            button.setToolTip(words)
            if step:
                button.setEnabled(0 <= place + step < count)
                button.clicked.connect(lambda _on=False, step=step: self.moved.emit(run.id, step))
            else:
                button.clicked.connect(lambda: self.cancelled.emit(run.id))
            buttons.append(button)
        box = row(number, name, *(buttons if count > 1 else buttons[2:]), spacing=1)
        box.setStretch(1, 1)
        line.setLayout(box)
        line.setFixedHeight(tall(30, "small-strong"))
        return line
