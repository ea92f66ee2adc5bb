"""The budget bar says what fits, what is over, what is an estimate, and who counted."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from curator.core.budget import Usage
from curator.ui.theme import DARK, LIGHT, Scheme, palette
from curator.ui.views.budget_bar import BudgetBar, paint_track


@pytest.fixture
def bar(qtbot: QtBot) -> BudgetBar:
    bar = BudgetBar()
    qtbot.addWidget(bar)
    bar.resize(800, 34)
    return bar


def test_room_left_is_said_with_the_tokenizer(bar: BudgetBar) -> None:
    bar.set_usage(Usage(154, 552), 2048, "Qwen3")
    assert bar.accessibleName() == (
        "Prompt 154 tokens, response 552. Room left 1,342 of 2,048. Counted with Qwen3’s own template"
    )
    assert bar.verdict() == ""


def test_an_estimate_wears_its_sign(bar: BudgetBar) -> None:
    bar.set_usage(Usage(154, 552, is_estimate=True), 2048, "o200k estimate")
    assert "≈ 154" in bar.sentence() and bar.sentence().endswith("Estimated with o200k")


@pytest.mark.parametrize(
    ("usage", "sentence"),
    [
        (Usage(96, 2215), "263 over 2,048: the ending would be cut"),
        (Usage(96, 2215, is_estimate=True), "≈ 263 over 2,048: the ending would be cut"),
        (Usage(12, 0), "No response: nothing to learn"),
        (Usage(0, 12), "No prompt: nothing to answer"),
        (Usage(1, 1, refusal="It holds a control token."), "It holds a control token"),
        (Usage(1_000, 1_048), ""),
    ],
)
def test_what_is_wrong_is_a_sentence(bar: BudgetBar, usage: Usage, sentence: str) -> None:
    bar.set_usage(usage, 2048, "Qwen3")
    assert bar.verdict() == sentence
    assert sentence in bar.accessibleName()


def test_while_it_is_counted_it_says_so(bar: BudgetBar) -> None:
    bar.set_usage(None, 2048, "Qwen3")
    assert bar.accessibleName() == "The tokens of this row are being counted."
    assert not bar.grab().isNull()


def track(scheme: Scheme, prompt: int, response: int, limit: int) -> QImage:
    image = QImage(200, 20, QImage.Format.Format_RGB32)
    image.fill(scheme.color("window"))
    p = QPainter(image)
    paint_track(p, QRectF(0, 4, 200, 8), scheme, prompt, response, limit)
    p.end()
    return image


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_the_track_shows_prompt_response_and_room_in_proportion(qtbot: QtBot, scheme: Scheme) -> None:
    image = track(scheme, 50, 100, 200)
    assert image.pixelColor(25, 8).name() == scheme.accent_soft.lower()
    assert image.pixelColor(100, 8).name() == scheme.accent.lower()
    assert image.pixelColor(180, 8) not in (scheme.color("accent"), scheme.color("window"))


def test_over_the_limit_the_scale_grows_and_the_limit_is_a_red_tick(qtbot: QtBot) -> None:
    image = track(LIGHT, 50, 350, 200)
    limit = round(200 * 200 / (400 * 1.02))
    assert image.pixelColor(limit, 2).name() == LIGHT.bad.lower()
    assert image.pixelColor(limit - 10, 8).name() == LIGHT.accent.lower()


def test_odd_numbers_are_painted_too(bar: BudgetBar) -> None:
    for usage, limit in ((Usage(0, 0), 0), (Usage(10_000_000, 1), 10), (Usage(0, 5), 5), (Usage(5_000, 0), 2_048)):
        bar.set_usage(usage, limit, "x" * 500)
        bar.setPalette(palette(DARK))
        assert not bar.grab().isNull()
