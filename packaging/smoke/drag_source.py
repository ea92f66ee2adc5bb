"""A file manager's smallest part: a square from which files are dragged, `drag_source.py X Y SIDE COLOUR FILE…`."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QDrag, QMouseEvent, QPalette
from PySide6.QtWidgets import QApplication, QWidget


class Square(QWidget):
    """Drags its files away from the moment it is pressed."""

    def __init__(self, files: list[str], colour: str) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint)
        self._files = files
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, QColor(colour))
        self.setPalette(palette)
        self.setWindowTitle("Files")

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Drag the files away."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(file) for file in self._files])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)


def main() -> int:
    """Show the square until it is closed."""
    x, y, side, colour, *files = sys.argv[1:]
    app = QApplication(sys.argv[:1])
    square = Square(files, colour)
    square.setGeometry(int(x), int(y), int(side), int(side))
    square.show()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
