"""The live chart: raw loss faint, smoothed loss strong, validation in the accent, the best checkpoint marked; and any
other runs laid over it, each in an ink of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from curator.core.progress import LossPoint, RunProgress
from curator.ui.controls import LEFT, RIGHT
from curator.ui.models.amounts import passes_words
from curator.ui.models.compared import INKS, WHOLE, Overlay
from curator.ui.models.loss_series import LossSeries
from curator.ui.theme import Scheme, growth
from curator.ui.views.chart_lines import ChartLine
from curator.ui.views.pass_chart import PassChart

TICK_MS = 100  # at most ten pictures a second, however fast the losses come

_NO_NUMBER = "the loss is no number"
_MARK = 8  # pixels of height


class Shown(StrEnum):
    """Which lines of the training loss are drawn."""

    SMOOTHED = "smoothed"
    RAW = "raw"
    BOTH = "both"


class LossChart(PassChart):
    """Losses over passes: those of one run, and of others beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.train, self.valid = LossSeries(), LossSeries()
        self.shown = Shown.BOTH
        self.name = ""  # of the run itself, said only while others lie over it
        self.progress, self._pending = RunProgress(), RunProgress()
        self._run = 0
        self._overlays: tuple[Overlay, ...] = ()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        self.setAccessibleName("Loss chart")
        self.setMinimumHeight(round(100 * growth()))
        self.set_line("raw", ChartLine(self.train, "text2", 1, 0.32, keeps_peaks=True))
        self.set_line("smooth", ChartLine(self.train, "text2", 2, name="train", is_smooth=True))
        self.set_line("valid", ChartLine(self.valid, "accent", 2.25, name="validation"))
        self._name_lines()

    def close(self) -> None:
        self._timer.stop()
        super().close()

    # -- what is shown

    def set_progress(self, run: int, progress: RunProgress) -> None:
        """Show the losses of a run. Another run is drawn at once, and so are its first losses and its end, of which the
        words above the chart tell; more of the same run at the next tick."""
        is_same, self._pending = progress is self._pending, progress
        if run != self._run:
            self._run = run
            self.train.clear()
            self.valid.clear()
            self._hover = None
            self._timer.stop()
            self._on_tick()
        elif not is_same and (not self.has_values or (progress.state.is_over and not self.is_over)):
            self._timer.stop()
            self._on_tick()
        elif not is_same and not self._timer.isActive():
            self._timer.start()

    def set_overlays(self, overlays: Sequence[Overlay], name: str = "") -> None:
        """Lay other runs over this one; `name` tells which this one is. None: it stands alone."""
        fresh, name = tuple(overlays), name if overlays else ""
        if fresh == self._overlays and name == self.name:
            return
        gone = {one.run for one in self._overlays} - {one.run for one in fresh}
        for run in gone:
            self.drop_line(f"{run} train")
            self.drop_line(f"{run} valid")
        self._overlays, self.name = fresh, name
        for one in fresh:
            self._lay_over(one)
        self._set_ends()
        self._name_lines()
        self.draw()

    @property
    def is_crowded(self) -> bool:
        """Whether so many lie over each other that only validation can be read."""
        return len(self._overlays) > len(INKS)

    def _lay_over(self, one: Overlay) -> None:
        for part, points in (("train", one.progress.train), ("valid", one.progress.valid)):
            key = f"{one.run} {part}"
            line = self.lines.get(key) or ChartLine(LossSeries(), is_smooth=part == "train")
            line.series.update(points)
            line.ink, line.dash = one.ink, one.dash if part == "valid" or not one.progress.valid else WHOLE
            line.is_shown = part == "valid" or not self.is_crowded or not one.progress.valid
            line.name = one.name if part == "valid" or not one.progress.valid else ""
            line.width, line.alpha = (2.0, 1.0) if part == "valid" else (1.0, 0.55)
            line.end = one.progress.passes
            self.set_line(key, line)

    def set_shown(self, shown: Shown) -> None:
        """Draw the training loss smoothed, raw or both ways."""
        self.shown = shown
        self._name_lines()
        self.draw()

    def _name_lines(self) -> None:
        """Which lines are there, how strong, and what stands at their ends."""
        is_alone = not self._overlays
        raw, smooth, valid = self.lines["raw"], self.lines["smooth"], self.lines["valid"]
        raw.is_shown = self.shown is not Shown.SMOOTHED and is_alone
        is_bare = self.is_crowded and bool(len(self.valid))
        smooth.is_shown = (self.shown is not Shown.RAW or not is_alone) and not is_bare
        raw.alpha = 0.55 if self.shown is Shown.RAW else 0.32
        raw.name = "train" if self.shown is Shown.RAW and is_alone else ""
        smooth.name = "train" if is_alone else ""
        smooth.ink, smooth.width, smooth.alpha = ("text2", 2.0, 1.0) if is_alone else ("accent", 1.0, 0.55)
        valid.name = "validation" if is_alone else self.name
        if not is_alone and not len(self.valid):
            smooth.name = self.name
        self.tint()

    def _on_tick(self) -> None:
        self.progress = self._pending
        had_valid = bool(len(self.valid))
        self.train.update(self.progress.train)
        self.valid.update(self.progress.valid)
        if had_valid != bool(len(self.valid)):
            self._name_lines()
        self._set_ends()
        self.draw()

    def _set_ends(self) -> None:
        self.total = max([self.progress.total_passes or 1.0, *(one.progress.passes for one in self._overlays)])
        self.end, self.is_over = self.progress.passes, self.progress.state.is_over
        for own in ("raw", "smooth", "valid"):
            self.lines[own].end = self.end if self._overlays else math.inf

    # -- the marks above the lines

    def _said(self, passes: float) -> str:
        said = super()._said(passes)
        best = self.progress.best
        if best is not None and self._overlays == () and abs(best.passes - passes) * 200 < self._span():
            said += ", the best"
        if self._overlays == () and any(abs(p.passes - passes) * 200 < self._span() for p in self.progress.lossless):
            said += f", {_NO_NUMBER}"
        return said

    def paint_over(self, p: QPainter, s: Scheme, plot: QRectF) -> None:
        if not self._overlays:
            self._paint_lossless(p, s, plot)
        if not self.progress.state.is_over:
            self._paint_now(p, s, plot)
        for one in self._overlays:
            best = one.progress.best
            if best is not None and math.isfinite(best.loss):
                self._paint_disc(p, s, self._at(best.passes, best.loss), one.ink, 4)
        self._paint_best(p, s, plot)

    def _paint_now(self, p: QPainter, s: Scheme, plot: QRectF) -> None:
        x = round(self._at(self._now(), 0).x()) if not self._overlays else round(self._at(self.end, 0).x())
        p.fillRect(QRectF(x, plot.y() - self._top + 4, 1, plot.height() + self._top - 4), s.color("line_strong"))
        p.setPen(s.color("text3"))
        p.drawText(QRectF(x + 8, plot.y() - self._top + 2, 80 * growth(), self._label), LEFT, "now")

    def _paint_lossless(self, p: QPainter, s: Scheme, plot: QRectF) -> None:
        """A mark at each step that has no place on a line."""
        for x in {round(self._at(step.passes, 0).x()) for step in self.progress.lossless}:
            p.fillRect(QRectF(x - 1, plot.bottom() - _MARK, 2, _MARK), s.color("warn"))

    def _paint_disc(self, p: QPainter, s: Scheme, at: QPointF, ink: str, radius: float) -> None:
        p.setPen(QPen(s.color("base"), 2.5))
        p.setBrush(s.color(ink))
        p.drawEllipse(at, radius + 1.5, radius + 1.5)

    def _paint_best(self, p: QPainter, s: Scheme, plot: QRectF) -> None:
        best = self.progress.best
        if best is None or not math.isfinite(best.loss) or not len(self.valid):
            return
        at = self._at(best.passes, best.loss)
        if self._overlays:
            self._paint_disc(p, s, at, "accent", 4)
            return
        p.setPen(QPen(s.color("accent", 0.5), 1, Qt.PenStyle.DashLine))
        p.drawLine(QPointF(at.x(), plot.y() - self._top + 4), QPointF(at.x(), plot.bottom()))
        self._paint_disc(p, s, at, "accent", 4)
        p.setPen(s.color("accent_text"))
        p.drawText(*self._best_said(best, QFontMetricsF(p.font()), plot))

    def _best_said(self, best: LossPoint, metrics: QFontMetricsF, plot: QRectF) -> tuple[QRectF, Qt.AlignmentFlag, str]:
        """What is said of the best: as much as there is room for beside its line."""
        name = "best" if self.progress.state.is_over else "best so far"
        figure, x = f"{best.loss:.2f}", self._at(best.passes, best.loss).x()
        now = self._at(self._now(), 0).x()
        place, side, words = QRectF(), LEFT, ""
        for words in (f"{name} {figure}, pass {passes_words(best.passes)}", f"{name} {figure}", f"best {figure}"):
            width = metrics.horizontalAdvance(words) + 4
            place = QRectF(x + 8, plot.y() - self._top + 2, width, self._label)
            if x - width - 8 >= plot.x():
                place.moveRight(x - 8)
                return place, RIGHT, words
            if not self.progress.state.is_over and place.right() > now:
                place.moveLeft(now + 44 * growth())  # behind the word "now"
            if place.right() <= plot.right() + self._right:
                break
        return place, side, words
