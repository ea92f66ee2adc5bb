"""Runs laid over one: each has a line of its own, and what is too much is said."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from curator.core.job import JobState
from curator.core.progress import LossPoint, RunProgress, TrainPoint
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.ui.models.compared import INKS, STYLES, Compared, label
from curator.ui.views.loss_chart import LossChart

RUN = Run(1, "run", 1, "tiny", "standard", TrainSettings(), JobState.DONE, "/nowhere", "", rows=20)
RUNS = {i: replace(RUN, id=i, name=f"run {i}") for i in range(1, 20)}


def _told(height: float) -> RunProgress:
    train = tuple(TrainPoint(i, i / 20, height - i * 0.02) for i in range(1, 41))
    valid = tuple(LossPoint(i * 5, i * 0.25, height - i * 0.1) for i in range(9))
    return RunProgress(JobState.DONE, 40, 40, 2.0, 2.0, train, valid, best=valid[-1])


def _chosen(count: int) -> Compared:
    compared = Compared()
    assert all(compared.toggle(run) for run in range(2, 2 + count))
    return compared


def test_twelve_runs_wear_twelve_pairs_and_a_thirteenth_is_refused() -> None:
    compared = _chosen(12)
    assert not compared.toggle(14)
    over = compared.overlays(1, RUNS, dict.fromkeys(RUNS, RunProgress()))
    assert [(one.ink, one.dash) for one in over] == list(STYLES)
    assert compared.toggle(5) and compared.toggle(14), "one was taken away, so there is room"
    worn = {one.run: (one.ink, one.dash) for one in compared.overlays(1, RUNS, dict.fromkeys(RUNS, RunProgress()))}
    assert worn[14] == STYLES[3] and worn[2] == STYLES[0]


def test_a_name_of_several_lines_is_one_line_at_the_end_of_its_own() -> None:
    assert label(replace(RUN, name="first\nsecond")) == "first second"


def _laid(chart: LossChart, count: int) -> None:
    told = {run: _told(3 + run * 0.1) for run in RUNS}
    chart.set_progress(1, told[1])
    chart.set_overlays(_chosen(count).overlays(1, RUNS, told), "run 1")


def test_many_runs_are_told_by_validation_alone(qtbot: QtBot) -> None:
    chart = LossChart()
    qtbot.addWidget(chart)
    chart.resize(900, 300)
    _laid(chart, len(INKS))
    assert chart.lines["smooth"].is_shown and chart.lines["2 train"].is_shown
    _laid(chart, 12)
    drawn = {key for key, line in chart.lines.items() if line.is_shown}
    assert drawn == {"valid", *(f"{run} valid" for run in range(2, 14))}
    assert chart.accessibleDescription().count("run ") == 13
    assert not chart.grab().isNull()
    _laid(chart, 2)
    assert chart.lines["smooth"].is_shown and chart.lines["3 train"].is_shown and "5 valid" not in chart.lines


def test_lines_of_one_ink_have_each_a_dash_of_their_own(qtbot: QtBot) -> None:
    chart = LossChart()
    qtbot.addWidget(chart)
    chart.resize(900, 300)
    _laid(chart, 12)
    patterns = [tuple(chart._curves[f"{run} valid"].opts["pen"].dashPattern()) for run in (2, 6, 10)]
    assert len(set(patterns)) == 3 and patterns[0] == ()


def test_what_a_run_says_beyond_its_end_is_told_with_the_pass_it_came_to(qtbot: QtBot) -> None:
    chart = LossChart()
    qtbot.addWidget(chart)
    chart.resize(900, 300)
    short, long = _told(2), replace(_told(3), passes=6.0, valid=(LossPoint(0, 0, 3.0), LossPoint(120, 6, 1.0)))
    for shown, other in ((1, 2), (2, 1)):
        told = {1: long, 2: short}
        compared = Compared()
        compared.toggle(other)
        chart.set_progress(shown, told[shown])
        chart.set_overlays(compared.overlays(shown, RUNS, told), f"run {shown}")
        said = set(chart._said(5.0).split(", "))
        assert said == {"pass 5.0", "run 1 3.00", "run 2 1.20 at pass 2.0"}
        assert "at pass" not in chart._said(1.5)
