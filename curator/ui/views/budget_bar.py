"""The budget bar: prompt, response, and the room left before the limit; or how much would be cut."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from curator.core.budget import Usage, Verdict
from curator.ui.controls import LEFT, RIGHT, smooth
from curator.ui.theme import Scheme, font, metrics, scheme_of

_NARROW = 620  # points; under this the note goes, and stays in the tooltip


def paint_track(p: QPainter, r: QRectF, s: Scheme, prompt: int, response: int, limit: int) -> None:
    """The bar alone, at any height; also painted in table cells. Over the limit the scale grows to the whole row."""
    total = prompt + response
    span = max(limit, total * 1.02 if total > limit else limit, 1)
    scale, radius = r.width() / span, r.height() / 2
    path = QPainterPath()
    path.addRoundedRect(r, radius, radius)
    p.save()
    p.setClipPath(path)
    p.fillRect(r, s.color("text", 0.10 if s.is_dark else 0.075))
    x1 = r.x() + min(prompt, limit) * scale
    x2 = r.x() + min(total, limit) * scale
    p.fillRect(QRectF(r.x(), r.y(), x1 - r.x(), r.height()), s.color("accent_soft"))
    gap = 1.5 if prompt else 0
    p.fillRect(QRectF(x1 + gap, r.y(), max(0.0, x2 - x1 - gap), r.height()), s.color("accent"))
    if total > limit:
        over = QRectF(x2 + 1.5, r.y(), (total - limit) * scale, r.height())
        p.fillRect(over, s.color("bad", 0.22))
        p.setPen(QPen(s.color("bad"), 1.4))
        p.setClipRect(over, Qt.ClipOperation.IntersectClip)
        x = over.left() - over.height()
        while x < over.right():
            p.drawLine(QPointF(x, over.bottom()), QPointF(x + over.height(), over.top()))
            x += 5
    p.restore()
    if total > limit and r.height() >= 6:
        p.fillRect(QRectF(x2, r.y() - 3, 1.5, r.height() + 6), s.color("bad"))


def figure(count: int, is_estimate: bool) -> str:
    """A number of tokens in words; an estimate wears "≈"."""
    return f"{'≈ ' if is_estimate else ''}{count:,}"


class BudgetBar(QWidget):
    """The bar, its three figures below it, and who counted them."""

    def __init__(self) -> None:
        super().__init__()
        self.usage: Usage | None = None
        self.limit, self.note = 0, ""
        self._line = max(18, math.ceil(metrics("small").height()))
        self.setFixedHeight(16 + self._line)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_usage(None, 0, "")

    def set_usage(self, usage: Usage | None, limit: int, tokenizer: str) -> None:
        """Show what the row takes of `limit` tokens as `tokenizer` counts it; None while it is being counted."""
        self.usage, self.limit = usage, limit
        if usage is None or not tokenizer:
            self.note = ""
        elif usage.is_estimate:
            self.note = f"estimated with {tokenizer.removesuffix(' estimate')}"
        else:
            self.note = f"counted with {tokenizer}’s own template"
        self.setAccessibleName(self.sentence())
        self.setToolTip(self.sentence())
        self.update()

    def sentence(self) -> str:
        """All of it in words, for a screen reader and for the tooltip."""
        usage = self.usage
        if usage is None:
            return "The tokens of this row are being counted."
        counts = f"Prompt {figure(usage.prompt, usage.is_estimate)} tokens, "
        counts += f"response {figure(usage.response, usage.is_estimate)}. {self.verdict() or self._room_words()}"
        return f"{counts}. {self.note[:1].upper()}{self.note[1:]}" if self.note else f"{counts}."

    def verdict(self) -> str:
        """What is wrong with the row's length, in a sentence; nothing when it fits."""
        usage = self.usage
        match usage.verdict(self.limit) if usage is not None else Verdict.FITS:
            case Verdict.OVER if usage is not None:
                over = figure(usage.over(self.limit), usage.is_estimate)
                return f"{over} over {self.limit:,}: the ending would be cut"
            case Verdict.REFUSED if usage is not None:
                return usage.refusal.rstrip(".")
            case Verdict.EMPTY if usage is not None:
                return "No response: nothing to learn" if usage.prompt > 0 else "No prompt: nothing to answer"
        return ""

    def _room_words(self) -> str:
        left = self.limit - self.usage.total if self.usage is not None else 0
        return f"Room left {left:,} of {self.limit:,}"

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, s, usage = smooth(self), scheme_of(self), self.usage
        w = self.width()
        prompt, response = (usage.prompt, usage.response) if usage is not None else (0, 0)
        paint_track(p, QRectF(0, 3, w, 8), s, prompt, response, self.limit)
        if usage is None:
            p.setFont(font("small"))
            p.setPen(s.color("text3"))
            p.drawText(QRectF(0, 16, w, self._line), LEFT, "Counting…")
            return
        x = self._legend(p, s, 0, "accent_soft", "Prompt", figure(prompt, usage.is_estimate))
        x = self._legend(p, s, x + 20, "accent", "Response", figure(response, usage.is_estimate))
        right = self._paint_right(p, s, w)
        room = right - x - 40
        if self.note and w >= _NARROW and room > 80:
            p.setFont(font("small"))
            p.setPen(s.color("text3"))
            shown = QFontMetricsF(p.font()).elidedText(self.note, Qt.TextElideMode.ElideRight, room)
            p.drawText(QRectF(x + 20, 16, room + 4, self._line), LEFT, shown)

    def _paint_right(self, p: QPainter, s: Scheme, w: float) -> float:
        """The room left, or the sentence that says what is wrong; returns where it begins."""
        wrong = self.verdict()
        if wrong:
            p.setFont(font("small-strong"))
            p.setPen(s.color("bad"))
            measures = QFontMetricsF(p.font())
            shown = measures.elidedText(wrong, Qt.TextElideMode.ElideRight, w * 0.6)
            p.drawText(QRectF(0, 16, w, self._line), RIGHT, shown)
            return w - measures.horizontalAdvance(shown)
        usage = self.usage
        left = figure(self.limit - usage.total, usage.is_estimate) if usage is not None else ""
        end = w
        for words, role, ink, gap in (
            (f" of {self.limit:,}", "small", "text3", 0),
            (left, "small-strong", "text", 5),
            ("Room left", "small", "text2", 0),
        ):
            p.setFont(font(role))
            p.setPen(s.color(ink))
            p.drawText(QRectF(0, 16, end, self._line), RIGHT, words)
            end -= QFontMetricsF(p.font()).horizontalAdvance(words) + gap
        return end

    def _legend(self, p: QPainter, s: Scheme, x: float, swatch: str, name: str, count: str) -> float:
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(s.color(swatch))
        p.drawRoundedRect(QRectF(x, 12 + self._line / 2, 8, 8), 2.5, 2.5)
        x += 14
        for words, role, ink in ((name, "small", "text2"), (count, "small-strong", "text")):
            p.setFont(font(role))
            p.setPen(s.color(ink))
            p.drawText(QRectF(x, 16, 200, self._line), LEFT, words)
            x += QFontMetricsF(p.font()).horizontalAdvance(words) + 5
        return x - 5
