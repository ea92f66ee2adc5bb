"""The live chart: raw loss faint, smoothed loss strong, validation in the accent, the best checkpoint marked.

Imports pyqtgraph (0.8 s): whoever shows it imports this module when the Runs place is first opened, not before.
"""

from __future__ import annotations

import math
from enum import StrEnum

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from curator.core.progress import RunProgress
from curator.ui.controls import CENTRE, LEFT, RIGHT
from curator.ui.models.loss_series import Floats, LossSeries, bounds, levels, means, peaks
from curator.ui.models.run_words import passes_words
from curator.ui.theme import Scheme, font, scheme_of

TICK_MS = 100  # at most ten pictures a second, however fast the losses come
_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 8, 24, 26  # room around the losses for figures and words
_LABEL = 17  # height of a line of words
_WHOLE = 250  # points up to which a line is stroked whole


class Shown(StrEnum):
    """Which lines of the training loss are drawn."""

    SMOOTHED = "smoothed"
    RAW = "raw"
    BOTH = "both"


class LossChart(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph carries no types
    """Losses over passes. The curves are pyqtgraph's; hairlines, figures and words are painted here, so that they
    take the palette of the moment."""

    _is_ready = False  # Qt's events come before the constructor is done, and after pyqtgraph has taken itself apart

    def __init__(self) -> None:
        super().__init__(background=None)
        self.setFrameShape(self.Shape.NoFrame)
        self.setCacheMode(pg.GraphicsView.CacheModeFlag.CacheNone)  # a kept background would keep its old colours
        self.setMinimumHeight(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.setMouseEnabled(False, False)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.hideAxis("left")
        self.hideAxis("bottom")
        self.plotItem.layout.setContentsMargins(_LEFT, _TOP, _RIGHT, _BOTTOM)
        self.getViewBox().setDefaultPadding(0)
        self.train, self.valid = LossSeries(), LossSeries()
        self.shown = Shown.BOTH
        self._progress, self._pending = RunProgress(), RunProgress()
        self._run = 0
        self._levels: list[float] = []
        self._hover: float | None = None
        self._curves = {name: self._curve() for name in ("raw", "smooth", "valid")}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Loss chart")
        self._is_ready = True
        self._tint()

    def close(self) -> None:
        """Let go; pyqtgraph deletes its plot here."""
        self._is_ready = False
        self._timer.stop()
        super().close()

    def _curve(self) -> pg.PlotCurveItem:
        item = pg.PlotCurveItem(antialias=True, skipFiniteCheck=True)
        self.addItem(item)
        return item

    # -- what is shown

    def set_progress(self, run: int, progress: RunProgress) -> None:
        """Show the losses of a run. Another run is drawn at once, more of the same run at the next tick."""
        self._pending = progress
        if run != self._run:
            self._run = run
            self.train.clear()
            self.valid.clear()
            self._hover = None
            self._timer.stop()
            self._on_tick()
        elif not self._timer.isActive():
            self._timer.start()

    def set_shown(self, shown: Shown) -> None:
        """Draw the training loss smoothed, raw or both ways."""
        self.shown = shown
        self._tint()
        self._draw()

    def _on_tick(self) -> None:
        self._progress = self._pending
        self.train.update(self._progress.train)
        self.valid.update(self._progress.valid)
        self._draw()
        self.setAccessibleDescription(self._spoken())

    def _draw(self) -> None:
        raw = self.shown in (Shown.RAW, Shown.BOTH)
        smooth = self.shown in (Shown.SMOOTHED, Shown.BOTH)
        self._curves["raw"].setVisible(raw)
        self._curves["smooth"].setVisible(smooth)
        width = max(200, self.width())
        if raw:
            self._set("raw", *peaks(self.train.x, self.train.raw, 2 * width))
        if smooth:
            self._set("smooth", *means(self.train.x, self.train.smooth, width // 3))
        self._set("valid", *means(self.valid.x, self.valid.raw, width // 2))
        self._fit()
        self.viewport().update()

    def _set(self, name: str, x: Floats, y: Floats) -> None:
        """A short line is stroked whole, its joints round; a long one in pieces: 2,000 points whole take 100 ms."""
        self._curves[name].setSegmentedLineMode("on" if x.size > _WHOLE else "off")
        self._curves[name].setData(x, y)

    def _fit(self) -> None:
        low, high = bounds((self.train, self.valid))
        room = (high - low) * 0.08
        self._levels = levels(low - room, high + room)
        self.setYRange(low - room, high + room, padding=0)
        self.setXRange(0, self._span(), padding=0)

    def _span(self) -> float:
        """How many passes the width stands for: all that are planned, and room for the words behind the last loss."""
        now, total = self._now(), self._progress.total_passes or 1.0
        if self._progress.state.is_over:
            total = max(now, 0.05)
        width = max(200.0, float(self.width()) - _LEFT - _RIGHT)
        words = QFontMetricsF(font("small-strong")).horizontalAdvance("validation 0.00") + 18
        return float(max(total, now / max(0.3, 1 - words / width)))

    def _now(self) -> float:
        ends = [float(one.x[-1]) for one in (self.train, self.valid) if len(one)]
        return max([self._progress.passes, *ends]) if ends else self._progress.passes

    def _spoken(self) -> str:
        """What a screen reader says: "pass 2.1, train 1.92, validation 2.10"."""
        if not len(self.train) and not len(self.valid):
            return "no losses yet"
        return self._said(self._now())

    def _said(self, passes: float) -> str:
        parts = [f"pass {passes:.1f}"]
        train, valid = self.train.value_at(passes), self._valid_at(passes)
        if train is not None:
            parts.append(f"train {train:.2f}")
        if valid is not None:
            parts.append(f"validation {valid:.2f}")
        return ", ".join(parts)

    def _valid_at(self, passes: float) -> float | None:
        before = self.valid.raw[self.valid.x <= passes]
        return float(before[-1]) if before.size else None

    # -- colours

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and self._is_ready:
            self._tint()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange and self._is_ready:
            self._tint()
        return bool(super().event(event))

    def _tint(self) -> None:
        s, dots = scheme_of(self), self.devicePixelRatioF()
        alone = self.shown is Shown.RAW
        self._curves["raw"].setPen(_pen(s.color("text2", 0.55 if alone else 0.32), 1, dots))
        self._curves["smooth"].setPen(_pen(s.color("text2"), 2, dots))
        self._curves["valid"].setPen(_pen(s.color("accent"), 2.25, dots))
        self.viewport().update()

    # -- words and lines around the curves

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_ready:
            self._fit()

    def _plot(self) -> QRectF:
        return QRectF(self.viewport().rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)

    def _at(self, passes: float, loss: float) -> QPointF:
        plot = self._plot()
        (x0, x1), (y0, y1) = self.getViewBox().viewRange()
        return QPointF(
            plot.x() + plot.width() * (passes - x0) / ((x1 - x0) or 1),
            plot.bottom() - plot.height() * (loss - y0) / ((y1 - y0) or 1),
        )

    def drawBackground(self, p: QPainter, rect: QRectF) -> None:
        s, plot = scheme_of(self), self._plot()
        p.save()
        p.resetTransform()
        p.fillRect(QRectF(self.viewport().rect()), s.color("base"))
        p.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        p.setFont(font("caption"))
        digits = 1 if all(abs(v * 10 - round(v * 10)) < 1e-6 for v in self._levels) else 2
        for level in self._levels:
            y = round(self._at(0, level).y())
            p.fillRect(QRectF(plot.x(), y, plot.width() + _RIGHT, 1), s.color("line"))
            p.setPen(s.color("text3"))
            p.drawText(QRectF(0, y - 9, _LEFT - 8, 18), RIGHT, f"{level:.{digits}f}")
        for passes, words in self._ticks():
            half = QFontMetricsF(p.font()).horizontalAdvance(words) / 2 + 1
            x = min(self._at(passes, 0).x(), self.viewport().width() - half)
            p.setPen(s.color("text3"))
            p.drawText(QRectF(x - half, plot.bottom() + 6, 2 * half, 18), CENTRE, words)
        p.restore()

    def _ticks(self) -> list[tuple[float, str]]:
        """Places on the axis: whole passes, fewer where there are many, quarters where there is one."""
        total = self._progress.total_passes or 1.0
        end = min(total, self._span())
        if end <= 1.5:
            step = 0.25
        else:
            step = next((n for n in (1, 2, 5, 10, 20, 50, 100) if end / n <= 10), math.ceil(end / 10))
        count = int(end / step + 1e-6)
        places = [step * i for i in range(1, count + 1)]
        return [(v, f"pass {passes_words(v)}" if v == places[-1] else passes_words(v)) for v in places]

    def drawForeground(self, p: QPainter, rect: QRectF) -> None:
        s, plot = scheme_of(self), self._plot()
        p.save()
        p.resetTransform()
        p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        p.setFont(font("small-strong"))
        if not len(self.train) and not len(self.valid):
            p.setPen(s.color("text3"))
            p.drawText(plot, CENTRE, "The first loss comes in some seconds.")
        else:
            self._paint_now(p, s, plot)
            self._paint_best(p, s, plot)
            self._paint_ends(p, s, plot)
            self._paint_hover(p, s, plot)
        p.restore()

    def _paint_now(self, p: QPainter, s: Scheme, plot: QRectF) -> None:
        if self._progress.state.is_over:
            return
        x = round(self._at(self._now(), 0).x())
        p.fillRect(QRectF(x, plot.y() - _TOP + 4, 1, plot.height() + _TOP - 4), s.color("line_strong"))
        p.setPen(s.color("text3"))
        p.drawText(QRectF(x + 8, plot.y() - _TOP + 4, 80, _LABEL), LEFT, "now")

    def _paint_best(self, p: QPainter, s: Scheme, plot: QRectF) -> None:
        best = self._progress.best
        if best is None or not math.isfinite(best.loss) or not len(self.valid):
            return
        at = self._at(best.passes, best.loss)
        p.setPen(QPen(s.color("accent", 0.5), 1, Qt.PenStyle.DashLine))
        p.drawLine(QPointF(at.x(), plot.y() - _TOP + 4), QPointF(at.x(), plot.bottom()))
        p.setPen(QPen(s.color("base"), 2.5))
        p.setBrush(s.color("accent"))
        p.drawEllipse(at, 5.5, 5.5)
        name = "best" if self._progress.state.is_over else "best so far"
        words = f"{name} {best.loss:.2f}, pass {passes_words(best.passes)}"
        width = QFontMetricsF(p.font()).horizontalAdvance(words) + 4
        p.setPen(s.color("accent_text"))
        left = at.x() - width - 8
        place = QRectF(left if left >= plot.x() else at.x() + 8, plot.y() - _TOP + 4, width, _LABEL)
        if left < plot.x() and not self._progress.state.is_over and place.right() > self._at(self._now(), 0).x():
            place.moveLeft(self._at(self._now(), 0).x() + 44)  # behind the word "now"
        p.drawText(place, RIGHT if left >= plot.x() else LEFT, words)

    def _paint_ends(self, p: QPainter, s: Scheme, plot: QRectF) -> None:
        """The names of the lines at their ends, moved apart where the losses are close."""
        x = self._at(self._now(), 0).x() + 9
        names: list[list[float | str]] = []
        if len(self.valid):
            last = float(self.valid.raw[-1])
            names.append([self._at(0, last).y(), f"validation {last:.2f}", "accent_text"])
        if len(self.train):
            last = float((self.train.raw if self.shown is Shown.RAW else self.train.smooth)[-1])
            names.append([self._at(0, last).y(), f"train {last:.2f}", "text2"])
        for place, words, ink in _apart(names, plot.y() + _LABEL / 2, plot.bottom() - _LABEL / 2):
            p.setPen(s.color(ink))
            p.drawText(QRectF(x, place - _LABEL / 2, 160, _LABEL), LEFT, words)

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
        width = QFontMetricsF(p.font()).horizontalAdvance(words) + 18
        left = x + 8 if x + 8 + width < plot.right() else x - 8 - width
        box = QRectF(left, plot.bottom() - 34, width, 26)
        p.setPen(QPen(s.color("line_strong"), 1))
        p.setBrush(s.color("raised"))
        p.drawRoundedRect(box, 6, 6)
        p.setPen(s.color("text"))
        p.drawText(box, CENTRE, words)


def _pen(colour: QColor, width: float, dots: float) -> QPen:
    """A round pen of so many points; pyqtgraph's pens count device pixels."""
    pen: QPen = pg.mkPen(colour, width=width * dots)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _apart(names: list[list[float | str]], top: float, bottom: float) -> list[tuple[float, str, str]]:
    """At most two names, at least a line of words from each other and inside the picture."""
    placed = sorted((max(top, min(bottom, float(y))), str(words), str(ink)) for y, words, ink in names)
    if len(placed) == 2 and placed[1][0] - placed[0][0] < _LABEL:
        middle = (placed[0][0] + placed[1][0]) / 2
        upper = max(top, min(bottom - _LABEL, middle - _LABEL / 2))
        placed = [(upper, *placed[0][1:]), (upper + _LABEL, *placed[1][1:])]
    return placed
