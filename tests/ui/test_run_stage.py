"""The stage of a run: its pages come with what is on them, and each shows what the events told."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from curator.core.job import JobState
from curator.core.progress import LossPoint, RunProgress, Sample, TrainPoint
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.ui.views import more_charts
from curator.ui.views.answers import Answers, place_words
from curator.ui.views.chart_lines import LABEL, End, apart
from curator.ui.views.loss_chart import LossChart
from curator.ui.views.run_stage import SOON, RunStage

RUN = Run(1, "run", 1, "tiny", "standard", TrainSettings(), JobState.RUNNING, "/nowhere", "", rows=20)


def _progress(**more: object) -> RunProgress:
    train = tuple(TrainPoint(i, i / 20, 3 - i * 0.02, 2e-4 * i / 40, 1.5, 400.0 + i) for i in range(1, 41))
    valid = tuple(LossPoint(i * 5, i * 0.25, 2.5 - i * 0.1) for i in range(9))
    plain = RunProgress(JobState.RUNNING, 60, 40, 2.0, 3.0, train, valid, best=valid[-1])
    return replace(plain, **more)  # type: ignore[arg-type]


@pytest.fixture
def stage(qtbot: QtBot) -> RunStage:
    made = RunStage()
    qtbot.addWidget(made)
    made.attach(LossChart(), more_charts)
    made.resize(900, 320)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_pages_come_with_what_is_on_them(stage: RunStage) -> None:
    stage.show_run(RUN, _progress())
    assert not stage.pages.isVisible()
    tags = {"voice": (LossPoint(0, 0, 2.4), LossPoint(5, 0.25, 2.2))}
    samples = (Sample(0, 0, "I can help."), Sample(5, 0.25, "It retries."))
    stage.show_run(RUN, _progress(tags=tags, samples=samples, probe="Why?"))
    assert stage.pages.names == ["Losses", "Tags", "Answers"]
    stage.show_page("Tags")
    assert stage.tags is not None
    assert stage.tags.accessibleDescription() == "pass 2.0, all rows 1.70, voice 2.20"
    assert not stage.tags.grab().isNull()
    stage.show_run(replace(RUN, id=2), _progress())
    assert stage.title.text() == "Loss per response token"


def test_a_run_that_waits_for_another_is_promised_no_loss_soon(stage: RunStage) -> None:
    stage.show_run(RUN, RunProgress(JobState.WAITING))
    assert stage.chart is not None and stage.chart.empty_words == "Its losses come when it is its turn."
    stage.show_run(RUN, RunProgress(JobState.STARTING))
    assert stage.chart.empty_words == SOON


def test_the_legend_names_the_marks_of_steps_without_a_loss_while_there_are_any(stage: RunStage) -> None:
    def said() -> list[str]:
        return [label.text() for label in stage.legend.findChildren(QLabel) if label.isVisible() and label.text()]

    stage.show_run(RUN, _progress(lossless=(LossPoint(41, 2.05, float("nan")),)))
    assert said() == ["train", "validation", "the loss is no number"]
    stage.show_run(replace(RUN, id=2), _progress())
    assert said() == ["train", "validation, rows it never sees"]


def test_a_figure_of_every_step_stands_below_the_losses_on_the_same_passes(stage: RunStage) -> None:
    stage.show_run(RUN, _progress())
    stage.choose_below("Learning rate")
    chart, steps = stage.chart, stage.steps
    assert chart is not None and steps is not None
    assert steps.accessibleDescription() == "pass 2.0, rate 2e-4"
    assert steps.getViewBox().viewRange()[0] == pytest.approx(chart.getViewBox().viewRange()[0])
    stage.choose_below("Gradient norm")
    assert steps.accessibleDescription() == "pass 2.0, gradient 1.50"
    assert not steps.grab().isNull()
    words = [action.text() for action in stage.below_menu().actions()]
    assert words == ["Nothing below", "Learning rate", "Gradient norm", "Tokens per second"]
    stage.choose_below("")
    assert stage.steps is None


def test_the_newest_answer_stands_first_and_the_base_models_last(qtbot: QtBot) -> None:
    answers = Answers()
    qtbot.addWidget(answers)
    answers.resize(600, 300)
    answers.show()
    first = _progress(probe="Why?", samples=(Sample(0, 0, "I can help."), Sample(5, 0.25, "")))
    answers.show_progress(first)
    answers.show_progress(replace(first, samples=(*first.samples, Sample(10, 0.5, "It retries."))))
    qtbot.waitUntil(lambda: len([w for w in answers.findChildren(QLabel) if w.isVisible()]) == 7)
    lines = [answers._list.itemAt(i).widget() for i in range(3)]
    said = [" ".join(label.text() for label in line.findChildren(QLabel)) for line in lines if line is not None]
    assert said == ["pass ½ It retries.", "pass ¼ (nothing)", "before I can help."]
    answers.show_progress(_progress(probe="Another?", samples=(Sample(0, 0, "Hello."),)))
    assert answers._list.count() == 1
    assert place_words(Sample(0, 0, "")) == "before"


def _ends(*ys: float) -> list[End]:
    return [End(y, "abcdefgh"[i], "fast") for i, y in enumerate(ys)]


def test_names_at_the_ends_of_lines_never_lie_on_each_other() -> None:
    places = apart(_ends(100, 101, 103, 200), 10, 210)
    ys = [end.y for end in places]
    assert [end.words for end in places] == ["a", "b", "c", "d"]
    assert all(b - a >= LABEL - 1e-6 for a, b in pairwise(ys))
    assert min(ys) >= 10 and max(ys) <= 210
    assert apart(_ends(208, 209), 10, 210)[-1].y == pytest.approx(210)


def test_names_without_room_are_counted_and_never_run_over_the_axis() -> None:
    places = apart(_ends(10, 50, 50, 20, 30, 49), 0, 51, LABEL)
    assert [end.words for end in places] == ["a", "b", "c", "3 more"]
    assert [end.y for end in places] == sorted(end.y for end in places)
    assert all(b.y - a.y >= LABEL - 1e-6 for a, b in pairwise(places))
    assert places[-1].y == pytest.approx(51)


def _tags(count: int) -> dict[str, tuple[LossPoint, ...]]:
    return {f"tag {i:02d}": tuple(LossPoint(n, n / 20, 2 + i * 0.1 - n * 0.01) for n in (0, 20)) for i in range(count)}


def test_ten_tags_wear_ten_pairs_of_ink_and_dash(stage: RunStage) -> None:
    stage.show_run(RUN, _progress(tags=_tags(10)))
    stage.show_page("Tags")
    assert stage.tags is not None and stage.title.text() == "Validation by tag"
    worn = {(line.ink, line.dash) for line in stage.tags.lines.values()}
    assert len(worn) == 11


def test_of_a_hundred_tags_the_worst_are_named_and_the_title_says_so(stage: RunStage) -> None:
    told = _progress(tags=_tags(100))
    stage.show_run(RUN, told)
    stage.show_page("Tags")
    assert stage.tags is not None and stage.title.text() == "Validation by tag, the 8 worst of 100 named"
    named = {line.name: (line.ink, line.dash) for line in stage.tags.lines.values() if line.name}
    assert list(named) == ["all rows", *(f"tag {i}" for i in range(92, 100))]
    x, y = stage.tags._others.getData()
    assert x.size == 92 * 2 and (y.min(), y.max()) == (1.8, pytest.approx(11.1))
    assert list(stage.tags._others.opts["connect"][:4]) == [1, 0, 1, 0], "one tag is not joined to the next"
    assert stage.tags.getViewBox().viewRange()[1][0] < 1.8
    worse = replace(told, tags={**told.tags, "tag 00": (LossPoint(0, 0, 2.0), LossPoint(20, 1, 90.0))})
    stage.show_run(RUN, worse)
    now = {line.name: (line.ink, line.dash) for line in stage.tags.lines.values() if line.name}
    assert now.keys() - named.keys() == {"tag 00"} and named.keys() - now.keys() == {"tag 92"}
    assert all(now[name] == named[name] for name in now.keys() & named.keys()), "a tag keeps what it wears"
    stage.show_run(replace(RUN, id=2), _progress(tags={"all": told.tags["tag 00"]}))
    assert [line.name for line in stage.tags.lines.values()] == ["all rows", "all"]
