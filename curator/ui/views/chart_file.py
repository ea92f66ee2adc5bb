"""A chart as a file: a picture of dots at twice the screen's, or a drawing of lines that scales."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

DOTS = 2.0
"""Dots a point of a PNG: sharp on paper and on every screen."""


def save_picture(widget: QWidget, path: Path, title: str = "") -> str:
    """Write a widget as .png or .svg. Returns what went wrong, in a sentence; empty when it was written."""
    if path.suffix.casefold() == ".svg":
        return "" if _draw(widget, path, title) else f"“{path.name}” cannot be written there."
    image = QImage(widget.size() * DOTS, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(DOTS)
    image.fill(widget.palette().base().color())
    widget.render(image)
    image.setText("Title", title)
    return "" if image.save(str(path)) else f"“{path.name}” cannot be written there."


def _draw(widget: QWidget, path: Path, title: str) -> bool:
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    size: QSize = widget.size()
    generator.setSize(size)
    generator.setViewBox(widget.rect())
    generator.setTitle(title)
    generator.setResolution(widget.logicalDpiX())  # else words are smaller than the room that was measured for them
    painter = QPainter()
    if not painter.begin(generator):
        return False
    painter.fillRect(widget.rect(), widget.palette().base())
    widget.render(painter, QPoint())
    return painter.end()
