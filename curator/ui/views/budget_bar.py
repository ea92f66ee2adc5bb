"""The budget bar: prompt, response, and the room left before the limit; or how much would be cut."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from curator.ui.controls import LEFT, RIGHT, smooth
from curator.ui.theme import Scheme, font, scheme_of


def paint_track(p: QPainter, r: QRectF, s: Scheme, prompt: int, response: int, limit: int) -> None:
    """The bar alone, at any height; also painted in table cells."""
    total = prompt + response
    span = max(limit, total * 1.02 if total > limit else limit)
    scale, rad = r.width() / span, r.height() / 2
    path = QPainterPath()
    path.addRoundedRect(r, rad, rad)
    p.save()
    p.setClipPath(path)
    p.fillRect(r, s.color("text", 0.075 if not s.is_dark else 0.10))
    x1 = r.x() + prompt * scale
    x2 = r.x() + min(total, limit) * scale
    p.fillRect(QRectF(r.x(), r.y(), x1 - r.x(), r.height()), s.color("accent_soft"))
    p.fillRect(QRectF(x1 + 1.5, r.y(), max(0.0, x2 - x1 - 1.5), r.height()), s.color("accent"))
    if total > limit:
        over = QRectF(x2 + 1.5, r.y(), (total - limit) * scale, r.height())
        p.fillRect(over, s.color("bad", 0.22))
        p.setPen(QPen(s.color("bad"), 1.4))
        step = 5
        x = over.left() - over.height()
        p.setClipRect(over, Qt.ClipOperation.IntersectClip)
        while x < over.right():
            p.drawLine(x, over.bottom(), x + over.height(), over.top())
            x += step
    p.restore()
    if total > limit and r.height() >= 6:
        p.setPen(QPen(s.color("bad"), 1.5))
        p.drawLine(x2 + 0.75, r.y() - 3, x2 + 0.75, r.bottom() + 3)


class BudgetBar(QWidget):
    """Bar above, its three figures below."""

    def __init__(self, prompt: int, response: int, limit: int = 2048, note: str = "") -> None:
        super().__init__()
        self.prompt, self.response, self.limit, self.note = prompt, response, limit, note
        self.setFixedHeight(34)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"Prompt {prompt} tokens, response {response}, limit {limit}")

    def paintEvent(self, _event) -> None:
        p, s = smooth(self), scheme_of(self)
        w = self.width()
        paint_track(p, QRectF(0, 3, w, 8), s, self.prompt, self.response, self.limit)
        total = self.prompt + self.response
        x = self._legend(p, s, 0, "accent_soft", "Prompt", self.prompt)
        x = self._legend(p, s, x + 20, "accent", "Response", self.response)
        p.setFont(font("small"))
        if self.note:
            p.setPen(s.color("text3"))
            p.drawText(QRectF(x + 20, 16, w, 18), LEFT, self.note)
        if total > self.limit:
            p.setPen(s.color("bad"))
            p.setFont(font("small-strong"))
            p.drawText(
                QRectF(0, 16, w, 18), RIGHT, f"{total - self.limit:,} over {self.limit:,}: the ending would be cut"
            )
        else:
            self._room(p, s, w, self.limit - total)

    def _room(self, p: QPainter, s: Scheme, w: float, left: int) -> None:
        tail = f" of {self.limit:,}"
        p.setFont(font("small"))
        p.setPen(s.color("text3"))
        p.drawText(QRectF(0, 16, w, 18), RIGHT, tail)
        end = w - QFontMetricsF(p.font()).horizontalAdvance(tail)
        p.setFont(font("small-strong"))
        p.setPen(s.color("text"))
        p.drawText(QRectF(0, 16, end, 18), RIGHT, f"{left:,}")
        end -= QFontMetricsF(p.font()).horizontalAdvance(f"{left:,}") + 5
        p.setFont(font("small"))
        p.setPen(s.color("text2"))
        p.drawText(QRectF(0, 16, end, 18), RIGHT, "Room left")

    def _legend(self, p: QPainter, s: Scheme, x: float, swatch: str, name: str, count: int) -> float:
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(s.color(swatch))
        p.drawRoundedRect(QRectF(x, 21, 8, 8), 2.5, 2.5)
        x += 14
        for words, role, ink in ((name, "small", "text2"), (f"{count:,}", "small-strong", "text")):
            p.setFont(font(role))
            p.setPen(s.color(ink))
            p.drawText(QRectF(x, 16, 200, 18), LEFT, words)
            x += QFontMetricsF(p.font()).horizontalAdvance(words) + 5
        return x - 5
