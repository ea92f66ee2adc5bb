"""What lies under and between the controls: layouts in grid units, planes, text in a named ink, glyphs and lines."""

from __future__ import annotations

from textwrap import fill

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from curator.ui import icons
from curator.ui.theme import font, icon_size, scheme_of, space, tall

MID = Qt.AlignmentFlag.AlignVCenter
LEFT, RIGHT, CENTRE = Qt.AlignmentFlag.AlignLeft | MID, Qt.AlignmentFlag.AlignRight | MID, Qt.AlignmentFlag.AlignCenter


_TIP = 120  # characters in a line of a tooltip; Qt breaks none of plain text

Item = QWidget | QLayout | int | float | None  # a widget, a layout, a gap in grid units, or None for a stretch
Margins = tuple[float, float, float, float]


def smooth(widget: QWidget) -> QPainter:
    """An antialiased painter on a widget."""
    p = QPainter(widget)
    p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    return p


def column(*items: Item, spacing: float = 0, margins: Margins = (0, 0, 0, 0)) -> QVBoxLayout:
    """Things below each other; see `row`."""
    box = QVBoxLayout()
    _fill(box, items, spacing, margins)
    return box


def row(*items: Item, spacing: float = 2, margins: Margins = (0, 0, 0, 0)) -> QHBoxLayout:
    """Things beside each other, measured in grid units; a number is a gap, None is a stretch."""
    box = QHBoxLayout()
    _fill(box, items, spacing, margins)
    return box


def _fill(box: QBoxLayout, items: tuple[Item, ...], spacing: float, margins: Margins) -> None:
    box.setSpacing(space(spacing))
    box.setContentsMargins(*(space(m) for m in margins))
    for item in items:
        if item is None:
            box.addStretch(1)
        elif isinstance(item, (int, float)):
            box.addSpacing(space(item))
        elif isinstance(item, QWidget):
            box.addWidget(item)
        else:
            box.addLayout(item)


def scrolled(inner: QWidget) -> QScrollArea:
    """What scrolls where there is no room for all of it: without a frame, never sideways, and no stop for Tab."""
    area = QScrollArea()
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and delete it, so that it can be filled again."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


def tint(widget: QWidget, role: QPalette.ColorRole, name: str) -> None:
    """Give one palette role of a widget a named colour; call again on PaletteChange (it sets nothing twice)."""
    wanted = scheme_of(widget).color(name)
    if widget.palette().color(role) != wanted:
        fresh = QPalette()  # only this role is resolved here: every other one goes on following the parent
        fresh.setColor(role, wanted)
        widget.setPalette(fresh)


class Plane(QWidget):
    """A rectangle of one scheme colour with hairlines on the named edges."""

    def __init__(
        self, plane: str = "window", edges: str = "", layout: QLayout | None = None, width: int = 0, height: int = 0
    ) -> None:
        super().__init__()
        self.plane, self.edges = plane, edges
        if layout is not None:
            self.setLayout(layout)
        if width:
            self.setFixedWidth(width)
        if height:
            self.setFixedHeight(height)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = QPainter(self), scheme_of(self)
        p.fillRect(self.rect(), s.color(self.plane))
        hairline, w, h = s.color("line"), self.width(), self.height()
        for edge, r in {"t": (0, 0, w, 1), "b": (0, h - 1, w, 1), "l": (0, 0, 1, h), "r": (w - 1, 0, 1, h)}.items():
            if edge in self.edges:
                p.fillRect(*r, hairline)


class Well(QWidget):
    """A rounded box for things that belong together; a mark at its left edge says that it needs a hand."""

    def __init__(
        self,
        layout: QLayout | None = None,
        plane: str = "raised",
        edge: str = "line",
        radius: int = 8,
        mark: str = "",
    ) -> None:
        super().__init__()
        self.plane, self.edge, self.radius, self.mark = plane, edge, radius, mark
        if layout is not None:
            self.setLayout(layout)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        p.setBrush(s.color(self.plane))
        p.setPen(QPen(s.color(self.edge), 1))
        p.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), self.radius, self.radius)
        if self.mark:
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(s.color(self.mark))
            p.drawRoundedRect(QRectF(0, self.radius, 3, self.height() - 2 * self.radius), 1.5, 1.5)


class Text(QLabel):
    """A label in a step of the type scale and a named ink, both renewed when palette or system font change."""

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        ink: str = "text",
        wrap: bool = False,
        align: Qt.AlignmentFlag = LEFT,
    ) -> None:
        super().__init__(text)
        self.role, self.ink = role, ink
        self.setFont(font(role))
        self.setWordWrap(wrap)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop if wrap else align)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if wrap:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        tint(self, self.foregroundRole(), ink)

    def set_ink(self, ink: str) -> None:
        """Another named ink."""
        self.ink = ink
        tint(self, self.foregroundRole(), ink)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            tint(self, self.foregroundRole(), self.ink)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.setFont(font(self.role))
        return super().event(event)


class ElidedText(Text):
    """A label that gives way: it shortens its words with “…” and keeps them whole in the tooltip."""

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        ink: str = "text",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(text, role, ink)
        self.mode = mode
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setPen(scheme_of(self).color(self.ink))
        p.setFont(self.font())
        shown = self.fontMetrics().elidedText(self.text(), self.mode, self.width())
        p.drawText(QRectF(self.rect()), self.alignment(), shown)
        self.setToolTip("" if shown == self.text() else _in_lines(self.text()))


def _in_lines(text: str) -> str:
    return text if len(text) <= _TIP else fill(text, _TIP)


def paint_icon(p: QPainter, name: str, x: float, y: float, points: int, ink: QColor) -> None:
    """Draw an icon around a point: larger where the words beside it are, and with its middle where it was drawn."""
    size = icon_size(points)
    icons.paint(p, name, x - size / 2, y - size / 2, size, ink)


class Glyph(QWidget):
    """One icon in a named ink."""

    def __init__(self, name: str, size: int = 16, ink: str = "text2") -> None:
        super().__init__()
        self.name, self.ink = name, ink
        size = icon_size(size)
        self.setFixedSize(size, size)

    def paintEvent(self, event: QPaintEvent) -> None:
        icons.paint(smooth(self), self.name, 0, 0, self.width(), scheme_of(self).color(self.ink))


class Dot(QWidget):
    """A small disc of colour, the legend of a chart or the state of a thing."""

    def __init__(self, ink: str, size: int = 8) -> None:
        super().__init__()
        self.ink, self.size_ = ink, size
        self.setFixedSize(size + 2, size + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        p = smooth(self)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(scheme_of(self).color(self.ink))
        p.drawEllipse(QRectF(1, 1, self.size_, self.size_))


class KeyCap(QWidget):
    """A key as it stands on the keyboard."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        w = QFontMetricsF(font("caption")).horizontalAdvance(text)
        high = tall(20, "caption")
        self.setFixedSize(max(high, round(w) + 12), high)
        self.setAccessibleName(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        p.setPen(QPen(s.color("line_strong"), 1))
        p.setBrush(s.color("raised"))
        p.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        p.setFont(font("caption"))
        p.setPen(s.color("text2"))
        p.drawText(QRectF(self.rect()), CENTRE, self.text)


class Meter(QWidget):
    """A thin progress line; `value` from 0 to 1."""

    def __init__(self, value: float, ink: str = "accent", height: int = 4) -> None:
        super().__init__()
        self.value, self.ink = value, ink
        self.setFixedHeight(height)

    def set_value(self, value: float) -> None:
        """Move the line."""
        self.value = min(1.0, max(0.0, value))
        self.setAccessibleDescription(f"{round(self.value * 100)} %")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        r, rad = QRectF(self.rect()), self.height() / 2
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(s.color("text", 0.09))
        p.drawRoundedRect(r, rad, rad)
        p.setBrush(s.color(self.ink))
        p.drawRoundedRect(QRectF(r.x(), r.y(), max(r.width() * self.value, r.height()), r.height()), rad, rad)


def line(p: QPainter, x1: float, y1: float, x2: float, y2: float, colour: QColor, width: float = 1) -> None:
    """A straight line between two points."""
    p.setPen(QPen(colour, width))
    p.drawLine(QPointF(x1, y1), QPointF(x2, y2))
