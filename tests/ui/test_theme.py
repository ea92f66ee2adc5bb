"""Every ink can be read on every plane it stands on, in both schemes."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QPalette

from curator.ui.theme import DARK, LIGHT, code_font, contrast, font, palette, scheme_of

PLANES = ("sidebar", "window", "listing", "base", "sunken", "hover", "accent_wash")
TEXT = [
    *((ink, plane) for ink in ("text", "text2", "text3") for plane in PLANES),
    ("on_accent", "accent"),
    *(("accent_text", plane) for plane in ("base", "accent_wash", "window")),
    *(
        (ink, plane)
        for ink in ("good", "warn", "bad")
        for plane in ("base", "listing", "window", "sidebar", f"{ink}_wash", "accent_wash")
    ),
]
MARKS = ("accent", "fast", "falling", "never", "memorised", "good", "bad", "warn", "text3")


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_have_the_contrast_of_wcag_aa(scheme) -> None:
    poor = {p: round(contrast(getattr(scheme, p[0]), getattr(scheme, p[1])), 2) for p in TEXT}
    assert {p: c for p, c in poor.items() if c < 4.5} == {}


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_stand_out_from_their_plane(scheme) -> None:
    pairs = {(m, p): contrast(getattr(scheme, m), getattr(scheme, p)) for m in MARKS for p in ("base", "window")}
    assert {k: round(v, 2) for k, v in pairs.items() if v < 3} == {}


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_palette_leads_back_to_its_scheme(qapp, scheme) -> None:
    made = palette(scheme)
    assert scheme_of(made) is scheme
    assert made.color(QPalette.ColorRole.Accent).name().upper() == scheme.accent


def test_a_font_is_a_copy_and_keeps_the_scale(qapp) -> None:
    first = font("title")
    first.setBold(True)
    assert font("title") != first
    assert font("title").pointSizeF() > font("body").pointSizeF() > font("caption").pointSizeF()
    assert code_font("body").pointSizeF() < font("body").pointSizeF()
