"""How the focus of the keyboard is shown: a ring, and only where it came by the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from curator.ui.theme import RADIUS, scheme_of


def by_keyboard(event: QFocusEvent) -> bool:
    """Whether focus came by the keyboard: only then a ring is shown."""
    reasons = Qt.FocusReason
    return event.reason() in (reasons.TabFocusReason, reasons.BacktabFocusReason, reasons.ShortcutFocusReason)


class KeyboardFocus:
    """Beside a QWidget: `shown_focus` says whether its ring is to be painted."""

    shown_focus = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)  # type: ignore[misc]  # the widget's
        self.shown_focus = by_keyboard(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)  # type: ignore[misc]  # the widget's
        self.shown_focus = False


def paint_ring(p: QPainter, widget: QWidget, radius: float = RADIUS) -> None:
    """The ring around what has the focus, within its edges."""
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(QPen(scheme_of(widget).color("accent"), 2))
    p.drawRoundedRect(QRectF(widget.rect()).adjusted(1, 1, -1, -1), radius, radius)
