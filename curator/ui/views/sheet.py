"""A sheet over the window: the rest is dimmed, Esc or a press outside closes it, and focus goes back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QRadioButton, QStackedWidget, QWidget
from shiboken6 import isValid

from curator.ui.controls import smooth
from curator.ui.theme import growth, scheme_of


class Sheet(QWidget):
    """One card over a dimmed window. It is a child widget: no window of its own, nothing to lose behind another."""

    closed = Signal()

    def __init__(self, over: QWidget, card: QWidget, size: tuple[int, int], top: int | None = None) -> None:
        super().__init__(over)
        self._over, self.card, self._size, self._top = over, card, size, top
        self._before = QApplication.focusWidget()
        self._page = _page_of(self._before)
        card.setParent(self)
        over.installEventFilter(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._fit()

    def open(self) -> None:
        """Show it above everything, with the keyboard in it."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_moved)
        self.show()
        self.raise_()
        self.card.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Close it and give the keyboard back."""
        if self.isHidden():
            return
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.disconnect(self._on_focus_moved)
        self._over.removeEventFilter(self)
        self.hide()
        if self._before is not None and isValid(self._before) and self._before.isVisible():  # it may be gone by now
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        elif self._page is not None and isValid(self._page) and self._page.isVisible():
            activate = getattr(self._page, "activate", self._page.setFocus)  # a place knows where its keyboard goes
            activate()
        self.closed.emit()
        self.deleteLater()

    def _on_focus_moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Keys with a modifier are heard under a sheet. One that leads to another place closes it, and any other leaves
        the keyboard here: where it went below, Esc would not be heard any more."""
        if now is None or now.window() is not self._over.window() or _is_on_sheet(now):
            return
        if self._page is not None and not (isValid(self._page) and self._page.isVisible()):
            self.dismiss()
        else:
            self.card.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        room = self._over.size()
        self.setGeometry(0, 0, room.width(), room.height())
        wanted = [round(side * growth()) for side in self._size]
        width, height = min(wanted[0], room.width() - 48), min(wanted[1], room.height() - 48)
        y = (room.height() - height) // 2 if self._top is None else min(self._top, room.height() - height)
        self.card.setGeometry((room.width() - width) // 2, y, width, height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
            return
        event.accept()  # nothing below hears what is typed over it

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.card.geometry().contains(event.position().toPoint()):
            self.dismiss()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second press of a doubled click on what opened it is no press outside."""
        event.accept()

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab stays on the sheet."""
        inside = [
            w for w in self.card.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()
        ]
        inside = [w for w in inside if w.isEnabled() and not (isinstance(w, QRadioButton) and not _stands_for_all(w))]
        if not inside:
            return True
        now = QApplication.focusWidget()
        at = inside.index(now) if now in inside else (-1 if next else 0)
        inside[(at + (1 if next else -1)) % len(inside)].setFocus(
            Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason
        )
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        p.fillRect(self.rect(), s.color("shade", 0.5 if s.is_dark else 0.22))
        p.setPen(Qt.PenStyle.NoPen)
        r = QRectF(self.card.geometry())
        p.setBrush(s.color("shade", 0.012))
        for i in range(14):
            p.drawRoundedRect(r.adjusted(-i * 2, -i * 2 + 10, i * 2, i * 2 + 10), 14 + i * 2, 14 + i * 2)


def _page_of(widget: QWidget | None) -> QWidget | None:
    """The place that a widget belongs to: its page of the outermost stack. What is within one may come and go."""
    page = None
    while widget is not None and (parent := widget.parentWidget()) is not None:
        if isinstance(parent, QStackedWidget):
            page = widget
        widget = parent
    return page


def _is_on_sheet(widget: QWidget) -> bool:
    """Whether a widget is a sheet or lies on one, this or another."""
    at: QWidget | None = widget
    while at is not None and not isinstance(at, Sheet):
        at = at.parentWidget()
    return at is not None


def _stands_for_all(button: QRadioButton) -> bool:
    """Tab stops once at a row of choices: at the one that is on. The arrow keys go through the others."""
    parent = button.parentWidget()
    others = parent.findChildren(QRadioButton) if parent is not None else []
    return button.isChecked() or not any(other.isChecked() for other in others)
