"""The learning-rate finder: one button, its little curve, what it suggests, and “Use this”."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QApplication, QWidget

from curator.core.settings import rate_words
from curator.services.rates import RateFinding
from curator.ui.controls import CENTRE, Button, Meter, Text, column, row, smooth
from curator.ui.theme import font, scheme_of


class RateCurve(QWidget):
    """Smoothed losses over ever higher rates; what is suggested wears the accent."""

    def __init__(self) -> None:
        super().__init__()
        self._finding: RateFinding | None = None
        self.setFixedHeight(92)

    def sizeHint(self) -> QSize:
        return QSize(240, 92)

    def show_finding(self, finding: RateFinding) -> None:
        """Draw what was found."""
        self._finding = finding
        self.setAccessibleName(f"Loss at {len(finding.points)} rates. {finding.sentence}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        found = self._finding
        points = [(r, v) for r, v in found.points if r > 0 and math.isfinite(v)] if found is not None else []
        if found is None or len(points) < 2:
            return
        p, s = smooth(self), scheme_of(self)
        plot = QRectF(self.rect()).adjusted(4, 8, -4, -20)
        x0, x1 = math.log10(points[0][0]), math.log10(points[-1][0])
        losses = [v for _, v in points]
        low = min(losses)
        high = min(
            max(losses), max(losses[0], low) + 0.6 * (max(losses[0], low) - low) + 0.2
        )  # it runs away at the end
        span = (high - low) or 1.0

        def at(rate: float, loss: float) -> QPointF:
            x = plot.x() + plot.width() * (math.log10(rate) - x0) / ((x1 - x0) or 1)
            return QPointF(x, plot.bottom() - plot.height() * (min(loss, high) - low) / span)

        p.fillRect(QRectF(plot.x(), round(plot.bottom()) + 4, plot.width(), 1), s.color("line_strong"))
        p.setFont(font("caption"))
        p.setPen(s.color("text3"))
        for power in range(math.ceil(x0), math.floor(x1) + 1):
            x = max(plot.x() + 10, at(10.0**power, low).x())
            p.drawText(QRectF(x - 30, plot.bottom() + 5, 60, 16), CENTRE, f"1e{power}")
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.setPen(QPen(s.color("text2"), 1.6))
        p.drawPolyline(QPolygonF([at(r, v) for r, v in points]))
        nearest = min(points, key=lambda one: abs(math.log(one[0] / found.suggestion)))
        disc = at(found.suggestion, nearest[1])
        p.setPen(QPen(s.color("accent", 0.5), 1, Qt.PenStyle.DashLine))
        p.drawLine(QPointF(disc.x(), plot.y() - 6), QPointF(disc.x(), plot.bottom() + 4))
        p.setPen(QPen(s.color("base"), 2))
        p.setBrush(s.color("accent"))
        p.drawEllipse(disc, 5, 5)


class RateFinder(QWidget):
    """Says `asked()` and `cancelled()`; the place does the looking. `taken(rate)` when the person wants it."""

    asked = Signal()
    cancelled = Signal()
    taken = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.has_something = False
        self._rate = 0.0
        self.button = Button("Find", "pulse", flat=True, small=True)
        self.button.setAccessibleName("Find a learning rate")
        self.button.setToolTip(
            "Tries ever higher rates on these rows for a minute and looks where the loss falls fastest"
        )
        self._words = Text("", "small", "text2", wrap=True)
        self._meter = Meter(0.0)
        self._meter.setAccessibleName("Trying rates")
        self._cancel = Button("Stop looking", flat=True, small=True)
        self.curve = RateCurve()
        self.use = Button("Use this", small=True)
        self._leave = Button("Leave it", flat=True, small=True)
        self._busy = QWidget()
        self._busy.setLayout(column(self._meter, row(None, self._cancel), spacing=1))
        self._found = QWidget()
        self._found.setLayout(column(self.curve, row(None, self._leave, self.use), spacing=1))
        self.setLayout(column(1, self._words, 1, self._busy, self._found))
        self.button.clicked.connect(self.asked)
        self._cancel.clicked.connect(self.cancelled)
        self._leave.clicked.connect(self.put_away)
        self.use.clicked.connect(self._on_used)

    def show_busy(self, words: str, share: float = 0.0) -> None:
        """What is being done, and how far it is."""
        self._show(words, busy=True)
        self._meter.set_value(share)

    def show_finding(self, finding: RateFinding) -> None:
        """What was found."""
        self._rate = finding.suggestion
        self.curve.show_finding(finding)
        self.use.set_text(f"Use {rate_words(finding.suggestion)}")
        self._show(finding.sentence, found=True)

    def show_problem(self, words: str) -> None:
        """Why nothing was found."""
        self._show(words)

    def put_away(self) -> None:
        """Nothing is asked any more."""
        had_focus = self._has_focus()
        self.has_something = False
        self.button.setEnabled(True)
        if had_focus:
            self.button.setFocus()
        self.hide()

    def _show(self, words: str, busy: bool = False, found: bool = False) -> None:
        had_focus = self._has_focus()
        self.has_something = True
        self._words.setText(words)
        self.show()
        for part, is_shown, first in ((self._busy, busy, self._cancel), (self._found, found, self.use)):
            part.setVisible(is_shown)
            if is_shown and had_focus:
                first.setFocus()
        self.button.setEnabled(not busy)
        if had_focus and not busy and not found:
            self.button.setFocus()

    def _has_focus(self) -> bool:
        """Whether the keyboard is here: what it is on goes away, and Qt would give it to a number of the run."""
        focus = QApplication.focusWidget()
        return focus is not None and (focus is self.button or self.isAncestorOf(focus))

    def _on_used(self) -> None:
        self.put_away()
        self.taken.emit(self._rate)
