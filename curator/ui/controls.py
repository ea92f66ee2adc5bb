"""The few controls of our own, and what they stand on, in one place for those who build with them."""

from __future__ import annotations

from curator.ui.buttons import Button
from curator.ui.choosing import Check, Segments
from curator.ui.fields import Field
from curator.ui.pills import Tag, paint_pill, pill_width
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
    paint_icon,
    row,
    scrolled,
    smooth,
    tint,
)

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
    "paint_icon",
    "paint_pill",
    "pill_width",
    "row",
    "scrolled",
    "smooth",
    "tint",
]
