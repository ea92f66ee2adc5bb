"""The guide's pictures, as small and as sharp as they are shown, framed by a hairline."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSizeF, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPen

from curator import paths
from curator.ui.theme import Scheme

SHOT_AT = 1.5
"""Pixels of a picture for each point of the window it was taken of; see tests/journeys/screenshots.py."""
_KEPT = 12


class Pictures:
    """Reads `resources/screenshots` and nothing else. A page names the light picture; in the dark the dark one is
    taken where there is one."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, bool, float], QImage] = {}

    def size(self, file: str, width: int) -> QSizeF:
        """How large a picture is shown, in points, without reading more than its head; nothing when there is none."""
        whole = QSizeF(QImageReader(str(_folder() / file)).size())
        if whole.isEmpty():
            return QSizeF()
        shown = min(whole.width() / SHOT_AT, float(width))
        return QSizeF(shown, whole.height() * shown / whole.width())

    def take(self, file: str, width: int, scheme: Scheme, sharp: float) -> QImage | None:
        """A picture by the name of its file, at most `width` points wide, for a screen with `sharp` pixels a point;
        None when there is none. Made small here: Qt's own way, while it paints, is a coarse one."""
        key = (file, width, scheme.is_dark, sharp)
        if key in self._kept:
            return self._kept[key]
        folder = _folder()
        own = folder / (file.replace("-light.", "-dark.") if scheme.is_dark else file)
        image = QImage(str(own if own.is_file() else folder / file))
        if image.isNull():
            return None
        wanted = round(min(image.width() / SHOT_AT, width) * sharp)
        image = image.convertToFormat(QImage.Format.Format_RGB32)
        if wanted != image.width():
            image = image.scaledToWidth(wanted, Qt.TransformationMode.SmoothTransformation)
        p = QPainter(image)  # a window's plane is the page's: a hairline says where the picture ends
        p.setPen(QPen(scheme.color("line_strong"), 1))
        p.drawRect(0, 0, image.width() - 1, image.height() - 1)
        p.end()
        image.setDevicePixelRatio(sharp)
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[key] = image
        return image


def _folder() -> Path:
    return paths.resources() / "screenshots"
