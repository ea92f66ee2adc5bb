"""A notice laid over a line of the window, and put back where it stood."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QBoxLayout, QWidget

from curator.ui.theme import space

_MOVED = frozenset({QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide})


class LaidOver(QObject):
    """Takes the notice out of the window's column and lays it over a line of the window, and puts it back."""

    def __init__(self, notice: QWidget) -> None:
        super().__init__(notice)
        self._notice = notice
        self._line: QWidget | None = None
        self._ends: tuple[QWidget, ...] = ()
        self._from: tuple[QBoxLayout, int] | None = None
        self._words: QWidget | None = None

    @property
    def place(self) -> tuple[QWidget, tuple[QWidget, ...]] | None:
        """The line, and what stands at its end; none where there is no line."""
        return None if self._line is None else (self._line, self._ends)

    @property
    def is_possible(self) -> bool:
        """Whether there is a line to lie over."""
        return self._line is not None

    def take(self, line: QWidget, ends: tuple[QWidget, ...]) -> None:
        """Which line, and what must stay to be seen of it."""
        self._line, self._ends = line, ends
        for widget in (line, *ends):
            widget.installEventFilter(self)

    def begin(self, words: QWidget) -> None:
        """Lie over the line, as wide as these words need."""
        self._words = words
        parent = self._notice.parentWidget()
        box = parent.layout() if parent is not None else None
        if self._from is None and isinstance(box, QBoxLayout):
            self._from = box, box.indexOf(self._notice)
            box.removeWidget(self._notice)
        self._fit()
        self._notice.raise_()

    def end(self) -> None:
        """Stand in the column again."""
        if self._from is not None:
            box, at = self._from
            self._from = None
            box.insertWidget(at, self._notice)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._from is not None and event.type() in _MOVED:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        line, words = self._line, self._words
        if line is None or words is None:
            return
        end = min([line.width(), *(widget.x() for widget in self._ends if widget.isVisibleTo(line))])
        room = end - 2 * space(2)
        width = min(
            room, self._notice.sizeHint().width() + words.sizeHint().width()
        )  # a label that gives way hints at 0
        height = min(self._notice.sizeHint().height(), line.height() - space(1))
        top = line.y() + 1 + (line.height() - 1 - height) // 2
        self._notice.setGeometry(line.x() + end - space(2) - width, top, width, height)
