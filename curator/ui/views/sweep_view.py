"""The picture of a sweep: one line a variant, from where it began (ring) to its best (disc), on one scale."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from curator.ui.controls import CENTRE, LEFT, RIGHT, Plane, Text, column, smooth
from curator.ui.models.loss_series import levels
from curator.ui.models.sweep import SweepPicture, Variant
from curator.ui.theme import font, scheme_of

_ROW, _HEAD = 34, 26
_FIGURES = 150  # room at the right for the best loss and its place


class _Lines(QWidget):
    """The lines themselves; ↑ and ↓ or a press choose one."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.picture = SweepPicture("", ())
        self.current = 0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Runs of the sweep")

    def sizeHint(self) -> QSize:
        return QSize(400, _HEAD + _ROW * len(self.picture.variants))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, _HEAD + _ROW * len(self.picture.variants))

    def _scale(self) -> tuple[float, float]:
        known = [x for v in self.picture.variants for x in (v.first, v.best) if x is not None]
        low, high = (min(known), max(known)) if known else (0.0, 3.0)
        room = max(0.05, (high - low) * 0.08)
        return low - room, high + room

    def _names(self) -> float:
        measure = QFontMetricsF(font("strong"))
        widest = max((measure.horizontalAdvance(v.name) for v in self.picture.variants), default=0.0)
        return float(min(widest + 28, self.width() * 0.34))

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        names, (low, high) = self._names(), self._scale()
        plot = QRectF(names, _HEAD, max(60.0, self.width() - names - _FIGURES), self.height() - _HEAD)

        def x_of(loss: float) -> float:
            return plot.x() + plot.width() * (loss - low) / ((high - low) or 1)

        p.setFont(font("caption"))
        for level in levels(low, high):
            x = round(x_of(level))
            p.fillRect(QRectF(x, _HEAD - 4, 1, plot.height()), s.color("line"))
            p.setPen(s.color("text3"))
            p.drawText(QRectF(x - 24, 2, 48, 18), CENTRE, f"{level:.2f}".rstrip("0").rstrip("."))
        winner = self.picture.winner
        for i, one in enumerate(self.picture.variants):
            y = _HEAD + _ROW * i
            if one.run == self.current:
                p.fillRect(QRectF(0, y, self.width(), _ROW), s.color("accent_wash" if self.hasFocus() else "hover"))
                p.fillRect(QRectF(0, y, 3, _ROW), s.color("accent" if self.hasFocus() else "line_strong"))
            middle = y + _ROW / 2
            is_best = one is winner
            p.setFont(font("strong" if is_best else "body"))
            p.setPen(s.color("text"))
            name = QFontMetricsF(p.font()).elidedText(one.name, Qt.TextElideMode.ElideRight, names - 24)
            p.drawText(QRectF(12, y, names - 20, _ROW), LEFT, name)
            ink = "accent" if is_best or one.is_live else "bad" if one.has_failed else "text3"
            if one.first is not None and one.best is not None:
                p.setPen(QPen(s.color(ink, 0.6), 2))
                p.drawLine(QPointF(x_of(one.first), middle), QPointF(x_of(one.best), middle))
                p.setPen(QPen(s.color(ink), 1.6))
                p.setBrush(s.color("base"))
                p.drawEllipse(QPointF(x_of(one.first), middle), 4, 4)
            if one.best is not None:
                p.setPen(QPen(s.color("base"), 2))
                p.setBrush(s.color(ink))
                p.drawEllipse(QPointF(x_of(one.best), middle), 5.5, 5.5)
            figures = QRectF(self.width() - _FIGURES + 12, y, _FIGURES - 20, _ROW)
            p.setFont(font("small"))
            p.setPen(s.color("bad" if one.has_failed else "text3"))
            p.drawText(figures, RIGHT, one.words)
            if one.best is not None:
                p.setFont(font("small-strong"))
                p.setPen(s.color("accent_text" if is_best else "text"))
                p.drawText(figures, LEFT, f"{one.best:.2f}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._choose(int((event.position().y() - _HEAD) // _ROW))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        here = next((i for i, v in enumerate(self.picture.variants) if v.run == self.current), -1)
        if step:
            self._choose(here + step)
        else:
            super().keyPressEvent(event)

    def _choose(self, place: int) -> None:
        if 0 <= place < len(self.picture.variants):
            self.current = self.picture.variants[place].run
            self.update()
            self.chosen.emit(self.current)


class SweepView(QScrollArea):
    """The sentence, then the lines. `run_chosen(run)` comes from a line."""

    run_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.sentence = Text("", "body", "text2", wrap=True)
        self.lines = _Lines()
        inner = Plane("base")
        inner.setLayout(column(2, self.sentence, 2, self.lines, None))
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.lines.chosen.connect(self.run_chosen)

    def show_picture(self, picture: SweepPicture, run: int) -> None:
        """Show the sweep, with one of its runs chosen."""
        self.lines.current = run
        if picture != self.lines.picture:
            self.lines.picture = picture
            self.sentence.setText(picture.sentence)
            self.lines.setAccessibleDescription("; ".join(_spoken(v) for v in picture.variants))
            self.lines.updateGeometry()
        self.lines.update()


def _spoken(one: Variant) -> str:
    best = "no loss yet" if one.best is None else f"best {one.best:.2f}"
    return ", ".join(part for part in (one.name, best, one.words) if part)
