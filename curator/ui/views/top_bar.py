"""The bar on top: sidebar, undo, redo; the four places; search or act, and help."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QPushButton, QWidget

from curator.ui import icons
from curator.ui.actions import Actions
from curator.ui.controls import LEFT, RIGHT, Button, Plane, row, smooth
from curator.ui.heard import HeardByAll
from curator.ui.theme import RADIUS, font, icon_size, metrics, scheme_of, space, tall

PLACES = (("library", "Library"), ("dataset", "Dataset"), ("runs", "Runs"), ("mirror", "Mirror"))
NARROW = 1200


class PlaceButton(HeardByAll, QPushButton):
    """One of the four places; a running job draws a small ring beside the name."""

    def __init__(self, icon: str, name: str) -> None:
        super().__init__(name)
        self.icon_name, self.progress = icon, -1.0
        self._shown_focus = False
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setFont(font("strong"))
        self.setAccessibleName(name)
        self._fit()

    def set_progress(self, progress: float) -> None:
        """How far the job is, from 0 to 1; less than 0 for none."""
        if (progress >= 0) != (self.progress >= 0):
            self.progress = progress
            self._fit()
        self.progress = progress
        self.setAccessibleDescription(f"running, {round(progress * 100)} %" if progress >= 0 else "")
        self.update()

    def _fit(self) -> None:
        width = metrics("strong").horizontalAdvance(self.text())
        self.setFixedSize(round(width) + 28 + icon_size(16) + (20 if self.progress >= 0 else 0), tall(28, "strong"))

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._shown_focus = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s, on = smooth(self), scheme_of(self), self.isChecked()
        if on or self.underMouse():
            p.setPen(Qt.PenStyle.NoPen)
            strength = (0.10 if s.is_dark else 0.07) if on else 0.04
            p.setBrush(s.color("text", strength))
            p.drawRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        ink = s.color("text" if on else "text2")
        icon = icon_size(16)
        icons.paint(p, self.icon_name, 10, (self.height() - icon) / 2, icon, s.color("accent_text") if on else ink)
        p.setFont(font("strong"))
        p.setPen(ink)
        p.drawText(QRectF(16 + icon, 0, self.width(), self.height()), LEFT, self.text())
        if self.progress >= 0:
            self._ring(p)
        if self.hasFocus() and self._shown_focus:
            p.setBrush(Qt.BrushStyle.NoBrush)
            p.setPen(QPen(s.color("accent"), 2))
            p.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def _ring(self, p: QPainter) -> None:
        s, r = scheme_of(self), QRectF(self.width() - 23, (self.height() - 12) / 2, 12, 12)
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.setPen(QPen(s.color("text", 0.14), 2))
        p.drawEllipse(r)
        p.setPen(QPen(s.color("accent"), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        p.drawArc(r, 90 * 16, round(-360 * 16 * min(1.0, max(0.02, self.progress))))


class ActField(QPushButton):
    """Looks like a field at rest, and opens the palette when it is pressed."""

    def __init__(self, hint: str, key: str) -> None:
        super().__init__(hint)
        self.key = key
        self.setAutoDefault(False)
        self.setAccessibleName(hint)
        self.setFixedHeight(tall(space(7), "small"))

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        r = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        p.setPen(QPen(s.color("accent"), 2) if self.hasFocus() else QPen(s.color("line"), 1))
        strength = 0.05 if s.is_dark else 0.035
        p.setBrush(s.color("text", strength * 1.6 if self.underMouse() else strength))
        p.drawRoundedRect(r, RADIUS, RADIUS)
        icon = icon_size(14)
        icons.paint(p, "search", 8, (self.height() - icon) / 2, icon, s.color("text3"))
        p.setFont(font("small"))
        p.setPen(s.color("text3"))
        p.drawText(r.adjusted(14 + icon, 0, -8, 0), LEFT, self.text())
        p.setFont(font("caption"))
        p.drawText(r.adjusted(0, 0, -9, 0), RIGHT, self.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text().isprintable() and event.text().strip():
            self.click()
        else:
            super().keyPressEvent(event)


class TopBar(Plane):
    """Says `place_chosen(name)`; everything else goes through the commands."""

    place_chosen = Signal(str)

    def __init__(self, actions: Actions) -> None:
        super().__init__("window", "b", height=tall(space(12), "strong"))
        self._actions = actions
        self.places = {name: PlaceButton(name, title) for name, title in PLACES}
        group = QButtonGroup(self)
        for name, button in self.places.items():
            group.addButton(button)
            button.clicked.connect(lambda _on=False, n=name: self.place_chosen.emit(n))
        self.act = ActField("Search or act", actions.key("palette"))
        self.act.clicked.connect(lambda: actions.trigger("palette"))
        self._left, self._right = QWidget(), QWidget()
        self._left.setLayout(row(*(self._tool(n) for n in ("sidebar", "undo", "redo")), None, spacing=1))
        self._right.setLayout(row(None, self.act, self._tool("help", words="Guide"), spacing=1))
        self.setLayout(row(self._left, None, *self.places.values(), None, self._right, spacing=1, margins=(3, 0, 3, 0)))
        actions.keys_changed.connect(self._on_keys_changed)
        self._on_keys_changed()
        self._fit()

    def show_place(self, name: str) -> None:
        """Where the person is."""
        self.places[name].setChecked(True)

    def show_progress(self, name: str, progress: float) -> None:
        """How far a job of this place is, from 0 to 1; less than 0 for none."""
        self.places[name].set_progress(progress)
        self._fit()

    def _tool(self, name: str, icon: str = "", words: str = "") -> Button:
        action: QAction = self._actions[name]
        button = Button(icon=icon or name, flat=True)

        def follow() -> None:
            button.setEnabled(action.isEnabled())
            button.setToolTip(action.toolTip())
            button.setAccessibleName(words or action.text())

        follow()
        action.changed.connect(follow)
        button.clicked.connect(lambda: self._actions.trigger(name))
        return button

    def _on_keys_changed(self) -> None:
        for name, button in self.places.items():
            button.setToolTip(f"{button.text()}  {self._actions.key('go_' + name)}")
        self.act.key = self._actions.key("palette")
        self.act.setToolTip(f"Search or act  {self.act.key}")

    def _fit(self) -> None:
        """The places stand in the middle, and go to the left where large text leaves no room for that."""
        narrow = self.width() < NARROW
        words = metrics("small").horizontalAdvance(self.act.text()) + metrics("caption").horizontalAdvance(self.act.key)
        field = max(172 if not narrow else 140, round(words) + 56)
        side = max(236 if not narrow else 200, field + space(9))  # the help button stands beside it
        self.act.setFixedWidth(field)
        self._right.setFixedWidth(side)
        box = self.layout()
        assert box is not None
        gaps = box.contentsMargins().left() + box.contentsMargins().right() + (len(self.places) + 3) * box.spacing()
        taken = side + gaps + sum(button.width() for button in self.places.values())
        self._left.setFixedWidth(max(self._left.sizeHint().width(), min(side, self.width() - taken)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
