"""The stages of the first steps, told from how things stand."""

from __future__ import annotations

from dataclasses import replace

from curator.core.job import JobState
from curator.core.progress import LossPoint, RunProgress
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.services.guiding import Footing
from curator.ui.guide.way import ENOUGH, Kept, Stage, batch_for, stage_of, steps_of

ON = Kept(is_on=True)
SAMPLES = Footing(total=47, has_samples=True, ready=29)
OWN = Footing(total=800)


def a_run(state: JobState, losses: int = 2) -> tuple[Run, RunProgress]:
    run = Run(1, "first", 1, "starter", "quick", TrainSettings(), state, "/nowhere", "2026-11-22T10:00:00Z")
    points = tuple(LossPoint(n, n / 4, 4.0 - n / 10) for n in range(losses))
    return run, RunProgress(state=state, valid=points)


def after(run: tuple[Run, RunProgress]) -> Footing:
    return replace(SAMPLES, clean=29, ready=0, taken=29, run=run[0], progress=run[1])


def test_an_empty_library_is_left_to_the_first_start() -> None:
    assert stage_of(ON, Footing()) is Stage.NOTHING


def test_with_samples_three_are_marked_by_hand_and_the_rest_in_one_go() -> None:
    assert stage_of(ON, SAMPLES) is Stage.MARK
    assert stage_of(ON, replace(SAMPLES, clean=2, ready=27)) is Stage.MARK
    assert stage_of(ON, replace(SAMPLES, clean=3, ready=26)) is Stage.ROWS
    assert stage_of(ON, replace(SAMPLES, clean=29, ready=0)) is Stage.TRAIN


def test_who_reads_all_samples_on_their_own_needs_no_help() -> None:
    assert stage_of(ON, replace(SAMPLES, clean=12, ready=17)) is Stage.TRAIN
    assert stage_of(ON, replace(SAMPLES, clean=5, ready=0)) is Stage.MARK


def test_sessions_of_ones_own_are_marked_until_they_are_enough() -> None:
    assert stage_of(ON, OWN) is Stage.MARK
    assert stage_of(ON, replace(OWN, clean=11)) is Stage.MARK
    assert stage_of(ON, replace(OWN, clean=12)) is Stage.TRAIN


def test_what_is_undone_leads_back() -> None:
    marked = replace(SAMPLES, clean=29, ready=0)
    assert [stage_of(ON, now) for now in (marked, replace(SAMPLES, clean=3, ready=26))] == [Stage.TRAIN, Stage.ROWS]


def test_a_run_is_watched_then_heard_and_then_it_is_over() -> None:
    assert stage_of(ON, after(a_run(JobState.QUEUED, 0))) is Stage.CURVE
    assert stage_of(ON, after(a_run(JobState.RUNNING))) is Stage.CURVE
    assert stage_of(ON, after(a_run(JobState.DONE))) is Stage.HEAR
    assert stage_of(ON, after(a_run(JobState.STOPPED))) is Stage.HEAR
    assert stage_of(ON._replace(is_heard=True), after(a_run(JobState.DONE))) is Stage.OVER


def test_a_run_without_a_curve_leads_back_to_training() -> None:
    assert stage_of(ON, after(a_run(JobState.FAILED))) is Stage.TRAIN
    assert stage_of(ON, after(a_run(JobState.DISCARDED))) is Stage.TRAIN
    assert stage_of(ON, after(a_run(JobState.STOPPED, losses=1))) is Stage.TRAIN


def test_only_with_samples_the_rest_can_be_marked_in_one_go() -> None:
    assert Stage.ROWS in steps_of(SAMPLES)
    assert Stage.ROWS not in steps_of(OWN)


def test_what_is_kept_comes_back_and_nonsense_is_a_way_not_gone() -> None:
    kept = Kept(True, 7, True)
    assert Kept.parse(kept.words()) == kept
    for nonsense in ("", "{", "[1]", '{"is_on": "yes", "after": "x"}'):
        assert Kept.parse(nonsense) == Kept()


def test_few_rows_are_trained_in_small_batches_so_that_a_pass_has_a_dozen_updates() -> None:
    assert [batch_for(rows) for rows in (0, ENOUGH, 29, 91, 9000)] == [1, 1, 2, 4, 4]
