"""The few controls of our own: a button that shows its key, segments, tags, checks, a field; and what they stand on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QWidget,
)

from curator.ui import icons
from curator.ui.planes import (
    CENTRE,
    LEFT,
    MID,
    RIGHT,
    Dot,
    ElidedText,
    Glyph,
    Item,
    KeyCap,
    Meter,
    Plane,
    Text,
    Well,
    clear,
    column,
    line,
    row,
    smooth,
    tint,
)
from curator.ui.theme import RADIUS, font, scheme_of, space

__all__ = [
    "CENTRE",
    "LEFT",
    "MID",
    "RIGHT",
    "Button",
    "Check",
    "Dot",
    "ElidedText",
    "Field",
    "Glyph",
    "Item",
    "KeyCap",
    "Meter",
    "Plane",
    "Segments",
    "Tag",
    "Text",
    "Well",
    "clear",
    "column",
    "line",
    "paint_pill",
    "pill_width",
    "row",
    "smooth",
    "tint",
]


def _keyboard_focus(event: QFocusEvent) -> bool:
    """Whether focus came by the keyboard: only then a ring is shown."""
    reasons = Qt.FocusReason
    return event.reason() in (reasons.TabFocusReason, reasons.BacktabFocusReason, reasons.ShortcutFocusReason)


def _ring(p: QPainter, widget: QWidget, radius: float = RADIUS) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(QPen(scheme_of(widget).color("accent"), 2))
    p.drawRoundedRect(QRectF(widget.rect()).adjusted(1, 1, -1, -1), radius, radius)


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
        self.role = "small-strong" if small else "strong"
        self.setAutoDefault(False)
        self.setDefault(primary)
        self.setFlat(flat)
        self.setFont(font(self.role))
        self.setFixedHeight(space(6 if small else 7))
        self.setAccessibleName(text or icon)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._fit()

    def set_text(self, text: str, key: str | None = None) -> None:
        """Other words (and key), and the width that goes with them."""
        self.setText(text)
        self.setAccessibleName(text or self.icon_name)
        if key is not None:
            self.key = key
        self._fit()

    def set_primary(self, primary: bool) -> None:
        """Whether it wears the accent."""
        self.setDefault(primary)
        self.update()

    def _fit(self) -> None:
        self.setFixedWidth(self.sizeHint().width())
        self.update()

    def _parts(self) -> tuple[float, float, float]:
        icon = 16.0 if self.icon_name else 0.0
        text = QFontMetricsF(self.font()).horizontalAdvance(self.text()) if self.text() else 0.0
        key = QFontMetricsF(font("small")).horizontalAdvance(self.key) if self.key else 0.0
        return icon, text, key

    def sizeHint(self) -> QSize:
        icon, text, key = self._parts()
        gaps = 6 * bool(icon and text) + 8 * bool(key)
        return QSize(round(icon + text + key + gaps + (24 if text else 12)), self.height())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.shown_focus = _keyboard_focus(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.shown_focus = False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.setFont(font(self.role))
            self._fit()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        o = QStyleOptionButton()
        self.initStyleOption(o)
        if self.shown_focus:
            o.state |= QStyle.StateFlag.State_HasFocus
        else:
            o.state &= ~QStyle.StateFlag.State_HasFocus
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
            quiet = "on_accent" if self.isDefault() else "text3"
            p.setPen(s.color(quiet if self.isEnabled() else "disabled"))
            p.drawText(QRectF(x + text + 8, 0, key + 4, h), LEFT, self.key)


class _Segment(QRadioButton):
    """One choice of `Segments`: a radio button for the keyboard and the screen reader, a pill for the eye."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self.setAccessibleName(name)
        self.setFont(font("small-strong"))
        self.shown_focus = False

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.shown_focus = _keyboard_focus(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.shown_focus = False

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s, on = smooth(self), scheme_of(self), self.isChecked()
        if on:
            p.setPen(QPen(s.color("line_strong"), 1))
            p.setBrush(s.color("raised"))
            p.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS - 2, RADIUS - 2)
        p.setFont(self.font())
        p.setPen(s.color("disabled" if not self.isEnabled() else "text" if on else "text2"))
        p.drawText(QRectF(self.rect()), CENTRE, self.text())
        if self.shown_focus:
            _ring(p, self, RADIUS - 2)


class Segments(QWidget):
    """A row of exclusive choices on one track; arrow keys move, `chosen` says which by a person's hand."""

    chosen = Signal(int)

    def __init__(self, names: list[str], current: int = 0, small: bool = True) -> None:
        super().__init__()
        self.names = names
        self._buttons = [_Segment(name, self) for name in names]
        height, x = space(6 if small else 7), 2
        for i, button in enumerate(self._buttons):
            width = round(QFontMetricsF(button.font()).horizontalAdvance(names[i])) + 20
            button.setGeometry(x, 2, width, height - 4)
            button.setChecked(i == current)
            button.clicked.connect(lambda _on=False, i=i: self.chosen.emit(i))
            x += width
        self.setFixedSize(x + 2, height)
        self.setAccessibleName(", ".join(names))

    @property
    def current(self) -> int:
        """Which choice is on."""
        return next((i for i, b in enumerate(self._buttons) if b.isChecked()), -1)

    def set_current(self, index: int) -> None:
        """Choose without saying so."""
        self._buttons[index].setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if not step:
            super().keyPressEvent(event)
            return
        button = self._buttons[(self.current + step) % len(self._buttons)]
        button.setFocus(Qt.FocusReason.TabFocusReason)
        button.click()

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(s.color("text", 0.08 if s.is_dark else 0.06))
        p.drawRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)


def pill_width(text: str, icon: bool = True) -> float:
    """How wide a badge with these words is."""
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
    """A tag the person gave: a hairline pill; a removable one shows a cross when it is hovered or has focus.

    `removed(text)` comes from a press on it, or from Delete and Backspace while it has focus.
    """

    removed = Signal(str)

    def __init__(self, text: str, ink: str = "text2", wash: str = "", icon: str = "", removable: bool = False) -> None:
        super().__init__()
        self.text, self.ink, self.wash, self.icon, self.removable = text, ink, wash, icon, removable
        self._hovered = False
        self.setFixedSize(round(pill_width(text, bool(icon))) + 4 + (12 if removable else 0), 20)
        self.setAccessibleName(f"Tag {text}" if removable else text)
        if removable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setAccessibleDescription("Delete takes it off")
            self.setToolTip(f"Take “{text}” off")

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = False
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        is_inside = self.rect().contains(event.position().toPoint())
        if self.removable and is_inside and event.button() == Qt.MouseButton.LeftButton:
            self.removed.emit(self.text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Space)
        if self.removable and event.key() in keys:
            self.removed.emit(self.text)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if self.removable and event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            taken = event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Space)
            event.setAccepted(taken)  # these keys mean this tag while it has focus
            if taken:
                return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        r = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.wash:
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(s.color(self.wash))
        else:
            p.setPen(QPen(s.color("line_strong"), 1))
            p.setBrush(Qt.BrushStyle.NoBrush)
        radius = 10 if not self.icon else 5
        p.drawRoundedRect(r, radius, radius)
        x = 8
        if self.icon:
            icons.paint(p, self.icon, 6, 4, 12, s.color(self.ink))
            x = 21
        p.setFont(font("caption"))
        p.setPen(s.color(self.ink))
        p.drawText(QRectF(x, 0, self.width(), self.height()), LEFT, self.text)
        if self.removable:
            quiet = 1.0 if self._hovered or self.hasFocus() else 0.35
            icons.paint(p, "x", self.width() - 17, 5, 10, s.color("text3", quiet))
        if self.hasFocus():
            _ring(p, self, radius)


class Check(QCheckBox):
    """One of the three checks of a row: its key, its name, its tick."""

    def __init__(self, key: str, name: str, on: bool = False) -> None:
        super().__init__(name)
        self.key, self.name, self.shown_focus = key, name, False
        self.setChecked(on)
        self.setAccessibleName(name)
        w = QFontMetricsF(font("small-strong")).horizontalAdvance(name)
        self.setFixedSize(round(w) + 54, 28)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.shown_focus = _keyboard_focus(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.shown_focus = False

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s, on = smooth(self), scheme_of(self), self.isChecked()
        ink = s.color("disabled" if not self.isEnabled() else "good" if on else "text2")
        p.setPen(QPen(s.color("good", 0.35) if on else s.color("line_strong"), 1))
        if on:
            p.setBrush(s.color("good_wash"))
        elif self.underMouse():
            p.setBrush(s.color("hover"))
        else:
            p.setBrush(Qt.BrushStyle.NoBrush)
        p.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        icons.paint(p, "check-circle" if on else "circle", 8, 6, 16, ink if on else s.color("text3"))
        p.setFont(font("small-strong"))
        p.setPen(ink)
        p.drawText(QRectF(30, 0, self.width() - 48, 28), LEFT, self.name)
        p.setFont(font("caption"))
        p.setPen(s.color("good") if on else s.color("text3"))
        p.drawText(QRectF(0, 0, self.width() - 9, 28), RIGHT, self.key)
        if self.shown_focus:
            _ring(p, self)


class Field(QLineEdit):
    """A line of text with an icon, a hint and the key that leads here. `left` comes with Esc on an empty field."""

    left = Signal()

    def __init__(self, hint: str, key: str = "", width: int = 0, icon: str = "search") -> None:
        super().__init__()
        self.hint, self.key, self.icon = hint, key, icon
        self.setFont(font("body"))
        self.setFrame(False)
        self.setFixedHeight(space(7))
        self.setAccessibleName(hint.rstrip("…"))
        self.setTextMargins(25 if icon else 6, 0, 4, 0)
        if width:
            self.setFixedWidth(width)
        else:
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._clear_base()

    def set_hint(self, hint: str) -> None:
        """Other words for the empty field."""
        self.hint = hint
        self.setAccessibleName(hint.rstrip("…"))
        self.update()

    def _clear_base(self) -> None:
        if self.palette().color(QPalette.ColorRole.Base).alpha():
            fresh = QPalette()
            fresh.setColor(QPalette.ColorRole.Base, QColor(0, 0, 0, 0))
            self.setPalette(fresh)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._clear_base()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.setFont(font("body"))
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.text():
                self.clear()
            else:
                self.left.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s, focus = smooth(self), scheme_of(self), self.hasFocus()
        r = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        p.setPen(QPen(s.color("accent"), 2) if focus else QPen(s.color("line"), 1))
        p.setBrush(s.color("base") if focus else s.color("text", 0.05 if s.is_dark else 0.035))
        p.drawRoundedRect(r.adjusted(0.5, 0.5, -0.5, -0.5) if focus else r, RADIUS, RADIUS)
        if self.icon:
            icons.paint(p, self.icon, 8, 7, 14, s.color("text3"))
        if not self.text():
            p.setFont(font("small"))
            p.setPen(s.color("text3"))
            x = 28 if self.icon else 10
            p.drawText(QRectF(self.rect()).adjusted(x, 0, -8, 0), LEFT, self.hint)
            p.setFont(font("caption"))
            p.drawText(QRectF(self.rect()).adjusted(0, 0, -9, 0), RIGHT, self.key)
        p.end()
        super().paintEvent(event)
