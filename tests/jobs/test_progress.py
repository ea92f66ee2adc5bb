from __future__ import annotations

from curator.core.job import JobEvent, JobState
from curator.core.progress import RunProgress
from curator.jobs.progress import ProgressFold, fold


def told(*lines: tuple[str, float, dict[str, object]]) -> list[JobEvent]:
    return [JobEvent(kind, time, dict(figures)) for kind, time, figures in lines]


def train(iteration: int, loss: float | None, time: float = 0.0) -> tuple[str, float, dict[str, object]]:
    figures = {"iteration": iteration, "passes": iteration / 10, "loss": loss, "tokens_per_second": 5.0 * iteration}
    return ("train", time or 100.0 + iteration, {**figures, "memory_gb": 1.5, "seconds_left": 9.0, "skipped": 0})


def valid(iteration: int, loss: float, best: bool) -> tuple[str, float, dict[str, object]]:
    return ("valid", 100.5 + iteration, {"iteration": iteration, "passes": iteration / 10, "loss": loss, "best": best})


STARTED = ("started", 100.0, {"iterations": 30, "passes": 3.0, "blas": "OpenBLAS", "resumed_at": 0})


def test_a_run_under_way_shows_its_curves_and_figures() -> None:
    now = fold(
        told(("starting", 90.0, {}), STARTED, valid(0, 5.0, False), train(1, 4.0), train(2, 3.0), valid(2, 3.5, True))
    )
    assert now.state is JobState.RUNNING
    assert [point.loss for point in now.train] == [4.0, 3.0] and [point.loss for point in now.valid] == [5.0, 3.5]
    assert now.best is not None and (now.best.iteration, now.best.loss) == (2, 3.5)
    assert (now.iterations, now.iteration, now.passes, now.total_passes) == (30, 2, 0.2, 3.0)
    assert (now.tokens_per_second, now.memory_gb, now.seconds_left, now.blas) == (10.0, 1.5, 9.0, "OpenBLAS")
    assert now.elapsed == 2.5


def test_a_run_of_which_nothing_or_little_was_told_has_no_figures_of_its_own_making() -> None:
    assert fold([]) == RunProgress()
    assert fold(told(("started", 5.0, {}))) == RunProgress(state=JobState.RUNNING)
    resumed = fold(told(("started", 5.0, {"resumed_at": 7})))
    assert (resumed.iteration, resumed.passes, resumed.train) == (7, 0.0, ())


def test_what_is_known_from_elsewhere_overrules_the_events_with_its_own_words() -> None:
    folding = ProgressFold()
    folding.add(told(STARTED, train(1, 4.0)))
    asked = folding.value(JobState.STOPPING)
    assert (asked.state, asked.message, asked.hint, asked.seconds_left) == (JobState.STOPPING, "", "", 9.0)
    gone = folding.value(JobState.INTERRUPTED, "Its process is gone.", "Resume it.")
    assert (gone.state, gone.message, gone.hint) == (JobState.INTERRUPTED, "Its process is gone.", "Resume it.")
    assert gone.seconds_left is None and gone.train == asked.train
    folding.add(told(("failed", 110.0, {"message": "No memory.", "hint": "Take less."})))
    assert (folding.value().message, folding.value().hint) == ("No memory.", "Take less.")


def test_what_is_said_on_the_way_does_not_say_that_it_has_begun_or_is_heard_again() -> None:
    begins = fold(told(("starting", 90.0, {}), ("note", 91.0, {"message": "Loading."}), ("left", 92.0, {})))
    assert (begins.state, begins.notes, begins.elapsed) == (JobState.STARTING, ("Loading.",), 0.0)
    down = ("line", 102.0, {"is_up": False, "host": "studio", "message": "The line to studio broke.", "hint": "Wait."})
    late = fold(told(STARTED, train(1, 4.0), down, train(2, 3.0)))
    assert (late.state, late.message, late.hint, late.elapsed) == (
        JobState.RUNNING,
        "The line to studio broke.",
        "Wait.",
        2.0,
    )


def test_a_loss_that_is_no_number_makes_no_point() -> None:
    assert [point.iteration for point in fold(told(STARTED, train(1, 4.0), train(2, None))).train] == [1]
    assert fold(told(STARTED, train(1, float("nan")), valid(1, float("inf"), False))).valid == ()


def test_the_steps_without_a_loss_are_told_and_what_ended_them_until_it_goes_on_again() -> None:
    failed = ("failed", 110.0, {"message": "No numbers any more.", "cause": "nan"})
    folding = ProgressFold()
    folding.add(told(STARTED, train(1, 4.0), train(2, None), train(3, None), failed))
    ended = folding.value()
    assert ([step.iteration for step in ended.lossless], ended.cause) == ([2, 3], "nan")
    folding.add(told(("started", 120.0, {"resumed_at": 2, "iterations": 8})))
    again = folding.value()
    assert ([step.iteration for step in again.lossless], again.cause) == ([2], "")


def test_a_run_whose_losses_are_no_numbers_goes_on_all_the_same() -> None:
    events = told(STARTED, train(1, 4.0), *[train(step, None) for step in range(2, 9)])
    now = fold(events)
    assert ([point.iteration for point in now.train], now.iteration, now.passes) == ([1], 8, 0.8)
    back = fold([*events, *told(("started", 200.0, {"resumed_at": 5}))])
    assert (back.iteration, back.passes) == (5, 0.5)
    assert fold([*events, *told(train(9, 3.5))]).iteration == 9


def test_each_end_has_its_state_and_its_sentence() -> None:
    for kind, more, state in (
        ("done", {}, JobState.DONE),
        ("stopped", {}, JobState.STOPPED),
        ("stopped", {"discarded": True}, JobState.DISCARDED),
        ("failed", {"hint": "Do this."}, JobState.FAILED),
        ("interrupted", {}, JobState.INTERRUPTED),
    ):
        now = fold(told(STARTED, train(1, 4.0), (kind, 110.0, {"message": "So.", **more})))
        assert (now.state, now.message, now.seconds_left, now.elapsed) == (state, "So.", None, 10.0)


def test_a_resumed_run_forgets_what_came_after_its_checkpoint() -> None:
    events = told(
        *[STARTED, train(1, 4.0), valid(1, 4.0, True), train(2, 3.0), valid(2, 3.0, True), train(3, 2.5)],
        ("interrupted", 104.0, {"message": "Killed."}),
        ("starting", 200.0, {}),
        ("started", 203.0, {"iterations": 30, "passes": 3.0, "resumed_at": 1}),
        train(2, 3.0, 204.0),
    )
    now = fold(events)
    assert [point.iteration for point in now.train] == [1, 2] and [point.iteration for point in now.valid] == [1]
    assert now.best is not None and now.best.iteration == 1
    assert (now.state, now.message) == (JobState.RUNNING, "")
    assert now.elapsed == 4.0 + 1.0  # the time between the sittings is no work


def test_what_was_measured_after_the_checkpoint_is_forgotten_with_it() -> None:
    def measured(iteration: int, loss: float, best: bool) -> list[tuple[str, float, dict[str, object]]]:
        told_of = valid(iteration, loss, best)
        told_of[2]["tags"] = {"terse": loss, **({"late": loss} if iteration > 3 else {})}
        sample = {"iteration": iteration, "passes": iteration / 10, "text": f"Answer {iteration}."}
        return [told_of, ("sample", told_of[1], {**sample, "prompt": "Why?"} if not iteration else sample)]

    figures = ((0, 2.0, False), (1, 3.2, True), (2, 3.5, False), (4, 3.0, True), (6, 3.1, False))
    before = told(STARTED, *[event for one in figures for event in measured(*one)])
    back = {at: fold([*before, *told(("started", 200.0, {"resumed_at": at}))]) for at in (3, 4)}
    assert [point.iteration for point in back[3].valid] == [0, 1, 2]
    assert {tag: [p.iteration for p in points] for tag, points in back[3].tags.items()} == {"terse": [0, 1, 2]}
    assert [sample.text for sample in back[3].samples] == ["Answer 0.", "Answer 1.", "Answer 2."]
    assert back[3].probe == "Why?"
    assert [now.best.iteration for now in back.values() if now.best] == [1, 4], "never the base model's own loss"
    assert set(back[4].tags) == {"terse", "late"}
    assert fold([*before[:3], *told(("started", 200.0, {"resumed_at": 0}))]).best is None


def test_folding_in_pieces_gives_what_folding_at_once_gives() -> None:
    events = told(STARTED, valid(0, 5.0, False), train(1, 4.0), train(2, 3.0), valid(2, 3.5, True), ("done", 120.0, {}))
    folding = ProgressFold()
    for event in events:
        assert folding.add([event])
    assert not folding.add([])
    assert folding.value() == fold(events)


def test_validation_is_told_for_each_tag_and_samples_follow_the_probe() -> None:
    now = fold(
        told(
            STARTED,
            ("sample", 100.2, {"iteration": 0, "passes": 0.0, "prompt": "Why?", "text": "Well."}),
            ("valid", 100.5, {"iteration": 0, "passes": 0.0, "loss": 5.0, "tags": {"terse": 6.0, "kind": None}}),
            train(5, 3.0),
            ("valid", 105.5, {"iteration": 5, "passes": 0.5, "loss": 3.0, "best": True, "tags": {"terse": 2.0}}),
            ("sample", 105.7, {"iteration": 5, "passes": 0.5, "prompt": "Why?", "text": "Because."}),
        )
    )
    assert {tag: [(p.iteration, p.loss) for p in points] for tag, points in now.tags.items()} == {
        "terse": [(0, 6.0), (5, 2.0)]
    }
    assert now.probe == "Why?" and [(s.passes, s.text) for s in now.samples] == [(0.0, "Well."), (0.5, "Because.")]


def test_what_is_begun_anew_measures_the_base_model_in_place_of_the_first_time() -> None:
    events = told(
        STARTED, valid(0, 5.0, False), train(1, 4.0), ("interrupted", 102.0, {}), ("starting", 110.0, {}), STARTED
    )
    again = fold([*events, *told(valid(0, 5.0, False), train(1, 4.0))])
    assert [p.iteration for p in again.valid] == [0] and [p.iteration for p in again.train] == [1]


def test_a_wait_a_pause_and_a_lost_process_are_told_in_their_words() -> None:
    waits = told(("starting", 90.0, {}), ("waiting", 91.0, {"message": "Another run trains.", "hint": "It waits."}))
    now = fold(waits)
    assert (now.state, now.message, now.hint, now.elapsed) == (JobState.WAITING, "Another run trains.", "It waits.", 0)
    trains = [*waits, *told(STARTED, train(4, 3.0))]
    assert (fold(trains).state, fold(trains).message, fold(trains).elapsed) == (JobState.RUNNING, "", 4.0)
    lost = ("again", 150.0, {"attempt": 1, "of": 3, "message": "The system ended it.", "hint": "It goes on."})
    now = fold([*trains, *told(lost)])
    assert (now.state, now.attempt, now.message) == (JobState.STARTING, 1, "The system ended it.")
    assert now.notes == ("The system ended it. It went on by itself (1 of 3).",)
    back = told(("started", 160.0, {"iterations": 30, "passes": 3.0, "resumed_at": 2}), train(3, 3.0, 163.0))
    now = fold([*trains, *told(lost), *back])
    assert (now.state, now.attempt, now.message, now.elapsed) == (JobState.RUNNING, 1, "", 4.0 + 3.0)
    paused = fold([*trains, *told(("paused", 108.0, {"message": "Paused.", "iteration": 4}))])
    assert (paused.state, paused.message, paused.seconds_left) == (JobState.PAUSED, "Paused.", None)
    assert paused.state.is_over and paused.state.can_resume


def test_a_segment_is_no_end_and_its_break_costs_the_run_no_time() -> None:
    now = fold(
        told(
            STARTED,
            train(4, 3.0),
            ("segment", 104.0, {"iteration": 4}),
            ("started", 120.0, {"iterations": 30, "passes": 3.0, "resumed_at": 4}),
            train(5, 2.9, 121.0),
        )
    )
    assert (now.state, now.elapsed, [p.iteration for p in now.train]) == (JobState.RUNNING, 5.0, [4, 5])


def test_only_the_time_in_which_somebody_worked_counts_however_the_sittings_meet() -> None:
    begun = [STARTED, train(1, 4.0)]
    killed = [*begun, ("starting", 500.0, {}), ("started", 510.0, {"resumed_at": 1}), train(2, 3.0, 511.0)]
    assert fold(told(*killed)).elapsed == 1.0 + 1.0
    again = [*begun, ("started", 500.0, {"resumed_at": 1}), train(2, 3.0, 503.0)]
    assert fold(told(*again)).elapsed == 1.0 + 3.0
    elsewhere = [*begun, ("starting", 500.0, {}), train(2, 3.0, 600.0), train(3, 2.5, 607.0)]
    assert fold(told(*elsewhere)).elapsed == 1.0 + 7.0


def test_what_is_begun_again_forgets_the_sentence_of_the_last_end_and_counts_its_attempts_anew() -> None:
    lost = ("again", 150.0, {"message": "The system ended it.", "hint": "It goes on."})
    ends = told(STARTED, train(1, 4.0), lost, STARTED, lost, ("failed", 160.0, {"message": "No.", "hint": "Less."}))
    assert (fold(ends).attempt, fold(ends).message, fold(ends).hint) == (2, "No.", "Less.")
    assert fold(ends).notes[-1].endswith("It went on by itself (2 of 3).")
    starts = fold([*ends, *told(("starting", 200.0, {}))])
    assert (starts.state, starts.attempt, starts.message, starts.hint) == (JobState.STARTING, 0, "", "")
    afresh = fold([*ends, *told(("started", 201.0, {"iterations": 9}), ("left", 202.0, {"seconds_left": 3.5}))])
    assert (afresh.message, afresh.hint, afresh.train, afresh.seconds_left) == ("", "", (), 3.5)


def test_a_line_that_is_down_is_said_until_it_is_up_again_and_notes_are_kept_once() -> None:
    down = told(
        STARTED,
        ("note", 100.5, {"text": "There are no validation rows."}),
        ("note", 100.6, {"message": "There are no validation rows."}),
        train(1, 4.0),
        ("line", 102.0, {"is_up": False, "host": "mac.local", "message": "No word from mac.local."}),
    )
    now = fold(down)
    assert (now.state, now.host, now.message) == (JobState.RUNNING, "mac.local", "No word from mac.local.")
    assert now.notes == ("There are no validation rows.",)
    now = fold([*down, *told(("line", 110.0, {"is_up": True, "message": "Back."}))])
    assert (now.host, now.message) == ("mac.local", "")


def test_a_run_that_went_on_elsewhere_while_nobody_followed_it_is_at_work_again() -> None:
    gone = ("line", 102.0, {"is_up": False, "host": "studio", "message": "The line to studio broke."})
    events = [STARTED, train(1, 4.0), gone, ("starting", 500.0, {}), train(2, 3.0), train(3, 2.5, 113.0)]
    now = fold(told(*events))
    assert (now.state, now.message, now.host) == (JobState.RUNNING, "", "studio")
    assert now.elapsed == 13.0, "its own time, and not that in which nobody followed it"
    assert fold(told(*events[:4])).state is JobState.STARTING


def test_a_clock_that_is_set_back_takes_no_time_away() -> None:
    times = [100.0, 110.0, 120.0, -3480.0, -3470.0]  # an hour, between the third and the fourth
    events = [JobEvent("started", times[0], {"iterations": 9})]
    events += [JobEvent("train", time, {"iteration": i, "loss": 1.0}) for i, time in enumerate(times[1:], 1)]
    assert fold(events).elapsed == 30.0


def test_the_clock_of_another_computer_may_be_hours_off() -> None:
    off = 18_000.0

    def far(event: tuple[str, float, dict[str, object]]) -> tuple[str, float, dict[str, object]]:
        return (event[0], event[1] - off, event[2] | {"far": "k:1"})

    down = ("line", 160.0, {"is_up": False, "host": "studio", "message": "studio is silent."})
    up = ("line", 170.0, {"is_up": True, "host": "studio", "message": "The line to studio is back."})
    again = ("again", 200.0, {"attempt": 1, "of": 3, "message": "studio lost the run.", "hint": ""})
    here = (("starting", 90.0, {}), ("line", 95.0, {"is_up": True, "host": "studio", "message": "Sending."}))
    there = [far(STARTED), far(train(1, 4.0)), down, up, far(train(80, 3.0)), again]
    assert fold(told(*here, *there)).elapsed == 80.0
    anew = [far(("started", 230.0, STARTED[2])), far(train(140, 2.0))]
    assert fold(told(*here, *there, *anew)).elapsed == 80.0 + 10.0
