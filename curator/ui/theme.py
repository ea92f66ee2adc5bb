"""Colours, type and spacing, in one place; a widget asks with `scheme_of(self)` and so follows the palette."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QGuiApplication, QPalette
from PySide6.QtWidgets import QWidget

GRID = 4  # every distance is a multiple of this
RADIUS = 6  # buttons, fields, pills; cards and wells take 8, sheets 12
_WORDS = "Every good model begins with rows that somebody has read"
_DRAWN = 372  # pixels of these words in the body of the drawings; the average width that a font tells is of all scripts
_AIR = 6  # pixels above and below a line together, at least
PROSE_WIDTH = 480  # 72 characters of the reading size; the app measures it from the font


def space(units: float) -> int:
    """Pixels for so many grid units."""
    return round(units * GRID)


class Scheme(NamedTuple):
    """Every colour a painter may use, for one appearance."""

    is_dark: bool
    # planes, from the frame inwards
    sidebar: str
    window: str
    listing: str
    base: str
    sunken: str
    raised: str
    # lines
    line: str
    line_strong: str
    # ink
    text: str
    text2: str
    text3: str
    disabled: str
    # the one accent
    accent: str
    on_accent: str
    accent_text: str
    accent_wash: str
    accent_soft: str
    hover: str
    # meaning
    good: str
    good_wash: str
    warn: str
    warn_wash: str
    bad: str
    bad_wash: str
    # row classes of the mirror
    fast: str
    falling: str
    never: str
    memorised: str
    # loss heat, lowest to highest; alpha does the grading
    heat: str
    shade: str

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """A named colour, optionally let through."""
        c = QColor(getattr(self, name) if hasattr(self, name) else name)
        c.setAlphaF(alpha)
        return c


LIGHT = Scheme(
    is_dark=False,
    sidebar="#F2F1EE",
    window="#F7F6F4",
    listing="#FBFAF9",
    base="#FFFFFF",
    sunken="#F5F4F1",
    raised="#FFFFFF",
    line="#E7E5E1",
    line_strong="#D5D2CC",
    text="#1C1B19",
    text2="#55534D",
    text3="#6D6A63",
    disabled="#A8A59E",
    accent="#4656C8",
    on_accent="#FFFFFF",
    accent_text="#3B4AB4",
    accent_wash="#E9EBFA",
    accent_soft="#AEB6EC",
    hover="#F0EFEB",
    good="#1B764A",
    good_wash="#E1F2E8",
    warn="#855600",
    warn_wash="#FAEFD6",
    bad="#B0382C",
    bad_wash="#FBE7E4",
    fast="#22896A",
    falling="#4656C8",
    never="#C0720A",
    memorised="#9A4A97",
    heat="#E08A1E",
    shade="#1C1B19",
)

DARK = Scheme(
    is_dark=True,
    sidebar="#161617",
    window="#1A1A1C",
    listing="#1C1C1E",
    base="#202022",
    sunken="#19191B",
    raised="#2A2A2D",
    line="#2C2C2F",
    line_strong="#3E3E43",
    text="#EAE9E6",
    text2="#AEACA7",
    text3="#9A9893",
    disabled="#5E5D5A",
    accent="#5D6BDD",
    on_accent="#FFFFFF",
    accent_text="#9DA8FF",
    accent_wash="#282C48",
    accent_soft="#454E93",
    hover="#262628",
    good="#63C497",
    good_wash="#1B3227",
    warn="#E0B15C",
    warn_wash="#362C19",
    bad="#F08F84",
    bad_wash="#3C2321",
    fast="#4DBE96",
    falling="#8C98FF",
    never="#E3A04A",
    memorised="#D08ACD",
    heat="#E0953A",
    shade="#000000",
)


def scheme_of(widget: QWidget | QPalette | None = None) -> Scheme:
    """The scheme that goes with a widget's palette."""
    p = (
        widget
        if isinstance(widget, QPalette)
        else (widget.palette() if widget is not None else QGuiApplication.palette())
    )
    return DARK if p.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def palette(s: Scheme) -> QPalette:
    """The scheme as Qt's own roles, so that stock widgets need nothing else."""
    role_of, group_of = QPalette.ColorRole, QPalette.ColorGroup
    p = QPalette()
    roles = {
        role_of.Window: s.window,
        role_of.WindowText: s.text,
        role_of.Base: s.base,
        role_of.AlternateBase: s.sunken,
        role_of.Text: s.text,
        role_of.Button: s.raised,
        role_of.ButtonText: s.text,
        role_of.BrightText: s.bad,
        role_of.Highlight: s.accent_soft,
        role_of.HighlightedText: s.text,
        role_of.Accent: s.accent,
        role_of.Link: s.accent_text,
        role_of.LinkVisited: s.accent_text,
        role_of.PlaceholderText: s.text3,
        role_of.ToolTipBase: s.raised,
        role_of.ToolTipText: s.text,
        role_of.Light: s.raised,
        role_of.Midlight: s.line,
        role_of.Mid: s.line_strong,
        role_of.Dark: s.text3,
        role_of.Shadow: s.shade,
    }
    for role, value in roles.items():
        p.setColor(role, QColor(value))
    for role in (role_of.WindowText, role_of.Text, role_of.ButtonText):
        p.setColor(group_of.Disabled, role, QColor(s.disabled))
    return p


# Type: name -> (size relative to the system font, weight, letter spacing in percent)
TYPE: dict[str, tuple[float, QFont.Weight, float]] = {
    "caption": (11 / 13, QFont.Weight.Medium, 100.5),
    "small": (12 / 13, QFont.Weight.Normal, 100),
    "small-strong": (12 / 13, QFont.Weight.Medium, 100),
    "body": (1, QFont.Weight.Normal, 100),
    "strong": (1, QFont.Weight.Medium, 99.5),
    "reading": (14 / 13, QFont.Weight.Normal, 99.5),
    "heading": (15 / 13, QFont.Weight.DemiBold, 98.5),
    "title": (20 / 13, QFont.Weight.DemiBold, 97.5),
    "display": (28 / 13, QFont.Weight.DemiBold, 97),
}


def _scaled(f: QFont, ratio: float) -> QFont:
    if f.pointSizeF() > 0:
        f.setPointSizeF(QGuiApplication.font().pointSizeF() * ratio if f.pointSizeF() else 10 * ratio)
    else:  # a system font given in pixels
        f.setPixelSize(max(1, round(QGuiApplication.font().pixelSize() * ratio)))
    return f


@lru_cache(maxsize=64)
def _font(role: str, _system: str) -> QFont:
    ratio, weight, spacing = TYPE[role]
    f = _scaled(QFont(QGuiApplication.font()), ratio)
    f.setWeight(weight)
    f.setLetterSpacing(QFont.SpacingType.PercentageSpacing, spacing)
    f.setFeature(QFont.Tag("tnum"), 1)
    f.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return f


def font(role: str = "body") -> QFont:
    """The system font at one step of the scale, with figures of equal width. A copy: yours to change."""
    return QFont(_font(role, QGuiApplication.font().key()))


@lru_cache(maxsize=64)
def _metrics(role: str, system: str) -> QFontMetricsF:
    return QFontMetricsF(_font(role, system))


def metrics(role: str = "body") -> QFontMetricsF:
    """The measures of `font(role)`, kept: painters ask for them in every card."""
    return _metrics(role, QGuiApplication.font().key())


CODE_FAMILY = ""  # empty: the system's fixed font


@lru_cache(maxsize=64)
def _code_font(role: str, _system: str, family: str) -> QFont:
    f = QFont(family) if family else QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    f = _scaled(f, TYPE[role][0] * 0.96)
    f.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return f


def code_font(role: str = "small") -> QFont:
    """The system's fixed font beside text of that role."""
    return QFont(_code_font(role, QGuiApplication.font().key(), CODE_FAMILY))


def growth() -> float:
    """By how much text is larger than that for which the drawings were made, from 1 to 2: the system's font may be."""
    return min(2.0, max(1.0, metrics("body").horizontalAdvance(_WORDS) / _DRAWN))


def icon_size(points: int) -> int:
    """The size of an icon that was drawn so large, beside text that may be larger: it grows half as much."""
    return round(points * (1 + growth()) / 2)


def tall(points: int, *roles: str) -> int:
    """The height of what was drawn so many points high around lines of these roles: more where text is larger."""
    return max(points, math.ceil(sum(metrics(role).height() for role in roles)) + _AIR)


def prose_width() -> int:
    """72 characters of the reading size, measured from the font; at least the 480 points of the drawings."""
    return max(PROSE_WIDTH, round(metrics("reading").averageCharWidth() * 72 * 0.93))


def contrast(a: str, b: str) -> float:
    """WCAG contrast ratio of two opaque colours."""

    def luminance(value: str) -> float:
        c = QColor(value)
        parts = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in (c.redF(), c.greenF(), c.blueF())]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    hi, lo = sorted((luminance(a), luminance(b)), reverse=True)
    return (hi + 0.05) / (lo + 0.05)
