"""The app's icon at any size: one SVG, drawn by Qt, with thicker strokes where a thin one would be lost."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgRenderer

SOURCE = Path(__file__).resolve().parents[2] / "resources" / "icons" / "app.svg"
GRID = 1024
"""Units of the drawing, each way. The plate takes 824 of them, as Apple's own grid for icons has it."""
PLATE = QRectF(92, 92, 840, 840)
"""The plate with its edge: elsewhere than on a Mac an icon fills its square."""
SMALLEST_THIN = 36  # pixels of an icon; in a smaller one the thin curve would be lost
CURVE = 40  # units: the curve's stroke, and no other, is wider than this
_WIDTH = re.compile(r'stroke-width="(\d+)"')


def draw(size: int, *, is_mac: bool = False) -> QImage:
    """The icon, `size` pixels each way, on nothing. `is_mac` keeps the margin that the Dock's icons have."""
    view = QRectF(0, 0, GRID, GRID) if is_mac else PLATE
    svg = _WIDTH.sub(lambda found: f'stroke-width="{_width(int(found[1]), size):.1f}"', _source())
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    renderer.setViewBox(view)
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


def png(image: QImage) -> bytes:
    """An image as PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")


def _width(units: int, size: int) -> float:
    """A stroke of `units` of the grid: the curve's stays as wide as at `SMALLEST_THIN` pixels, the others go fainter,
    since three wide lines in 16 pixels would be one grey block."""
    return units * max(1.0, SMALLEST_THIN / size) if units >= CURVE else units
