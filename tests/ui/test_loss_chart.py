"""The loss chart: what it draws, what it says, and that it stays quick with many points."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from curator.core.job import JobState
from curator.core.progress import LossPoint, RunProgress, TrainPoint
from curator.ui.models.loss_series import SMOOTHING, LossSeries, bounds, levels, means, peaks
from curator.ui.theme import DARK, LIGHT, font, palette, scheme_of
from curator.ui.views.chart_ground import LEFT_ROOM
from curator.ui.views.loss_chart import LossChart, Shown


def _progress(steps: int, total: float = 8.0, per_pass: int = 20) -> RunProgress:
    train = tuple(
        TrainPoint(i, i / per_pass, 1 + 1.5 * math.exp(-i / 40) + 0.1 * math.sin(i)) for i in range(1, steps + 1)
    )
    valid = tuple(LossPoint(i * 5, i * 0.25, 1.5 + math.exp(-i / 6)) for i in range(steps // 5 + 1))
    best = min(valid, key=lambda p: p.loss)
    passes = steps / per_pass
    return RunProgress(state=JobState.RUNNING, total_passes=total, passes=passes, train=train, valid=valid, best=best)


@pytest.fixture
def chart(qtbot: QtBot) -> LossChart:
    made = LossChart()
    qtbot.addWidget(made)
    made.resize(900, 260)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_it_says_the_last_losses_to_a_screen_reader(chart: LossChart) -> None:
    chart.set_progress(1, _progress(42))
    assert chart.accessibleDescription().startswith("pass 2.1, train ")
    assert "validation" in chart.accessibleDescription()


def test_losses_of_the_same_run_come_at_most_ten_times_a_second(chart: LossChart, qtbot: QtBot) -> None:
    chart.set_progress(1, _progress(20))
    for steps in range(21, 41):
        chart.set_progress(1, _progress(steps))
    assert len(chart.train) == 20
    qtbot.waitUntil(lambda: len(chart.train) == 40)


def test_the_first_losses_and_the_end_are_drawn_with_the_words_above(chart: LossChart) -> None:
    chart.set_progress(1, RunProgress())
    chart.set_progress(1, _progress(20))
    assert len(chart.train) == 20, "a short run says “Done.” with its first losses"
    chart.set_progress(1, _progress(30))
    assert len(chart.train) == 20
    chart.set_progress(1, replace(_progress(40), state=JobState.DONE))
    assert len(chart.train) == 40 and chart.is_over


def test_a_run_that_told_nothing_new_is_not_drawn_again(chart: LossChart, qtbot: QtBot) -> None:
    told = _progress(20)
    chart.set_progress(1, told)
    chart.set_progress(1, told)
    assert not chart._timer.isActive()
    chart.set_progress(1, replace(told, train=_progress(21).train))
    qtbot.waitUntil(lambda: len(chart.train) == 21)


def test_another_run_is_drawn_at_once(chart: LossChart) -> None:
    chart.set_progress(1, _progress(40))
    chart.set_progress(2, _progress(5))
    assert len(chart.train) == 5


@pytest.mark.parametrize("shown", [Shown.RAW, Shown.SMOOTHED])
def test_a_line_of_one_value_is_a_dot(chart: LossChart, shown: Shown) -> None:
    chart.set_shown(shown)
    chart.set_progress(1, replace(_progress(1), valid=(), best=None))
    line = chart.lines["raw" if shown is Shown.RAW else "smooth"]
    at = chart._at(float(line.series.x[0]), float(line.values[0])).toPoint()
    ground = scheme_of(chart).color("base").rgb()
    drawn = chart.grab().toImage()
    beside = at.x() - 2  # the line of “now” goes through its middle
    assert drawn.pixelColor(beside, at.y()).rgb() != ground
    assert drawn.pixelColor(beside, at.y() - 10).rgb() == ground


def test_only_the_chosen_lines_are_visible(chart: LossChart) -> None:
    chart.set_progress(1, _progress(40))
    for shown, raw, smooth in ((Shown.RAW, True, False), (Shown.SMOOTHED, False, True), (Shown.BOTH, True, True)):
        chart.set_shown(shown)
        assert chart._curves["raw"].isVisible() is raw
        assert chart._curves["smooth"].isVisible() is smooth


def test_the_words_behind_the_last_loss_have_room_until_the_end(chart: LossChart) -> None:
    chart.set_progress(1, _progress(160))
    (_, right), _ = chart.getViewBox().viewRange()
    assert right > 8.5
    chart.set_progress(2, _progress(20))
    (_, right), _ = chart.getViewBox().viewRange()
    assert right == pytest.approx(8.0)


def test_it_follows_the_palette(chart: LossChart) -> None:
    chart.set_progress(1, _progress(40))
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = app.palette()
    try:
        for scheme in (LIGHT, DARK):
            app.setPalette(palette(scheme))
            QApplication.processEvents()
            corner = chart.grab().toImage().pixelColor(chart.width() - 2, 2)
            assert corner == QColor(scheme.base)
            assert chart._curves["valid"].opts["pen"].color() == QColor(scheme.accent)
    finally:
        app.setPalette(before)


def test_the_pointer_reads_a_place(chart: LossChart) -> None:
    chart.set_progress(1, _progress(80))
    at = QPointF(chart._at(2.0, 1.5))
    none, mods = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    move = QMouseEvent(QMouseEvent.Type.MouseMove, at, chart.mapToGlobal(at), none, none, mods)
    QApplication.sendEvent(chart.viewport(), move)
    assert chart._hover == pytest.approx(2.0, abs=0.02)
    assert chart._said(chart._hover).startswith("pass 2.0, train ")


def test_it_paints_every_kind_of_run(chart: LossChart) -> None:
    over = replace(_progress(60), state=JobState.DONE)
    alone = replace(_progress(3, total=0.15), valid=(), best=None)
    for run, progress in enumerate((RunProgress(), alone, over, _progress(900, total=45)), start=1):
        chart.set_progress(run, progress)
        assert not chart.grab().isNull()


@pytest.mark.parametrize(
    ("width", "words"), [(900, "best so far 2.50, pass 0"), (300, "best so far 2.50"), (220, "best 2.50")]
)
def test_what_is_said_of_the_best_is_whole_within_the_chart(chart: LossChart, width: int, words: str) -> None:
    best = LossPoint(0, 0.0, 2.5)
    chart.resize(width, 200)
    chart.set_progress(1, replace(_progress(20), valid=(best,), best=best, total_passes=2))
    place, _, said = chart._best_said(best, QFontMetricsF(font("small")), chart._plot())
    assert said == words
    assert place.left() >= 0 and place.right() <= chart.width()


def test_ten_thousand_points_are_thinned_before_they_are_drawn(chart: LossChart) -> None:
    chart.set_progress(1, _progress(10_000, per_pass=1250))
    assert chart._curves["raw"].getData()[0].size <= 2 * chart.width() + 20
    assert chart._curves["smooth"].getData()[0].size <= chart.width() // 3 + 2


def test_a_series_reads_only_what_is_new_and_starts_again_when_the_past_changes() -> None:
    series, progress = LossSeries(), _progress(300)
    assert series.update(progress.train[:100])
    assert not series.update(progress.train[:100])
    assert series.update(progress.train)
    whole = LossSeries()
    whole.update(progress.train)
    np.testing.assert_allclose(series.smooth, whole.smooth)
    assert series.update(progress.train[:50])
    assert len(series) == 50


def test_the_mean_is_the_same_however_the_losses_come() -> None:
    points, by_hand = _progress(700).train, []
    mean = 0.0
    for count, point in enumerate(points, start=1):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * point.loss
        by_hand.append(mean / (1 - SMOOTHING**count))
    series = LossSeries()
    for upto in (1, 2, 255, 256, 257, 700):
        series.update(points[:upto])
        np.testing.assert_allclose(series.smooth, by_hand[:upto])
    assert list(series.raw) == [p.loss for p in points]
    assert list(series.x) == [p.passes for p in points]


def test_the_chart_says_where_the_loss_was_no_number(chart: LossChart, qtbot: QtBot) -> None:
    told = _progress(60)
    lost = tuple(LossPoint(step, step / 20, math.nan) for step in range(61, 66))
    chart.set_progress(1, replace(told, passes=3.25, lossless=lost))
    drawn = chart.grab().toImage()
    warn = scheme_of(chart).color("warn").rgb()
    low = int(chart._plot().bottom()) - 2
    marked = {x for x in range(drawn.width()) if drawn.pixel(x, low) == warn}
    places = [round(chart._at(step.passes, 0).x()) for step in lost]
    assert all({x - 1, x} & marked for x in places)  # the last is half behind the line of the present
    assert marked and min(marked) > chart._at(3.0, 0).x()
    assert "the loss is no number" in chart._said(3.15) and "no number" not in chart._said(2.0)
    chart.set_progress(2, told)
    again = chart.grab().toImage()
    assert not any(again.pixel(x, low) == warn for x in range(again.width()))


def test_a_loss_that_is_no_number_is_left_out() -> None:
    series = LossSeries()
    series.update([LossPoint(1, 0.1, 2.0), LossPoint(2, 0.2, float("nan")), LossPoint(3, 0.3, 1.0)])
    assert list(series.raw) == [2.0, 1.0]
    assert series.smooth[0] == pytest.approx(2.0)


def test_thinning_keeps_the_peaks_and_the_ends() -> None:
    x = np.arange(10_000.0)
    y = np.zeros(10_000)
    y[4321], y[7777] = 5.0, -5.0
    thin_x, thin_y = peaks(x, y, 500)
    assert thin_x.size <= 520
    assert thin_y.max() == 5.0
    assert thin_y.min() == -5.0
    assert np.all(np.diff(thin_x) > 0)
    mean_x, mean_y = means(x, x * 2, 300)
    assert mean_x.size <= 302
    assert (mean_x[0], mean_x[-1], mean_y[-1]) == (0.0, 9999.0, 19998.0)


def test_levels_are_few_and_round() -> None:
    assert levels(0.82, 2.72) == [1.0, 1.5, 2.0, 2.5]
    assert 2 <= len(levels(1.001, 1.049)) <= 6
    assert bounds([LossSeries()]) == (0.0, 3.0)


@pytest.mark.parametrize(
    ("loss", "read"), [(2.5, "2.0"), (12_000, "12k"), (3_000_000, "3M"), (2e12, "2e12"), (-4_000, "-4k")]
)
def test_a_figure_at_the_edge_has_room_however_high_a_loss_is(chart: LossChart, loss: float, read: str) -> None:
    spread = max(1.0, abs(loss))
    valid = tuple(LossPoint(i * 5, i * 0.25, loss + spread * i / 8) for i in range(9))
    chart.set_progress(1, replace(_progress(40), train=(), valid=valid, best=None))
    metrics = QFontMetricsF(font("caption"))
    said = [chart._fitting(level, metrics) for level in (*chart._levels, 2.0, loss)]
    assert read in said
    assert all(metrics.horizontalAdvance(words) <= LEFT_ROOM - 2 for words in said)
