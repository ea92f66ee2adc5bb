"""How many rows are how long, against the limit."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from curator.services.datasets import Bar
from curator.ui.controls import CENTRE, LEFT, RIGHT, smooth
from curator.ui.models.amounts import rows_words
from curator.ui.theme import Scheme, font, metrics, scheme_of


class Histogram(QWidget):
    """Bars of one width; beyond the limit they are red. Hovering says the figures of a bar."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: tuple[Bar, ...] = ()
        self.limit = 2048
        self.setMinimumHeight(84)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("How long the rows are")

    def show_bars(self, bars: Sequence[Bar], limit: int) -> None:
        """Show another set of lengths."""
        self.bars, self.limit = tuple(bars), limit
        over = sum(bar.rows for bar in bars if bar.is_over)
        fit = sum(bar.rows for bar in bars) - over
        self.setAccessibleDescription(f"{rows_words(fit)} within {limit:,} tokens, {rows_words(over)} beyond")
        self.update()

    @property
    def _words(self) -> float:
        """The height of the words above and below the bars."""
        return max(16.0, metrics("caption").height())

    @property
    def _end(self) -> int:
        return max(self.bars[-1].high if self.bars else 0, self.limit)

    def _x(self, tokens: float) -> float:
        return self.width() * tokens / self._end

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        ground = self.height() - self._words - 4
        high = max((bar.rows for bar in self.bars), default=0)
        p.setPen(Qt.PenStyle.NoPen)
        for bar in self.bars:
            if bar.rows:
                h = max((ground - self._words - 4) * bar.rows / high, 4.0)
                left, right = self._x(bar.low), self._x(bar.high)
                p.setBrush(s.color("bad" if bar.is_over else "accent"))
                p.drawRoundedRect(QRectF(left + 1, ground - h, max(2.0, right - left - 2), h), 2, 2)
        p.fillRect(QRectF(0, ground, self.width(), 1), s.color("line_strong"))
        self._paint_limit(p, s, ground)
        self._paint_figures(p, s, ground)

    def _paint_limit(self, p: QPainter, s: Scheme, ground: float) -> None:
        x = min(self._x(self.limit), self.width() - 1.0)
        p.setPen(QPen(s.color("bad"), 1.25, Qt.PenStyle.DashLine))
        p.drawLine(round(x), 2, round(x), round(ground))
        p.setFont(font("caption"))
        p.setPen(s.color("bad"))
        p.drawText(QRectF(0, 0, x - 8, self._words + 2), RIGHT, f"limit {self.limit:,}")

    def _paint_figures(self, p: QPainter, s: Scheme, ground: float) -> None:
        p.setPen(s.color("text3"))
        step = next(n for n in (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 1 << 30) if self._end / n <= 6)
        for tokens in range(0, self._end + 1, step):
            words = f"{tokens:,}"
            width = QFontMetricsF(p.font()).horizontalAdvance(words) + 2
            x = self._x(tokens) - width / 2
            if tokens == 0:
                p.drawText(QRectF(0, ground + 3, width, self._words), LEFT, words)
            elif x + width <= self.width():
                p.drawText(QRectF(x, ground + 3, width, self._words), CENTRE, words)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            bar = next((b for b in self.bars if self._x(b.low) <= event.pos().x() < self._x(b.high)), None)
            words = f"{rows_words(bar.rows)} of {bar.low + 1:,} to {bar.high:,} tokens" if bar else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)
