"""Every chart over passes: its lines, their inks, and their names at their ends.

Imports pyqtgraph (0.8 s): whoever shows a chart imports its module when it is first wanted, off the window's thread.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QResizeEvent

from curator.ui.controls import CENTRE, LEFT
from curator.ui.models.loss_series import bounds, levels, means, peaks
from curator.ui.theme import Scheme, font, scheme_of
from curator.ui.views.chart_ground import BOTTOM_ROOM, TOP_ROOM, ChartGround
from curator.ui.views.chart_lines import LABEL, ChartLine, End, apart, pen

_NAMES_MOST = 0.45  # of the width; longer names are shortened
_MARK = 26.0  # a piece of a line, and the gap behind it
_WHOLE = 250  # points up to which a line is stroked whole
DOT = 3.0
"""Radius of a line's only value."""


class PassChart(ChartGround):
    """Lines over passes, whose names are said at their ends."""

    empty_words = "The first loss comes soon; on a slow computer in some minutes."

    def __init__(self, top: int = TOP_ROOM, bottom: int = BOTTOM_ROOM) -> None:
        super().__init__(top, bottom)
        self.lines: dict[str, ChartLine] = {}
        self._curves: dict[str, pg.PlotCurveItem] = {}
        self._is_ready = True

    # -- what is drawn

    def set_line(self, key: str, line: ChartLine) -> ChartLine:
        """Draw a line, or another in its place."""
        if key not in self._curves:
            curve = self._curves[key] = pg.PlotCurveItem(antialias=True, skipFiniteCheck=True)
            self.addItem(curve)
        self.lines[key] = line
        self._tint_line(key)
        return line

    def drop_line(self, key: str) -> None:
        """Draw it no longer."""
        self.lines.pop(key, None)
        curve = self._curves.pop(key, None)
        if curve is not None:
            self.removeItem(curve)

    def draw(self) -> None:
        """Take over what the series hold now."""
        width = max(200, self.width())
        for key, line in self.lines.items():
            curve = self._curves[key]
            curve.setVisible(line.is_shown)
            if line.is_shown:
                thin, most = (peaks, 2 * width) if line.keeps_peaks else (means, width // 3)
                x, y = thin(line.series.x, line.values, most)
                # A short line is stroked whole, its joints round; a long one in pieces: 2,000 points take 100 ms whole.
                # A dashed one is whole too: in pieces its dashes begin anew at every point.
                curve.setSegmentedLineMode("on" if x.size > _WHOLE and not line.dash else "off")
                curve.setData(x, y)
        self._fit()
        self.viewport().update()
        self.setAccessibleDescription(self._spoken())

    def bounds(self) -> tuple[float, float]:
        """The lowest and highest value worth showing."""
        return bounds([line.series for line in self.lines.values() if line.is_shown])

    def _fit(self) -> None:
        low, high = self.bounds()
        room = (high - low) * 0.08
        most = max(2, min(self.most_levels, int(self._plot().height() / self._label)))
        self._levels = levels(low - room, high + room, most)
        self.setYRange(low - room, high + room, padding=0)
        self.setXRange(0, self._span(), padding=0)

    def _span(self) -> float:
        """How many passes the width stands for: all that are planned, and room for the words behind the last loss."""
        now = self._now()
        total = max(now, 0.05) if self.is_over else self.total
        width = max(200.0, float(self.width()) - self._left - self._right)
        return float(max(total, now / (1 - min(_NAMES_MOST, self._names_width() / width))))

    def _names_width(self) -> float:
        metrics = QFontMetricsF(font("small-strong"))
        names = [line.name for line in self._named()]
        return max([metrics.horizontalAdvance(f"{name} 0.00") for name in names], default=0.0) + 18 + self._mark_room()

    def _mark_room(self) -> float:
        """Before the names, for a piece of the line: where lines share an ink, their dashes tell them apart."""
        return _MARK if any(line.dash for line in self._named()) else 0.0

    def _named(self) -> list[ChartLine]:
        """The lines that are said at their ends, those first that shall keep their name where there is little room."""
        return [line for line in self.lines.values() if line.name and line.is_shown and len(line.series)]

    def _now(self) -> float:
        ends = [float(one.series.x[-1]) for one in self.lines.values() if one.is_shown and len(one.series)]
        return max([self.end, *ends])

    @property
    def has_values(self) -> bool:
        """Whether there is anything to draw."""
        return any(len(line.series) for line in self.lines.values())

    # -- what is said

    def _spoken(self) -> str:
        """What a screen reader says: "pass 2.1, train 1.92, validation 2.10"."""
        return self._said(self._now()) if self.has_values else "no losses yet"

    def _said(self, passes: float) -> str:
        parts = [f"pass {passes:.1f}"]
        for line in self.lines.values():
            if line.is_shown and line.name:
                value = line.series.value_at(passes, line.is_smooth)
                if value is not None:
                    at = f" at pass {line.end:.1f}" if line.end < passes else ""  # it came no further
                    parts.append(f"{line.name} {self.figure(value)}{at}")
        return ", ".join(parts)

    def figure(self, value: float) -> str:
        """A value as it is written at the end of its line."""
        return f"{value:.2f}"

    # -- colours

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and self._is_ready:
            self.tint()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange and self._is_ready:
            self.tint()
        return bool(super().event(event))

    def tint(self, dots: float = 0.0) -> None:
        """Give every line its ink of the present palette, and its weight at so many dots a point; 0: the screen's."""
        for key in self.lines:
            self._tint_line(key, dots)
        self.viewport().update()

    def _tint_line(self, key: str, dots: float = 0.0) -> None:
        line = self.lines[key]
        colour = scheme_of(self).color(line.ink, line.alpha)
        self._curves[key].setPen(pen(colour, line.width, dots or self.devicePixelRatioF(), line.dash))

    # -- words and lines around the curves

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_ready:
            self._fit()

    def drawForeground(self, p: QPainter, rect: QRectF) -> None:
        s, plot = scheme_of(self), self._plot()
        p.save()
        p.resetTransform()
        p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        p.setFont(font("small-strong"))
        if self.has_values:
            self._paint_single(p, s)
            self.paint_over(p, s, plot)
            self._paint_ends(p, s, plot)
            self._paint_hover(p, s, plot)
        else:
            p.setPen(s.color("text3"))
            p.drawText(plot, CENTRE, self.empty_words)
        p.restore()

    def paint_over(self, p: QPainter, s: Scheme, plot: QRectF) -> None:
        """What stands above the lines and below their names."""

    def _paint_single(self, p: QPainter, s: Scheme) -> None:
        """A line that has one value so far is no line yet: it is a dot."""
        p.setPen(Qt.PenStyle.NoPen)
        for line in self.lines.values():
            if line.is_shown and len(line.series) == 1:
                p.setBrush(s.color(line.ink, line.alpha))
                p.drawEllipse(self._at(float(line.series.x[0]), float(line.values[0])), DOT, DOT)

    def _paint_ends(self, p: QPainter, s: Scheme, plot: QRectF) -> None:
        """The names of the lines at their ends, moved apart where the values are close."""
        x = self._at(self._now(), 0).x() + 9
        ends: list[End] = []
        for line in self._named():
            last = float(line.values[-1])
            ends.append(End(self._at(0, last).y(), f"{line.name} {self.figure(last)}", line.ink, line.dash))
        metrics = QFontMetricsF(p.font())
        height = max(LABEL, metrics.height())
        if len(ends) * height > plot.height():
            p.setFont(font("caption"))
            metrics = QFontMetricsF(p.font())
            height = metrics.height()
        mark = self._mark_room()
        room = self.viewport().width() - x - mark
        for end in apart(ends, plot.y() + height / 2, plot.bottom() - height / 2, height):
            fitting = metrics.elidedText(end.words, Qt.TextElideMode.ElideMiddle, room)
            where = QRectF(x + mark, end.y - height / 2, room, height)
            ground = QRectF(x - 2, where.y(), mark + metrics.horizontalAdvance(fitting) + 4, height)
            p.fillRect(ground, s.color("base"))  # no hairline goes through the words
            if mark and end.ink != "text3":
                p.setPen(pen(s.color(end.ink), 2, 1, end.dash))
                p.drawLine(QPointF(x + 1, end.y), QPointF(x + mark - 7, end.y))
            p.setPen(s.color("accent_text" if end.ink == "accent" else end.ink))
            p.drawText(where, LEFT, fitting)
        p.setFont(font("small-strong"))
