"""The ground of every chart over passes: hairlines, figures at the edges, and a place read by pointer.

Imports pyqtgraph (0.8 s): whoever shows a chart imports its module when it is first wanted, off the window's thread.
"""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy

from curator.ui.controls import CENTRE, RIGHT
from curator.ui.models.amounts import passes_words
from curator.ui.theme import Scheme, font, growth, metrics, scheme_of
from curator.ui.views.chart_lines import LABEL

LEFT_ROOM, RIGHT_ROOM, TOP_ROOM, BOTTOM_ROOM = 36, 8, 24, 26  # around the lines, for figures and words
_WIDEST = 460  # of the words at the pointer


class ChartGround(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph carries no types
    """Everything but the curves is painted here, so that it takes the palette of the moment. Whoever derives from it
    says how far the lines go and what they say at a place."""

    _is_ready = False  # Qt's events come before the constructor is done, and after pyqtgraph has taken itself apart

    def __init__(self, top: int = TOP_ROOM, bottom: int = BOTTOM_ROOM) -> None:
        super().__init__(background=None)
        self._left, self._right = round(LEFT_ROOM * growth()), RIGHT_ROOM
        self._top, self._bottom = round(top * growth()), round(bottom * growth())
        self._label = max(LABEL, math.ceil(metrics("small-strong").height()))
        self._has_axis = bottom >= LABEL
        self.setFrameShape(self.Shape.NoFrame)
        self.setCacheMode(pg.GraphicsView.CacheModeFlag.CacheNone)  # a kept background would keep its old colours
        self.setMinimumHeight(64)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.setMouseEnabled(False, False)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.hideAxis("left")
        self.hideAxis("bottom")
        self.plotItem.layout.setContentsMargins(self._left, self._top, self._right, self._bottom)
        self.getViewBox().setDefaultPadding(0)
        self._levels: list[float] = []
        self._hover: float | None = None
        self.total, self.end, self.is_over = 1.0, 0.0, False
        self.most_levels = 5
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)

    def close(self) -> None:
        """Let go; pyqtgraph deletes its plot here."""
        self._is_ready = False
        super().close()

    # -- what the lines say of themselves

    @property
    def has_values(self) -> bool:
        """Whether there is anything to draw."""
        return False

    def _span(self) -> float:
        """How many passes the width stands for."""
        return self.total

    def _now(self) -> float:
        """The pass that the longest line has come to."""
        return self.end

    def _said(self, passes: float) -> str:
        """What the lines say at a place."""
        return ""

    # -- lines and figures behind the curves

    def _plot(self) -> QRectF:
        return QRectF(self.viewport().rect()).adjusted(self._left, self._top, -self._right, -self._bottom)

    def _at(self, passes: float, value: float) -> QPointF:
        plot = self._plot()
        (x0, x1), (y0, y1) = self.getViewBox().viewRange()
        return QPointF(
            plot.x() + plot.width() * (passes - x0) / ((x1 - x0) or 1),
            plot.bottom() - plot.height() * (value - y0) / ((y1 - y0) or 1),
        )

    def level_words(self, level: float) -> str:
        """A figure at the left edge."""
        digits = 1 if all(abs(v * 10 - round(v * 10)) < 1e-6 for v in self._levels) else 2
        return f"{level:.{digits}f}"

    def _fitting(self, level: float, figures: QFontMetricsF) -> str:
        """A figure as it is read there, or in thousands and millions where it has no room."""
        words = self.level_words(level)
        if figures.horizontalAdvance(words) <= self._left - 8 or abs(level) < 1000:
            return words
        for unit, mark in ((1e9, ""), (1e6, "M"), (1e3, "k")):
            if abs(level) >= unit:
                return f"{level / unit:g}{mark}" if mark else f"{level:.0e}".replace("e+0", "e").replace("e+", "e")
        return words

    def drawBackground(self, p: QPainter, rect: QRectF) -> None:
        s, plot = scheme_of(self), self._plot()
        p.save()
        p.resetTransform()
        p.fillRect(QRectF(self.viewport().rect()), s.color("base"))
        p.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        p.setFont(font("caption"))
        for level in self._levels:
            y = round(self._at(0, level).y())
            p.fillRect(QRectF(plot.x(), y, plot.width() + self._right, 1), s.color("line"))
            p.setPen(s.color("text3"))
            p.drawText(
                QRectF(0, y - self._label / 2, self._left - 8, self._label),
                RIGHT,
                self._fitting(level, QFontMetricsF(p.font())),
            )
        for passes, words in self._ticks():
            half = QFontMetricsF(p.font()).horizontalAdvance(words) / 2 + 1
            x = min(self._at(passes, 0).x(), self.viewport().width() - half)
            p.setPen(s.color("text3"))
            p.drawText(QRectF(x - half, plot.bottom() + 6, 2 * half, self._label), CENTRE, words)
        p.restore()

    def _ticks(self) -> list[tuple[float, str]]:
        """Places on the axis: whole passes, fewer where there are many, quarters where there is one."""
        if not self._has_axis or not self.has_values:
            return []  # the chart above has them, or there is nothing yet
        end = min(self.total, self._span())
        if end <= 1.5:
            step = 0.25
        else:
            step = next((n for n in (1, 2, 5, 10, 20, 50, 100) if end / n <= 10), math.ceil(end / 10))
        count = int(end / step + 1e-6)
        places = [step * i for i in range(1, count + 1)]
        return [(v, f"pass {passes_words(v)}" if v == places[-1] else passes_words(v)) for v in places]

    # -- reading a place by the pointer

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot, x = self._plot(), event.position().x()
        (x0, x1), _ = self.getViewBox().viewRange()
        passes = x0 + (x - plot.x()) / (plot.width() or 1) * (x1 - x0)
        self._set_hover(passes if plot.contains(event.position()) and 0 <= passes <= self._now() else None)

    def leaveEvent(self, event: QEvent) -> None:
        self._set_hover(None)
        super().leaveEvent(event)

    def _set_hover(self, passes: float | None) -> None:
        if passes != self._hover:
            self._hover = passes
            self.viewport().update()

    def _paint_hover(self, p: QPainter, s: Scheme, plot: QRectF) -> None:
        if self._hover is None:
            return
        words = self._said(self._hover)
        x = self._at(self._hover, 0).x()
        p.fillRect(QRectF(round(x), plot.y(), 1, plot.height()), s.color("text3", 0.5))
        letters, wrapped = QFontMetricsF(p.font()), int(Qt.TextFlag.TextWordWrap)
        most = QRectF(0, 0, min(_WIDEST, plot.width() - 18), plot.height())
        size = letters.boundingRect(most, wrapped, words).size()  # of many lines it takes several lines of words
        width, height = math.ceil(size.width()) + 18, math.ceil(size.height()) + 10
        left = x + 8 if x + 8 + width < plot.right() else max(plot.x(), x - 8 - width)
        box = QRectF(left, max(plot.y(), plot.bottom() - 8 - height), width, height)
        p.setPen(QPen(s.color("line_strong"), 1))
        p.setBrush(s.color("raised"))
        p.drawRoundedRect(box, 6, 6)
        p.setPen(s.color("text"))
        p.drawText(box.adjusted(9, 5, -9, -5), wrapped, words)
