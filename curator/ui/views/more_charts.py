"""The charts beside the losses: one figure of every step below them, and validation parted by tag."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from curator.core.progress import LossPoint, RunProgress, TrainPoint
from curator.core.settings import rate_words
from curator.ui.models.compared import STYLES, WHOLE
from curator.ui.models.loss_series import LossSeries
from curator.ui.theme import growth, scheme_of
from curator.ui.views.chart_lines import ChartLine, pen
from curator.ui.views.pass_chart import PassChart

NAMED = 8
"""Tags that have a name where there are more than can be told from each other."""

_ALL, _TAG = "all", "tag "  # keys of the lines: a tag may be called as it likes


@dataclass(frozen=True, slots=True)
class StepFigure:
    """A figure of every training step: what it is called, how it is read and written."""

    title: str
    short: str
    value: Callable[[LossPoint], float]
    words: Callable[[float], str]


def _of(name: str) -> Callable[[LossPoint], float]:
    return lambda point: float(getattr(point, name)) if isinstance(point, TrainPoint) else float("nan")


STEP_FIGURES = (
    StepFigure("Learning rate", "rate", _of("learning_rate"), lambda v: rate_words(v) if v > 0 else "0"),
    StepFigure("Gradient norm", "gradient", _of("gradient_norm"), lambda v: f"{v:.2f}"),
    StepFigure("Tokens per second", "tokens/s", _of("tokens_per_second"), lambda v: f"{v:,.0f}"),
)


class StepChart(PassChart):
    """A low chart under the losses, on the same passes."""

    empty_words = "The first step comes soon; on a slow computer in some minutes."

    def __init__(self, above: PassChart) -> None:
        super().__init__(top=6, bottom=8)
        self.most_levels = 3
        self.above = above
        self.kind = STEP_FIGURES[0]
        self.setFixedHeight(round(42 + 42 * growth()))  # its words are few: it grows half as much as they do
        self.choose(self.kind)

    def choose(self, kind: StepFigure) -> None:
        """Show another figure."""
        self.kind = kind
        is_restless = kind.short != "rate"
        self.set_line("raw", ChartLine(LossSeries(value=kind.value), "text2", 1, 0.35, keeps_peaks=True))
        self.set_line("line", ChartLine(self.lines["raw"].series, "text2", 1.5, name=kind.short, is_smooth=is_restless))
        self.lines["raw"].is_shown = is_restless
        self.setAccessibleName(kind.title)

    def set_progress(self, progress: RunProgress) -> None:
        """Show the figure of these steps."""
        self.lines["raw"].series.update(progress.train)
        self.total, self.end, self.is_over = self.above.total, self.above.end, self.above.is_over
        self.draw()

    def _span(self) -> float:
        return self.above._span()

    def figure(self, value: float) -> str:
        return self.kind.words(value)

    def level_words(self, level: float) -> str:
        return self.kind.words(level)


class TagChart(PassChart):
    """Validation of the rows with each tag, beside that of all.

    Of more tags than can be told from each other the worst wear an ink and a name, the others are faint.
    """

    empty_words = "The held-out rows are measured for the first time soon."

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(round(100 * growth()))
        self.setAccessibleName("Validation by tag")
        self.title = "Validation by tag"
        self._styles: dict[str, tuple[str, int]] = {}
        self._others = pg.PlotCurveItem(antialias=True, skipFiniteCheck=True)
        self._others.setSegmentedLineMode("on")
        self._others_between = (math.inf, -math.inf)
        self.addItem(self._others)
        self.tint()

    def set_progress(self, progress: RunProgress) -> None:
        """Show these; a tag keeps its ink as long as it is among those that have one."""
        tags = progress.tags
        self._choose(tags)
        for gone in [key for key in self.lines if key != _ALL and key[len(_TAG) :] not in self._styles]:
            self.drop_line(gone)
        self._line(_ALL, ChartLine(LossSeries(), "accent", 2.25, name="all rows")).series.update(progress.valid)
        self._curves[_ALL].setZValue(2)
        for tag, (ink, dash) in sorted(self._styles.items()):
            line = self._line(_TAG + tag, ChartLine(LossSeries(), ink, 1.75, name=tag, dash=dash))
            line.series.update(tags[tag])
            self._curves[_TAG + tag].setZValue(1)
        self._set_others([points for tag, points in sorted(tags.items()) if tag not in self._styles])
        self.total, self.end = progress.total_passes or 1.0, progress.passes
        self.is_over = progress.state.is_over
        self.draw()

    def _line(self, key: str, fresh: ChartLine) -> ChartLine:
        return self.lines.get(key) or self.set_line(key, fresh)

    def _set_others(self, tags: Sequence[Sequence[LossPoint]]) -> None:
        """The tags without a name, as one curve with gaps: a hundred items of their own take 0.1 s to make."""
        measured = [[p for p in points if math.isfinite(p.loss)] for points in tags]
        x = np.array([p.passes for points in measured for p in points])
        y = np.array([p.loss for points in measured for p in points])
        joined = np.ones(x.size, dtype=np.int32)
        ends = np.cumsum([len(points) for points in measured], dtype=int)
        joined[ends[ends > 0] - 1] = 0
        self._others.setVisible(bool(x.size))
        self._others.setData(x, y, connect=joined)
        self._others_between = (float(y.min()), float(y.max())) if y.size else (math.inf, -math.inf)

    def bounds(self) -> tuple[float, float]:
        (low, high), (least, most) = super().bounds(), self._others_between
        return min(low, least), max(high, most)

    def tint(self, dots: float = 0.0) -> None:
        super().tint(dots)
        ink = scheme_of(self).color("text3", 0.2)
        faint = pen(ink, 1, dots or self.devicePixelRatioF(), WHOLE)
        faint.setCapStyle(Qt.PenCapStyle.FlatCap)  # drawn in pieces: round ones would lie on each other, and darker
        self._others.setPen(faint)

    def _choose(self, tags: Mapping[str, Sequence[LossPoint]]) -> None:
        """Which tags have an ink and a name: all of a few, else those whose rows are answered worst."""
        chosen = sorted(tags)
        self.title = "Validation by tag"
        if len(chosen) > len(STYLES):
            chosen = sorted(chosen, key=lambda tag: -_last(tags[tag]))[:NAMED]
            self.title = f"Validation by tag, the {NAMED} worst of {len(tags)} named"
        self._styles = {tag: style for tag, style in self._styles.items() if tag in chosen}
        free = [style for style in STYLES if style not in self._styles.values()]
        for tag in chosen:
            if tag not in self._styles:
                self._styles[tag] = free.pop(0)

    def _named(self) -> list[ChartLine]:
        every = super()._named()
        return sorted(every, key=lambda line: (line.name != "all rows", -float(line.series.raw[-1])))


def _last(points: Sequence[LossPoint]) -> float:
    """The last loss that is a number; a tag without one stands last."""
    return next((point.loss for point in reversed(points) if math.isfinite(point.loss)), -math.inf)
