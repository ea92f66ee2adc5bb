"""What a chart draws: one line with its ink and name, the pen for it, and names set apart at the ends of lines."""

from __future__ import annotations

from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from curator.ui.models.loss_series import Floats, LossSeries

LABEL = 17  # height of a line of words


@dataclass(slots=True)
class ChartLine:
    """One line: its losses, the ink and weight it is drawn with, and the name at its end (none: it has none).

    `is_smooth` draws the exponential mean, else the values as measured; `keeps_peaks` thins by extremes, so that a
    restless line stays restless.
    """

    series: LossSeries
    ink: str = "text2"
    width: float = 2.0
    alpha: float = 1.0
    name: str = ""
    is_smooth: bool = False
    keeps_peaks: bool = False
    is_dashed: bool = False
    is_shown: bool = True

    @property
    def values(self) -> Floats:
        """What is drawn."""
        return self.series.smooth if self.is_smooth else self.series.raw


def pen(colour: QColor, width: float, dots: float, is_dashed: bool) -> QPen:
    """A round pen of so many points; pyqtgraph's pens count device pixels."""
    made: QPen = pg.mkPen(colour, width=width * dots)
    made.setCapStyle(Qt.PenCapStyle.RoundCap)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if is_dashed:
        made.setDashPattern([3.0, 3.0])
    return made


def apart(names: list[tuple[float, str, str]], top: float, bottom: float) -> list[tuple[float, str, str]]:
    """The names at least a line of words from each other and inside the picture, in the order of their values."""
    placed = sorted((max(top, min(bottom, y)), words, ink) for y, words, ink in names)
    groups: list[list[int]] = [[i] for i in range(len(placed))]
    at = [y for y, _, _ in placed]
    i = 0
    while i < len(groups) - 1:
        here, there = groups[i], groups[i + 1]
        if at[there[0]] - at[here[-1]] >= LABEL - 1e-6:
            i += 1
            continue
        both = here + there  # they push each other away from their common middle
        middle = sum(placed[k][0] for k in both) / len(both)
        height = LABEL * (len(both) - 1)
        first = max(top, min(bottom - height, middle - height / 2))
        for place, k in enumerate(both):
            at[k] = first + LABEL * place
        groups[i : i + 2] = [both]
        i = max(0, i - 1)
    return [(y, words, ink) for y, (_, words, ink) in zip(at, placed, strict=True)]
