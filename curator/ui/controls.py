"""The few small widgets of our own: text in a named ink, a plane, a button that shows its key, pills, switches."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QVBoxLayout,
    QWidget,
)

from curator.ui import icons
from curator.ui.theme import RADIUS, font, scheme_of, space

MID = Qt.AlignmentFlag.AlignVCenter
LEFT, RIGHT, CENTRE = Qt.AlignmentFlag.AlignLeft | MID, Qt.AlignmentFlag.AlignRight | MID, Qt.AlignmentFlag.AlignCenter


def smooth(widget: QWidget) -> QPainter:
    """An antialiased painter on a widget."""
    p = QPainter(widget)
    p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    return p


def column(*items, spacing: float = 0, margins: tuple[float, float, float, float] = (0, 0, 0, 0)) -> QVBoxLayout:
    return _box(QVBoxLayout(), items, spacing, margins)


def row(*items, spacing: float = 2, margins: tuple[float, float, float, float] = (0, 0, 0, 0)) -> QHBoxLayout:
    return _box(QHBoxLayout(), items, spacing, margins)


def _box(box: QBoxLayout, items, spacing: float, margins) -> QBoxLayout:
    """A layout measured in grid units; a number is a gap, None is a stretch."""
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
    return box


class Plane(QWidget):
    """A rectangle of one scheme colour with hairlines on the named edges."""

    def __init__(self, plane: str = "window", edges: str = "", layout=None, width: int = 0, height: int = 0) -> None:
        super().__init__()
        self.plane, self.edges = plane, edges
        if layout is not None:
            self.setLayout(layout)
        if width:
            self.setFixedWidth(width)
        if height:
            self.setFixedHeight(height)

    def paintEvent(self, _event) -> None:
        p, s = QPainter(self), scheme_of(self)
        p.fillRect(self.rect(), s.color(self.plane))
        line, w, h = s.color("line"), self.width(), self.height()
        for edge, r in {"t": (0, 0, w, 1), "b": (0, h - 1, w, 1), "l": (0, 0, 1, h), "r": (w - 1, 0, 1, h)}.items():
            if edge in self.edges:
                p.fillRect(*r, line)


class Well(QWidget):
    """A rounded box for things that belong together; a mark at its left edge says that it needs a hand."""

    def __init__(self, layout=None, plane: str = "raised", edge: str = "line", radius: int = 8, mark: str = "") -> None:
        super().__init__()
        self.plane, self.edge, self.radius, self.mark = plane, edge, radius, mark
        if layout is not None:
            self.setLayout(layout)

    def paintEvent(self, _event) -> None:
        p, s = smooth(self), scheme_of(self)
        p.setBrush(s.color(self.plane))
        p.setPen(QPen(s.color(self.edge), 1))
        p.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), self.radius, self.radius)
        if self.mark:
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(s.color(self.mark))
            p.drawRoundedRect(QRectF(0, self.radius, 3, self.height() - 2 * self.radius), 1.5, 1.5)


class Text(QLabel):
    """A label in a step of the type scale and a named ink, both renewed when the palette changes."""

    def __init__(self, text: str, role: str = "body", ink: str = "text", wrap: bool = False, align=LEFT) -> None:
        super().__init__(text)
        self.ink = ink
        self.setFont(font(role))
        self.setWordWrap(wrap)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop if wrap else align)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if wrap:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._tint()

    def _tint(self) -> None:
        p, ink = self.palette(), scheme_of(self).color(self.ink)
        if p.color(self.foregroundRole()) != ink:
            p.setColor(self.foregroundRole(), ink)
            self.setPalette(p)

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()


class Glyph(QWidget):
    """One icon in a named ink."""

    def __init__(self, name: str, size: int = 16, ink: str = "text2") -> None:
        super().__init__()
        self.name, self.ink = name, ink
        self.setFixedSize(size, size)

    def paintEvent(self, _event) -> None:
        icons.paint(smooth(self), self.name, 0, 0, self.width(), scheme_of(self).color(self.ink))


class Dot(QWidget):
    """A small disc of colour, the legend of a chart or the state of a thing."""

    def __init__(self, ink: str, size: int = 8) -> None:
        super().__init__()
        self.ink, self.size_ = ink, size
        self.setFixedSize(size + 2, size + 2)

    def paintEvent(self, _event) -> None:
        p = smooth(self)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(scheme_of(self).color(self.ink))
        p.drawEllipse(QRectF(1, 1, self.size_, self.size_))


class Button(QPushButton):
    """A push button with an optional icon and the key that does the same."""

    def __init__(
        self,
        text: str = "",
        icon: str = "",
        key: str = "",
        primary: bool = False,
        flat: bool = False,
        ink: str = "",
        small: bool = False,
    ) -> None:
        super().__init__(text)
        self.icon_name, self.key, self.ink, self.shown_focus = icon, key, ink, False
        self.setAutoDefault(False)
        self.setDefault(primary)
        self.setFlat(flat)
        self.setFont(font("small-strong" if small else "strong"))
        self.setFixedHeight(space(6 if small else 7))
        self.setAccessibleName(text or icon)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setFixedWidth(self.sizeHint().width())

    def _parts(self) -> tuple[float, float, float]:
        icon = 16 if self.icon_name else 0
        text = QFontMetricsF(self.font()).horizontalAdvance(self.text()) if self.text() else 0
        key = QFontMetricsF(font("small")).horizontalAdvance(self.key) if self.key else 0
        return icon, text, key

    def sizeHint(self) -> QSize:
        icon, text, key = self._parts()
        gaps = 6 * bool(icon and text) + 8 * bool(key)
        return QSize(round(icon + text + key + gaps + (24 if text else 12)), self.height())

    def paintEvent(self, _event) -> None:
        p, s = smooth(self), scheme_of(self)
        o = QStyleOptionButton()
        self.initStyleOption(o)
        if self.shown_focus:
            o.state |= QStyle.StateFlag.State_HasFocus
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelButtonCommand, o, p, self)
        icon, text, key = self._parts()
        total = icon + text + key + 6 * bool(icon and text) + 8 * bool(key)
        x, h = (self.width() - total) / 2, self.height()
        if not self.isEnabled():
            ink = s.color("disabled")
        elif self.isDefault():
            ink = s.color("on_accent")
        else:
            ink = s.color(self.ink or ("text2" if self.isFlat() else "text"))
        if icon:
            icons.paint(p, self.icon_name, x, (h - 16) / 2, 16, ink)
            x += icon + 6 * bool(text)
        p.setFont(self.font())
        p.setPen(ink)
        p.drawText(QRectF(x, 0, text + 4, h), LEFT, self.text())
        if key:
            p.setFont(font("small"))
            p.setPen(
                s.color("on_accent")
                if self.isDefault() and self.isEnabled()
                else s.color("text3" if self.isEnabled() else "disabled")
            )
            p.drawText(QRectF(x + text + 8, 0, key + 4, h), LEFT, self.key)


class Segments(QWidget):
    """A row of exclusive choices on one track."""

    def __init__(self, names: list[str], current: int = 0, small: bool = True) -> None:
        super().__init__()
        self.names, self.current = names, current
        self.setFont(font("small-strong"))
        m = QFontMetricsF(self.font())
        self.widths = [round(m.horizontalAdvance(n)) + 20 for n in names]
        self.setFixedSize(sum(self.widths) + 4, space(6 if small else 7))

    def paintEvent(self, _event) -> None:
        p, s = smooth(self), scheme_of(self)
        h = self.height()
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(s.color("text", 0.06 if not s.is_dark else 0.08))
        p.drawRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        x = 2
        p.setFont(self.font())
        for i, (name, w) in enumerate(zip(self.names, self.widths, strict=True)):
            r = QRectF(x, 2, w, h - 4)
            if i == self.current:
                p.setPen(QPen(s.color("line_strong" if not s.is_dark else "line_strong"), 1))
                p.setBrush(s.color("raised"))
                p.drawRoundedRect(r.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS - 2, RADIUS - 2)
            p.setPen(s.color("text" if i == self.current else "text2"))
            p.drawText(r, CENTRE, name)
            x += w


def pill_width(text: str, icon: bool = True) -> float:
    return QFontMetricsF(font("caption")).horizontalAdvance(text) + 12 + (14 if icon else 0)


def paint_pill(
    p: QPainter, x: float, y: float, text: str, ink: QColor, wash: QColor, icon: str = "", height: float = 18
) -> float:
    """A small rounded badge; returns its width."""
    w = pill_width(text, bool(icon))
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(wash)
    p.drawRoundedRect(QRectF(x, y, w, height), height / 2 if not icon else 5, height / 2 if not icon else 5)
    if icon:
        icons.paint(p, icon, x + 5, y + (height - 12) / 2, 12, ink)
    p.setFont(font("caption"))
    p.setPen(ink)
    p.drawText(QRectF(x + (19 if icon else 6), y, w, height), LEFT, text)
    return w


class Tag(QWidget):
    """A tag the person gave: a hairline pill, with a cross when it is hovered."""

    def __init__(self, text: str, ink: str = "text2", wash: str = "", icon: str = "") -> None:
        super().__init__()
        self.text, self.ink, self.wash, self.icon = text, ink, wash, icon
        self.setFixedSize(round(pill_width(text, bool(icon))) + 4, 20)

    def paintEvent(self, _event) -> None:
        p, s = smooth(self), scheme_of(self)
        r = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        p.setPen(Qt.PenStyle.NoPen if self.wash else QPen(s.color("line_strong"), 1))
        p.setBrush(s.color(self.wash) if self.wash else Qt.BrushStyle.NoBrush)
        p.drawRoundedRect(r, 10 if not self.icon else 5, 10 if not self.icon else 5)
        x = 8
        if self.icon:
            icons.paint(p, self.icon, 6, 4, 12, s.color(self.ink))
            x = 21
        p.setFont(font("caption"))
        p.setPen(s.color(self.ink))
        p.drawText(QRectF(x, 0, self.width(), self.height()), LEFT, self.text)


class KeyCap(QWidget):
    """A key as it stands on the keyboard."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        w = QFontMetricsF(font("caption")).horizontalAdvance(text)
        self.setFixedSize(max(20, round(w) + 12), 20)

    def paintEvent(self, _event) -> None:
        p, s = smooth(self), scheme_of(self)
        p.setPen(QPen(s.color("line_strong"), 1))
        p.setBrush(s.color("raised"))
        p.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        p.setFont(font("caption"))
        p.setPen(s.color("text2"))
        p.drawText(QRectF(self.rect()), CENTRE, self.text)


class Check(QAbstractButton):
    """One of the three checks of a row: its key, its name, its tick."""

    def __init__(self, key: str, name: str, on: bool) -> None:
        super().__init__()
        self.key, self.name = key, name
        self.setCheckable(True)
        self.setChecked(on)
        self.setAccessibleName(name)
        w = QFontMetricsF(font("small-strong")).horizontalAdvance(name)
        self.setFixedSize(round(w) + 54, 28)

    def paintEvent(self, _event) -> None:
        p, s, on = smooth(self), scheme_of(self), self.isChecked()
        ink = s.color("good" if on else "text2")
        p.setPen(QPen(s.color("good", 0.35) if on else s.color("line_strong"), 1))
        p.setBrush(s.color("good_wash") if on else Qt.BrushStyle.NoBrush)
        p.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        icons.paint(p, "check-circle" if on else "circle", 8, 6, 16, ink if on else s.color("text3"))
        p.setFont(font("small-strong"))
        p.setPen(ink if on else s.color("text2"))
        p.drawText(QRectF(30, 0, self.width() - 48, 28), LEFT, self.name)
        p.setFont(font("caption"))
        p.setPen(s.color("good") if on else s.color("text3"))
        p.drawText(QRectF(0, 0, self.width() - 9, 28), RIGHT, self.key)


class Meter(QWidget):
    """A thin progress line."""

    def __init__(self, value: float, ink: str = "accent", height: int = 4) -> None:
        super().__init__()
        self.value, self.ink = value, ink
        self.setFixedHeight(height)

    def paintEvent(self, _event) -> None:
        p, s = smooth(self), scheme_of(self)
        r, rad = QRectF(self.rect()), self.height() / 2
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(s.color("text", 0.09))
        p.drawRoundedRect(r, rad, rad)
        p.setBrush(s.color(self.ink))
        p.drawRoundedRect(QRectF(r.x(), r.y(), max(r.width() * self.value, r.height()), r.height()), rad, rad)


def line(p: QPainter, x1: float, y1: float, x2: float, y2: float, colour: QColor, width: float = 1) -> None:
    p.setPen(QPen(colour, width))
    p.drawLine(QPointF(x1, y1), QPointF(x2, y2))
