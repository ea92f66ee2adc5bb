"""A chart as a file: as heavy as on the screen, and under an ending that programs know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from curator.core.job import JobState
from curator.core.progress import LossPoint, RunProgress
from curator.ui.controls import column
from curator.ui.theme import scheme_of
from curator.ui.views.chart_file import DOTS, save_picture, with_ending
from curator.ui.views.loss_chart import LossChart

FLAT = RunProgress(JobState.DONE, 20, 20, 1.0, 1.0, valid=(LossPoint(0, 0, 2.0), LossPoint(20, 1, 2.0)))


@pytest.fixture
def chart(qtbot: QtBot) -> Iterator[LossChart]:
    holder, made = QWidget(), LossChart()
    holder.setLayout(column(made))
    qtbot.addWidget(holder)
    holder.resize(600, 240)
    holder.show()
    qtbot.waitExposed(holder)
    made.set_progress(1, FLAT)
    yield made  # the holder lives as long


def _thickness(image: QImage, chart: LossChart) -> float:
    """Of the flat line, in points."""
    dots = image.width() / chart.width()
    at = chart._at(0.3, 2.0) * dots
    ink, ground = QColor(scheme_of(chart).accent), scheme_of(chart).color("base")
    column_of = [image.pixelColor(int(at.x()), int(at.y()) + y) for y in range(-20, 21)]
    return sum((ground.red() - c.red()) / (ground.red() - ink.red()) for c in column_of) / dots


def test_a_line_is_as_heavy_in_the_picture_as_on_the_screen(chart: LossChart, tmp_path: Path) -> None:
    holder = chart.parentWidget()
    assert holder is not None
    on_screen = _thickness(chart.grab().toImage(), chart)
    assert save_picture(holder, tmp_path / "chart.png") == ""
    image = QImage(str(tmp_path / "chart.png"))
    assert image.width() == DOTS * chart.width()
    assert _thickness(image, chart) == pytest.approx(on_screen, abs=0.35)
    assert chart._curves["valid"].opts["pen"].widthF() == pytest.approx(2.25 * chart.devicePixelRatioF())
    assert save_picture(holder, tmp_path / "chart.svg") == ""
    assert set(re.findall(r'stroke-width="(2\.\d+)"', (tmp_path / "chart.svg").read_text("utf-8"))) >= {"2.25"}


@pytest.mark.parametrize(
    ("typed", "ending", "written"),
    [
        ("chart", "png", "chart.png"),
        ("chart.PNG", "png", "chart.PNG"),
        ("rate 2e-4 v1.5", "svg", "rate 2e-4 v1.5.svg"),
        ("chart.png", "csv", "chart.png.csv"),
    ],
)
def test_a_name_gets_the_ending_of_what_is_written(typed: str, ending: str, written: str) -> None:
    assert with_ending(Path("/folder") / typed, ending) == Path("/folder") / written
