"""Fusion made calm: flat buttons and fields, thin scroll bars, one focus ring; where a system has no own style."""

from __future__ import annotations

from typing import Any, cast

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QProxyStyle,
    QPushButton,
    QStyle,
    QStyleOption,
    QStyleOptionComplex,
    QWidget,
)

from curator.ui.icons import paint
from curator.ui.theme import RADIUS, scheme_of

P, C, CC, M, S = (
    QStyle.PrimitiveElement,
    QStyle.ControlElement,
    QStyle.ComplexControl,
    QStyle.PixelMetric,
    QStyle.StateFlag,
)


def focus_ring(painter: QPainter, rect: QRectF, radius: float, colour: QColor) -> None:
    """Two pixels of accent on the edge of a control."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 2))
    painter.drawRoundedRect(rect, radius, radius)


def button_panel(option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
    """What a button's words stand on: nothing for a flat one at rest, the accent for a primary one."""
    opt = cast(Any, option)  # the stubs leave the fields of a style option out
    s, r = scheme_of(opt.palette), QRectF(opt.rect).adjusted(0.5, 0.5, -0.5, -0.5)
    on, hover = bool(opt.state & S.State_Enabled), bool(opt.state & S.State_MouseOver)
    focus, down = bool(opt.state & S.State_HasFocus), bool(opt.state & S.State_Sunken)
    # a file dialog's words are painted for a plain button
    primary = isinstance(widget, QPushButton) and widget.isDefault() and not widget.window().inherits("QFileDialog")
    flat = isinstance(widget, QPushButton) and widget.isFlat()
    if flat and not (hover or down or focus):
        return
    if primary and on:
        fill, edge = s.color("accent"), s.color("accent")
        fill = fill.darker(112) if down else fill.darker(106) if hover else fill
    else:
        fill = s.color("hover") if hover or down or flat else s.color("raised")
        edge = s.color("line_strong") if not flat else s.color("hover")
    painter.setPen(QPen(edge, 1))
    painter.setBrush(fill)
    painter.drawRoundedRect(r, RADIUS, RADIUS)
    if focus:
        ring = s.color("accent_soft" if primary else "accent")
        focus_ring(painter, r.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, ring)


_METRICS = {
    M.PM_SplitterWidth: 1,
    M.PM_ScrollBarExtent: 10,
    M.PM_ScrollView_ScrollBarSpacing: 0,
    M.PM_DefaultFrameWidth: 1,
    M.PM_ButtonMargin: 20,
    M.PM_ButtonShiftHorizontal: 0,
    M.PM_ButtonShiftVertical: 0,
    M.PM_IndicatorWidth: 16,
    M.PM_IndicatorHeight: 16,
    M.PM_ExclusiveIndicatorWidth: 16,
    M.PM_ExclusiveIndicatorHeight: 16,
    M.PM_CheckBoxLabelSpacing: 8,
    M.PM_RadioButtonLabelSpacing: 8,
    M.PM_MenuHMargin: 4,
    M.PM_MenuVMargin: 6,
}


class CalmFusion(QProxyStyle):
    """Fusion's measures and behaviour with our own faces."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        known = _METRICS.get(metric)
        return super().pixelMetric(metric, option, widget) if known is None else known

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        opt = cast(Any, option)  # the stubs leave the fields of a style option out
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        s = scheme_of(opt.palette)
        r = QRectF(opt.rect).adjusted(0.5, 0.5, -0.5, -0.5)
        hover, focus = bool(opt.state & S.State_MouseOver), bool(opt.state & S.State_HasFocus)
        if element == P.PE_PanelButtonCommand:
            button_panel(option, painter, widget)
            return
        if element in (P.PE_PanelLineEdit, P.PE_FrameLineEdit):
            if element == P.PE_PanelLineEdit and not opt.lineWidth:
                return  # a field without a frame paints its own plane, or stands in one that does
            painter.setPen(QPen(s.color("accent") if focus else s.color("line_strong" if hover else "line"), 1))
            painter.setBrush(s.color("base" if focus else "sunken"))
            painter.drawRoundedRect(r, RADIUS, RADIUS)
            return
        if element in (P.PE_IndicatorCheckBox, P.PE_IndicatorRadioButton):
            ticked = bool(opt.state & S.State_On)
            painter.setPen(QPen(s.color("accent" if ticked else "line_strong"), 1.2))
            painter.setBrush(s.color("accent") if ticked else s.color("base"))
            if element == P.PE_IndicatorRadioButton:
                painter.drawEllipse(r)
                if ticked:
                    painter.setBrush(s.color("on_accent"))
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.drawEllipse(r.center(), 2.8, 2.8)
            else:
                painter.drawRoundedRect(r, 4, 4)
                if ticked:
                    paint(painter, "check", r.x() + 1.5, r.y() + 1.5, r.width() - 3, s.color("on_accent"))
            return
        if element in (P.PE_FrameMenu, P.PE_PanelTipLabel):
            painter.setPen(QPen(s.color("line_strong"), 1))
            painter.setBrush(s.color("raised") if element == P.PE_PanelTipLabel else Qt.BrushStyle.NoBrush)
            painter.drawRect(r)
            return
        if element in (P.PE_FrameFocusRect, P.PE_FrameDefaultButton, P.PE_FrameButtonBevel, P.PE_PanelItemViewRow):
            return
        super().drawPrimitive(element, option, painter, widget)

    def drawControl(
        self, element: QStyle.ControlElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        opt = cast(Any, option)  # the stubs leave the fields of a style option out
        if element == C.CE_Splitter:
            painter.fillRect(opt.rect, scheme_of(opt.palette).color("line"))
            return
        if element == C.CE_ShapedFrame:
            return
        super().drawControl(element, option, painter, widget)

    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        opt = cast(Any, option)  # the stubs leave the fields of a style option out
        if control == CC.CC_ComboBox and not opt.editable:
            self._draw_choice(opt, painter)
            return
        if control == CC.CC_ScrollBar:
            s = scheme_of(opt.palette)
            h = QRectF(self.subControlRect(control, option, QStyle.SubControl.SC_ScrollBarSlider, widget))
            upright = opt.rect.height() > opt.rect.width()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if opt.minimum != opt.maximum:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(s.color("text3", 0.45 if opt.state & S.State_MouseOver else 0.28))
                painter.drawRoundedRect(h.adjusted(3, 2, -3, -2) if upright else h.adjusted(2, 3, -2, -3), 2, 2)
            return
        super().drawComplexControl(control, option, painter, widget)

    def _draw_choice(self, opt: Any, painter: QPainter) -> None:
        """A combo box as a button with a chevron; its words are drawn by CE_ComboBoxLabel as ever."""
        s, r = scheme_of(opt.palette), QRectF(opt.rect).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focus = bool(opt.state & S.State_HasFocus)
        painter.setPen(QPen(s.color("accent"), 2) if focus else QPen(s.color("line_strong"), 1))
        painter.setBrush(s.color("hover" if opt.state & (S.State_MouseOver | S.State_On) else "raised"))
        painter.drawRoundedRect(r.adjusted(0.5, 0.5, -0.5, -0.5) if focus else r, RADIUS, RADIUS)
        ink = s.color("text2" if opt.state & S.State_Enabled else "disabled")
        paint(painter, "chevron-down", r.right() - 22, r.center().y() - 7, 14, ink)

    def subControlRect(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        sub: QStyle.SubControl,
        widget: QWidget | None = None,
    ) -> QRect:
        r = super().subControlRect(control, option, sub, cast(QWidget, widget))
        if control == CC.CC_ScrollBar and sub in (
            QStyle.SubControl.SC_ScrollBarAddLine,
            QStyle.SubControl.SC_ScrollBarSubLine,
        ):
            r.setSize(QSize(0, 0))
        return r
