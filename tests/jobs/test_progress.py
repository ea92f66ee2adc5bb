from __future__ import annotations

from curator.core.job import JobEvent, JobState
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


def test_a_loss_that_is_no_number_makes_no_point() -> None:
    assert [point.iteration for point in fold(told(STARTED, train(1, 4.0), train(2, None))).train] == [1]


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


def test_folding_in_pieces_gives_what_folding_at_once_gives() -> None:
    events = told(STARTED, valid(0, 5.0, False), train(1, 4.0), train(2, 3.0), valid(2, 3.5, True), ("done", 120.0, {}))
    folding = ProgressFold()
    for event in events:
        assert folding.add([event])
    assert not folding.add([])
    assert folding.value() == fold(events)
