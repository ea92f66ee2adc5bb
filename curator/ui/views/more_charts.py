"""The charts beside the losses: one figure of every step below them, and validation parted by tag."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from curator.core.progress import LossPoint, RunProgress, TrainPoint
from curator.core.settings import rate_words
from curator.ui.models.compared import INKS
from curator.ui.models.loss_series import LossSeries
from curator.ui.views.chart_lines import ChartLine
from curator.ui.views.pass_chart import PassChart


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
        self.setFixedHeight(84)
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
    """Validation of the rows with each tag, beside that of all. After the last ink they begin again, dashed."""

    empty_words = "The held-out rows are measured for the first time soon."

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(120)
        self.setAccessibleName("Validation by tag")

    def set_progress(self, progress: RunProgress) -> None:
        """Show these; a tag keeps its ink as long as the run is looked at."""
        wanted = ["all rows", *sorted(progress.tags)]
        for gone in [key for key in self.lines if key not in wanted]:
            self.drop_line(gone)
        for i, name in enumerate(wanted):
            line = self.lines.get(name)
            if line is None:
                ink = "accent" if i == 0 else INKS[(i - 1) % len(INKS)]
                made = ChartLine(LossSeries(), ink, 2.25 if i == 0 else 1.75, name=name)
                made.is_dashed = i > len(INKS)
                line = self.set_line(name, made)
            line.series.update(progress.valid if i == 0 else progress.tags[name])
        self.total, self.end = progress.total_passes or 1.0, progress.passes
        self.is_over = progress.state.is_over
        self.draw()
