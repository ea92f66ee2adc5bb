"""A validation loss the size of a word; its lowest point marked."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from curator.ui.theme import Scheme


def paint_spark(p: QPainter, r: QRectF, values: Sequence[float], s: Scheme, ink: str = "") -> None:
    """Draw the losses across the width of `r`; fewer than twelve of them take their share of it only. `ink` is worn
    by a run that goes on, or is laid over another."""
    known = [v for v in values if math.isfinite(v)]
    if len(known) < 2:
        return
    if len(known) > r.width():  # more points than pixels: every n-th says the same
        known = known[:: math.ceil(len(known) / r.width())]
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    steps = max(len(known) - 1, 12)
    points = [
        QPointF(r.x() + r.width() * i / steps, r.bottom() - r.height() * (v - low) / span) for i, v in enumerate(known)
    ]
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(QPen(s.color(ink or "text3"), 1.4))
    p.drawPolyline(QPolygonF(points))
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(s.color(ink or "text2"))
    p.drawEllipse(points[known.index(low)], 2.4, 2.4)
