"""The focus of the keyboard: the order in which Tab goes, and the ring that is shown where it came by the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPen
from PySide6.QtWidgets import QLayout, QWidget

from curator.ui.theme import RADIUS, scheme_of


def by_keyboard(event: QFocusEvent) -> bool:
    """Whether focus came by the keyboard: only then a ring is shown."""
    reasons = Qt.FocusReason
    return event.reason() in (reasons.TabFocusReason, reasons.BacktabFocusReason, reasons.ShortcutFocusReason)


def order_tabs(before: QWidget, inside: QLayout) -> None:
    """Let Tab go from `before` through a layout as it is read. Qt puts what is made late behind all that the window
    has, wherever it stands."""
    for widget in _laid_out(inside):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            QWidget.setTabOrder(before, widget)
            before = widget


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for item in (layout.itemAt(i) for i in range(layout.count())):
        widget = item.widget() if item is not None else None
        inner = (
            item.layout() if item is not None and widget is None else widget.layout() if widget is not None else None
        )
        if widget is not None:
            yield widget
        if inner is not None:
            yield from _laid_out(inner)


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
