"""The size and place of a window and the widths of its parts, kept over a restart and taken back after a reset."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QByteArray, QRect, QSettings, QSize, Qt
from PySide6.QtWidgets import QMainWindow, QSplitter

SMALLEST, USUAL = QSize(1024, 640), QSize(1440, 900)
_FOR_A_FRAME = QSize(2, 48)
"""By how much Qt moves a restored window off the screen's edge, that its frame is seen: also one that has none."""


class WindowShape:
    """Of one window; `parts` gives what can be dragged, by the names under which the widths are kept."""

    def __init__(self, window: QMainWindow, kept: QSettings, parts: Callable[[], Mapping[str, QSplitter]]) -> None:
        self._window, self._kept, self._parts = window, kept, parts

    def keep(self) -> None:
        """As it is now."""
        window = self._window
        self._kept.setValue("geometry", window.saveGeometry())
        is_bare = window.frameGeometry() == window.geometry() and window.windowState() == Qt.WindowState.WindowNoState
        self._kept.setValue("bare", _written(window.geometry()) if is_bare else None)
        for name, splitter in self._parts().items():
            self._kept.setValue(name, splitter.saveState())

    def kept(self) -> dict[str, QByteArray]:
        """What is kept, as it is now."""
        self.keep()
        kept = {key: self._kept.value(key) for key in self._kept.allKeys()}
        return {key: value for key, value in kept.items() if isinstance(value, QByteArray)}

    def take(self, shape: Mapping[str, QByteArray]) -> None:
        """Take a size and widths over; without any, the window is as it is delivered at its next start, and has its
        usual size now."""
        self._kept.clear()
        for key, value in shape.items():
            self._kept.setValue(key, value)
        self.restore()
        self.restore_parts()

    def restore(self) -> None:
        """Come back where it was kept, or else have the usual size, on the screen."""
        window, geometry = self._window, self._kept.value("geometry")
        if not (isinstance(geometry, QByteArray) and window.restoreGeometry(geometry)):
            room = window.screen().availableGeometry()
            window.resize(USUAL.boundedTo(room.size()).expandedTo(SMALLEST))
            if window.isVisible():  # it may have been smaller, and near an edge
                past = window.frameGeometry().bottomRight() - room.bottomRight()
                x, y = window.x() - max(0, past.x()), window.y() - max(0, past.y())
                window.move(max(room.x(), x), max(room.y(), y))
            return
        bare = _read(self._kept.value("bare"))
        if bare is not None and QRect(bare.topLeft(), _FOR_A_FRAME).contains(window.pos()):
            window.setGeometry(bare)

    def restore_parts(self) -> None:
        """The widths of the parts that are there."""
        for name, splitter in self._parts().items():
            state = self._kept.value(name)
            if isinstance(state, QByteArray):
                splitter.restoreState(state)


def _written(place: QRect) -> QByteArray:
    """As the other shapes are kept: what undoes a reset takes these and nothing else."""
    return QByteArray(f"{place.x()},{place.y()},{place.width()},{place.height()}".encode())


def _read(kept: object) -> QRect | None:
    try:
        return QRect(*map(int, bytes(kept.data()).split(b","))) if isinstance(kept, QByteArray) else None
    except (TypeError, ValueError):
        return None
