"""The five figures above the chart: a name, a value that is read at a glance, and a word beside it."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import psutil
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from curator.core.job import JobState
from curator.core.progress import RunProgress
from curator.ui.controls import LEFT, row, smooth
from curator.ui.models.amounts import duration, passes_words, rough_duration
from curator.ui.theme import font, growth, metrics, scheme_of

_LEAST = 76  # the width of a figure, with text of the usual size
_VALUE = ("title", "heading", "small-strong")


class Stat(QWidget):
    """A figure with its name; one of them may carry a meter."""

    def __init__(self, name: str, value: str = "–", unit: str = "", meter: float | None = None) -> None:
        super().__init__()
        self.name, self.value, self.unit, self.meter = name, value, unit, meter
        self._name_high = max(18, math.ceil(metrics("caption").height()))
        self._high = max(28, math.ceil(metrics("title").height()))
        self.setFixedHeight(self._name_high + self._high + 6)
        self.setMinimumWidth(_LEAST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._say()

    def show_figure(self, name: str, value: str, unit: str = "", meter: float | None = None) -> None:
        """Show another figure; nothing is painted when it says the same."""
        if (name, value, unit, meter) != (self.name, self.value, self.unit, self.meter):
            self.name, self.value, self.unit, self.meter = name, value, unit, meter
            self._say()
            self.update()

    def _say(self) -> None:
        self.setAccessibleName(f"{self.name}: {self.value} {self.unit}".strip())

    @property
    def value_role(self) -> str:
        """The largest size in which the value is read whole."""
        fits = (role for role in _VALUE if metrics(role).horizontalAdvance(self.value) <= self.width())
        return next(fits, _VALUE[-1])

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        p.setFont(font("caption"))
        p.setPen(s.color("text3"))
        p.drawText(QRectF(0, 0, self.width(), self._name_high), LEFT, self.name)
        p.setFont(font(self.value_role))
        p.setPen(s.color("text"))
        p.drawText(QRectF(0, self._name_high, self.width(), self._high), LEFT, self.value)
        x = QFontMetricsF(p.font()).horizontalAdvance(self.value) + 5
        p.setFont(font("small"))
        p.setPen(s.color("text2"))
        if QFontMetricsF(p.font()).horizontalAdvance(self.unit) <= self.width() - x:  # half a word says nothing
            p.drawText(QRectF(x, self._name_high + 2, self.width(), self._high), LEFT, self.unit)
        if self.meter is not None:
            width = min(128.0, self.width() - 8)
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(s.color("text", 0.1))
            p.drawRoundedRect(QRectF(0, self.height() - 4, width, 3), 1.5, 1.5)
            p.setBrush(s.color("text3"))
            p.drawRoundedRect(QRectF(0, self.height() - 4, max(3.0, width * min(1.0, self.meter)), 3), 1.5, 1.5)


class Stats(QWidget):
    """Time left, pass, speed, memory, best so far; once the run is over, the time it took."""

    def __init__(self) -> None:
        super().__init__()
        self._memory_gb = psutil.virtual_memory().total / 2**30
        self.time, self.passes = Stat("Time left"), Stat("Pass")
        self.speed, self.memory, self.best = Stat("Speed"), Stat("Memory"), Stat("Best so far")
        self.setLayout(row(self.time, self.passes, self.speed, self.memory, self.best, spacing=3))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where text is large in a narrow window, the figures that matter less leave, and none is cut."""
        super().resizeEvent(event)
        fitting = self.width() // round(_LEAST * growth())
        self.memory.setVisible(fitting >= 5)
        self.speed.setVisible(fitting >= 4)

    def show_progress(self, progress: RunProgress, now: datetime | None = None) -> None:
        """Tell these figures; a figure that is not known yet is a dash."""
        over = progress.state.is_over
        if over:
            self.time.show_figure("Time taken", duration(progress.elapsed))
        elif progress.seconds_left is None:
            self.time.show_figure("Time left", "–", "not known yet")
        else:
            end = (now or datetime.now()) + timedelta(seconds=progress.seconds_left)
            self.time.show_figure("Time left", rough_duration(progress.seconds_left), f"done at {end:%H:%M}")
        total = f"of {passes_words(progress.total_passes)}" if progress.total_passes else ""
        self.passes.show_figure("Pass", _place(progress), total)
        speed = f"{progress.tokens_per_second:,.0f}" if progress.tokens_per_second else "–"
        self.speed.show_figure("Speed", speed, "tokens/s" if progress.tokens_per_second else "")
        if progress.memory_gb:
            unit, share = f"of {self._memory_gb:.0f} GB", progress.memory_gb / self._memory_gb
            self.memory.show_figure("Memory", f"{progress.memory_gb:.1f}", unit, None if over else share)
        else:
            self.memory.show_figure("Memory", "–")
        best = progress.best
        value, where = ("–", "") if best is None else (f"{best.loss:.2f}", f"at pass {passes_words(best.passes)}")
        self.best.show_figure("Best" if over else "Best so far", value, where)


def _place(progress: RunProgress) -> str:
    """How far it is; a figure that moves keeps its decimal, so that the line does not jump."""
    if progress.state is JobState.DONE or progress.passes == progress.total_passes:
        return passes_words(progress.passes)
    return f"{progress.passes:.1f}"
