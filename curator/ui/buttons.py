"""A button that shows its key."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton

from curator.ui import icons
from curator.ui.focus import KeyboardFocus
from curator.ui.planes import LEFT, smooth
from curator.ui.style import button_panel
from curator.ui.theme import font, icon_size, scheme_of, space, tall

KEYPAD = Qt.KeyboardModifier.KeypadModifier


class Button(KeyboardFocus, QPushButton):
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
        self.icon_name, self.key, self.ink = icon, key, ink
        self._drawn = space(6 if small else 7)
        self.role = "small-strong" if small else "strong"
        self.setAutoDefault(False)
        self.setDefault(primary)
        self.setFlat(flat)
        self.setFont(font(self.role))
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
        self.setFixedHeight(tall(self._drawn, self.role))
        self.setFixedWidth(self.sizeHint().width())
        self.update()

    def _parts(self) -> tuple[float, float, float]:
        icon = float(icon_size(16)) if self.icon_name else 0.0
        text = QFontMetricsF(self.font()).horizontalAdvance(self.text()) if self.text() else 0.0
        key = QFontMetricsF(font("small")).horizontalAdvance(self.key) if self.key else 0.0
        return icon, text, key

    def sizeHint(self) -> QSize:
        icon, text, key = self._parts()
        gaps = 6 * bool(icon and text) + 8 * bool(key)
        return QSize(round(icon + text + key + gaps + (24 if text else 12)), self.height())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_return(event):
            event.accept()  # ⏎ is also a key of the place: the button that has the keyboard comes first
            return True
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.setFont(font(self.role))
            self._fit()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_return(event):
            if not event.isAutoRepeat():
                self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        o = QStyleOptionButton()
        self.initStyleOption(o)
        if self.shown_focus:
            o.state |= QStyle.StateFlag.State_HasFocus
        else:
            o.state &= ~QStyle.StateFlag.State_HasFocus
        if self.isDefault():  # a system's own panel may not wear the accent, on which the words are white
            button_panel(o, p, self)
        else:
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
            icons.paint(p, self.icon_name, x, (h - icon) / 2, icon, ink)
            x += icon + 6 * bool(text)
        p.setFont(self.font())
        p.setPen(ink)
        p.drawText(QRectF(x, 0, text + 4, h), LEFT, self.text())
        if key:
            p.setFont(font("small"))
            quiet = "on_accent" if self.isDefault() else "text3"
            p.setPen(s.color(quiet if self.isEnabled() else "disabled"))
            p.drawText(QRectF(x + text + 8, 0, key + 4, h), LEFT, self.key)


def _is_return(event: QKeyEvent) -> bool:
    return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~KEYPAD
