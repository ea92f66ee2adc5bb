"""Fusion made calm: flat buttons and fields, thin scroll bars, one focus ring. Only used where the system has no style of its own."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QProxyStyle, QPushButton, QStyle, QStyleOption, QWidget

from curator.ui.icons import paint
from curator.ui.theme import RADIUS, scheme_of

P, C, CC, M, S = (
    QStyle.PrimitiveElement,
    QStyle.ControlElement,
    QStyle.ComplexControl,
    QStyle.PixelMetric,
    QStyle.StateFlag,
)


def focus_ring(painter: QPainter, rect: QRectF, radius: float, colour) -> None:
    """Two pixels of accent on the edge of a control."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 2))
    painter.drawRoundedRect(rect, radius, radius)


class CalmFusion(QProxyStyle):
    """Fusion's measures and behaviour with our own faces."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def pixelMetric(self, metric, option=None, widget=None):
        table = {
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
        }
        return table.get(metric, super().pixelMetric(metric, option, widget))

    def drawPrimitive(self, element, option: QStyleOption, painter: QPainter, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        s = scheme_of(option.palette)
        r = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)
        on, hover = bool(option.state & S.State_Enabled), bool(option.state & S.State_MouseOver)
        focus, down = bool(option.state & S.State_HasFocus), bool(option.state & S.State_Sunken)
        if element == P.PE_PanelButtonCommand:
            primary = isinstance(widget, QPushButton) and widget.isDefault()
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
                focus_ring(
                    painter, r.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, s.color("accent_soft" if primary else "accent")
                )
            return
        if element in (P.PE_PanelLineEdit, P.PE_FrameLineEdit):
            painter.setPen(QPen(s.color("accent") if focus else s.color("line_strong" if hover else "line"), 1))
            painter.setBrush(s.color("base" if focus else "sunken"))
            painter.drawRoundedRect(r, RADIUS, RADIUS)
            return
        if element in (P.PE_IndicatorCheckBox, P.PE_IndicatorRadioButton):
            ticked = bool(option.state & S.State_On)
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
        if element in (P.PE_FrameFocusRect, P.PE_FrameDefaultButton, P.PE_FrameButtonBevel, P.PE_PanelItemViewRow):
            return
        super().drawPrimitive(element, option, painter, widget)

    def drawControl(self, element, option, painter, widget=None) -> None:
        if element == C.CE_Splitter:
            painter.fillRect(option.rect, scheme_of(option.palette).color("line"))
            return
        if element == C.CE_ShapedFrame:
            return
        super().drawControl(element, option, painter, widget)

    def drawComplexControl(self, control, option, painter, widget=None) -> None:
        if control == CC.CC_ScrollBar:
            s = scheme_of(option.palette)
            h = QRectF(self.subControlRect(control, option, QStyle.SubControl.SC_ScrollBarSlider, widget))
            upright = option.rect.height() > option.rect.width()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if option.minimum != option.maximum:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(s.color("text3", 0.45 if option.state & S.State_MouseOver else 0.28))
                painter.drawRoundedRect(h.adjusted(3, 2, -3, -2) if upright else h.adjusted(2, 3, -2, -3), 2, 2)
            return
        super().drawComplexControl(control, option, painter, widget)

    def subControlRect(self, control, option, sub, widget=None):
        r = super().subControlRect(control, option, sub, widget)
        if control == CC.CC_ScrollBar and sub in (
            QStyle.SubControl.SC_ScrollBarAddLine,
            QStyle.SubControl.SC_ScrollBarSubLine,
        ):
            r.setSize(r.size() * 0)
        return r

    def styleHint(self, hint, option=None, widget=None, data=None):
        H = QStyle.StyleHint
        if hint in (H.SH_EtchDisabledText, H.SH_UnderlineShortcut, H.SH_ScrollBar_Transient):
            return 0
        return super().styleHint(hint, option, widget, data)
