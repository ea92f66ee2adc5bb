"""What the first steps say: true figures, one thing to do, and never more than two buttons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from curator.core.job import JobState
from curator.core.progress import LossPoint, RunProgress, Sample
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.services.guiding import Footing
from curator.ui.guide.way import Stage
from curator.ui.guide.words import Act, words_for

RUN = Run(1, "first", 1, "starter", "quick", TrainSettings(), JobState.RUNNING, "/nowhere", "2026-11-22T10:00:00Z")
SAMPLES = Footing(total=47, has_samples=True, ready=29)
PLACES = ("library", "dataset", "runs", "mirror")


def losses(*values: float, **more: object) -> RunProgress:
    points = tuple(LossPoint(n, n / 4, value) for n, value in enumerate(values))
    return replace(RunProgress(state=JobState.RUNNING, valid=points), **more)  # type: ignore[arg-type]


def told(*values: float, **more: object) -> Footing:
    return replace(SAMPLES, clean=29, taken=29, ready=0, run=RUN, progress=losses(*values, **more))


def acts(stage: Stage, now: Footing, place: str = "library") -> list[Act]:
    return [offer.act for offer in words_for(stage, now, place).offers]


def test_how_many_are_still_to_be_marked() -> None:
    assert "mark three answers" in words_for(Stage.MARK, SAMPLES, "library").title
    assert "mark one more answer that" in words_for(Stage.MARK, replace(SAMPLES, clean=2, ready=27), "library").title
    assert words_for(Stage.MARK, Footing(total=9, clean=4), "library").title.startswith("Mark 8 more answers")
    assert words_for(Stage.MARK, Footing(total=99, clean=11), "library").title.startswith("Mark 1 more answer that")


def test_the_keys_of_marking_are_named_as_commands_so_that_they_follow_the_persons_own() -> None:
    assert [command for command, _ in words_for(Stage.MARK, SAMPLES, "library").keys] == [
        "mark_clean",
        "reject",
        "next",
    ]


def test_in_another_place_marking_leads_back_to_the_list() -> None:
    assert acts(Stage.MARK, SAMPLES, "runs") == [Act.GO_TO_LIST, Act.MARK_SAMPLES]
    assert acts(Stage.MARK, SAMPLES) == [Act.MARK_SAMPLES]


def test_who_has_only_own_sessions_may_take_the_samples() -> None:
    assert acts(Stage.MARK, Footing(total=800)) == [Act.READ_SAMPLES]


def test_a_time_is_told_only_where_it_is_known() -> None:
    now = replace(SAMPLES, clean=29, ready=0)
    assert "≈ 40 s" in words_for(Stage.TRAIN, now, "library", 40.0).detail
    assert "≈" not in words_for(Stage.TRAIN, now, "library", None).detail


def test_a_run_that_failed_says_why_and_can_be_tried_again() -> None:
    failed = replace(RUN, state=JobState.FAILED, message="There was not enough memory.")
    words = words_for(Stage.TRAIN, replace(SAMPLES, clean=29, run=failed), "runs")
    assert words.title == "There was not enough memory."
    assert [offer.act for offer in words.offers] == [Act.TRAIN]


def test_the_curve_is_told_by_its_own_figures() -> None:
    assert "begins at 4.36" in words_for(Stage.CURVE, told(4.36), "runs").title
    assert words_for(Stage.CURVE, told(4.36, 4.1), "runs").title == "It falls: 4.36, now 4.10."
    assert words_for(Stage.CURVE, told(4.36, 4.4), "runs").title == "It does not fall yet: 4.36, now 4.40."
    assert "≈ 20 s left" in words_for(Stage.CURVE, told(4.36, 4.1, seconds_left=21.0), "runs").detail


def test_a_run_in_line_is_not_said_to_be_loading() -> None:
    queued = replace(told(), run=replace(RUN, state=JobState.QUEUED))
    assert words_for(Stage.CURVE, queued, "runs").title == "It waits for its turn."


def test_the_curve_is_offered_only_where_it_is_not_seen() -> None:
    assert acts(Stage.CURVE, told(4.36)) == [Act.GO_TO_RUNS]
    assert acts(Stage.CURVE, told(4.36), "runs") == []


def test_two_answers_are_read_and_without_them_the_mirror_is_asked() -> None:
    both = (Sample(0, 0.0, "You can."), Sample(6, 1.0, "Ask first."))
    assert words_for(Stage.HEAR, told(4.36, 4.02, samples=both), "runs").offers[0].words == "Read both answers"
    assert words_for(Stage.HEAR, told(4.36, 4.02, samples=both[:1]), "runs").offers[0].words == "Ask it in the Mirror"


def test_a_loss_that_did_not_fall_is_not_called_a_success() -> None:
    assert words_for(Stage.HEAR, told(4.36, 4.02), "runs").title == "It fell from 4.36 to 4.02."
    assert words_for(Stage.HEAR, told(4.36, 4.5), "runs").title.startswith("It did not fall")


def test_samples_among_the_rows_can_be_set_aside_in_the_end() -> None:
    assert acts(Stage.OVER, told(4.36, 4.02)) == [Act.OWN, Act.SET_ASIDE]
    assert acts(Stage.OVER, replace(told(4.36, 4.02), taken=0)) == [Act.OWN]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.NOTHING])
def test_every_stage_has_a_sentence_and_at_most_two_buttons(stage: Stage, place: str) -> None:
    words = words_for(stage, told(4.36, 4.02), place)
    assert words.title.endswith(".") and words.detail.endswith(".")
    assert len(words.offers) <= 2
