"""A chart as a file: a picture of dots at twice the screen's, or a drawing of lines that scales."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

DOTS = 2.0
"""Dots a point of a PNG: sharp on paper and on every screen."""


def with_ending(path: Path, ending: str) -> Path:
    """The path with the ending of what is written there, added where it has another one or none."""
    is_there = path.suffix.casefold() == f".{ending}"
    return path if is_there else path.with_name(f"{path.name}.{ending}")


def save_picture(widget: QWidget, path: Path, title: str = "") -> str:
    """Write a widget as .png or .svg. Returns what went wrong, in a sentence; empty when it was written."""
    is_drawing = path.suffix.casefold() == ".svg"
    with _weighed(widget, 1.0 if is_drawing else DOTS):
        is_written = (_draw if is_drawing else _paint)(widget, path, title)
    return "" if is_written else f"“{path.name}” cannot be written there."


@contextmanager
def _weighed(widget: QWidget, dots: float) -> Iterator[None]:
    """The charts with pens for so many dots a point: their widths count dots, and are those of the screen."""
    from curator.ui.views.pass_chart import PassChart  # with pyqtgraph, which is there once there is a chart

    charts = widget.findChildren(PassChart)
    for chart in charts:
        chart.tint(dots)
    try:
        yield
    finally:
        for chart in charts:
            chart.tint()


def _paint(widget: QWidget, path: Path, title: str) -> bool:
    image = QImage(widget.size() * DOTS, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(DOTS)
    image.fill(widget.palette().base().color())
    widget.render(image)
    image.setText("Title", title)
    return image.save(str(path))


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
