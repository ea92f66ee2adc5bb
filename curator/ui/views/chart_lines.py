"""What a chart draws: one line with its ink and name, the pen for it, and names set apart at the ends of lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from curator.ui.models.compared import DASHED, DOTTED, WHOLE
from curator.ui.models.loss_series import Floats, LossSeries

LABEL = 17  # height of a line of words


@dataclass(slots=True)
class ChartLine:
    """One line: its losses, the ink and weight it is drawn with, and the name at its end (none: it has none).

    `is_smooth` draws the exponential mean, else the values as measured; `keeps_peaks` thins by extremes, so that a
    restless line stays restless. `end` is how far what it tells of has come, in passes.
    """

    series: LossSeries
    ink: str = "text2"
    width: float = 2.0
    alpha: float = 1.0
    name: str = ""
    is_smooth: bool = False
    keeps_peaks: bool = False
    dash: int = WHOLE
    end: float = math.inf
    is_shown: bool = True

    @property
    def values(self) -> Floats:
        """What is drawn."""
        return self.series.smooth if self.is_smooth else self.series.raw


_DASHES = {DASHED: [4.0, 3.0], DOTTED: [0.1, 2.6]}  # in widths of the line, to which round ends add one


def pen(colour: QColor, width: float, dots: float, dash: int) -> QPen:
    """A round pen of so many points; pyqtgraph's pens count device pixels."""
    made: QPen = pg.mkPen(colour, width=width * dots)
    made.setCapStyle(Qt.PenCapStyle.RoundCap)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dash in _DASHES:
        made.setDashPattern(_DASHES[dash])
    return made


@dataclass(frozen=True, slots=True)
class End:
    """What is said at the end of a line: where, which words, and what the line wears."""

    y: float
    words: str
    ink: str
    dash: int = WHOLE


def apart(ends: Sequence[End], top: float, bottom: float, height: float = LABEL) -> list[End]:
    """The ends at least a line of words from each other and inside the picture, in the order of their values.

    `height` is that of a line of words. Of more ends than have room the first are kept, and the last place, at the
    bottom, says how many are left out.
    """
    room = max(1, int((bottom - top + 1e-6) / height) + 1)
    rest = len(ends) - room + 1 if len(ends) > room else 0
    if rest:
        ends, bottom = ends[: room - 1], bottom - height
    inside = [replace(end, y=max(top, min(bottom, end.y))) for end in ends]
    placed = _spread(sorted(inside, key=lambda end: (end.y, end.words)), top, bottom, height)
    return [*placed, End(bottom + height, f"{rest} more", "text3")] if rest else placed


def _spread(placed: list[End], top: float, bottom: float, height: float) -> list[End]:
    groups: list[list[int]] = [[i] for i in range(len(placed))]
    at = [end.y for end in placed]
    i = 0
    while i < len(groups) - 1:
        here, there = groups[i], groups[i + 1]
        if at[there[0]] - at[here[-1]] >= height - 1e-6:
            i += 1
            continue
        both = here + there  # they push each other away from their common middle
        middle = sum(placed[k].y for k in both) / len(both)
        whole = height * (len(both) - 1)
        first = max(top, min(bottom - whole, middle - whole / 2))
        for place, k in enumerate(both):
            at[k] = first + height * place
        groups[i : i + 2] = [both]
        i = max(0, i - 1)
    return [replace(end, y=y) for y, end in zip(at, placed, strict=True)]
