"""Health in words, on runs that were really trained (`tests/data/runs`, a small model) and on curves made by hand."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from curator.core.job import JobState
from curator.core.machine import Finding, Weight
from curator.core.progress import LossPoint, RunProgress, TrainPoint
from curator.core.settings import TrainSettings
from curator.evaluation.health import health
from curator.jobs.folder import read_events
from curator.jobs.progress import fold

RECORDED = Path(__file__).resolve().parents[1] / "data" / "runs"
BY_HEART = TrainSettings(learning_rate=5e-3, passes=60)
DIVERGING = TrainSettings(learning_rate=1e-1, passes=40, warmup=0.6)
TOO_LOW = TrainSettings(learning_rate=1e-7, passes=12)
WELL = TrainSettings(learning_rate=2e-3, passes=8)


def recorded(name: str) -> RunProgress:
    events, _ = read_events(RECORDED / f"{name}.jsonl")
    return fold(events)


def until(progress: RunProgress, iteration: int) -> RunProgress:
    """The run as it was then."""
    train = tuple(point for point in progress.train if point.iteration <= iteration)
    valid = tuple(point for point in progress.valid if point.iteration <= iteration)
    return replace(
        progress,
        state=JobState.RUNNING,
        iteration=iteration,
        passes=train[-1].passes if train else 0.0,
        train=train,
        valid=valid,
    )


def first_time(progress: RunProgress, settings: TrainSettings, words: str) -> int:
    """The iteration at which this was said first, 0 for never."""
    for point in progress.train:
        found = health(until(progress, point.iteration), settings, 16)
        if any(words in one.sentence for one in found):
            return point.iteration
    return 0


def made(
    valid: Sequence[float], train: Sequence[float], norms: Sequence[float] = (), state: JobState = JobState.RUNNING
) -> RunProgress:
    """A run of ten steps a pass, whose validation was measured in even distances."""
    steps = len(train)
    points = tuple(
        TrainPoint(i + 1, (i + 1) / 10, loss, 2e-4, norms[i] if norms else 1.0, 100.0) for i, loss in enumerate(train)
    )
    every = steps / max(1, len(valid) - 1)
    checks = tuple(LossPoint(round(i * every), i * every / 10, loss) for i, loss in enumerate(valid))
    return RunProgress(
        state=state,
        iterations=steps,
        iteration=steps,
        passes=steps / 10,
        total_passes=steps / 10,
        train=points,
        valid=checks,
    )


def warnings(found: Sequence[Finding]) -> list[str]:
    return [one.subject for one in found if one.weight is not Weight.FINE]


def level(loss: float, steps: int = 100) -> list[float]:
    chance = random.Random(5)
    return [loss + chance.uniform(-0.1, 0.1) for _ in range(steps)]


def falling(start: float, end: float, steps: int = 100) -> list[float]:
    chance = random.Random(7)
    return [end + (start - end) * math.exp(-4 * i / steps) + chance.uniform(-0.1, 0.1) for i in range(steps)]


def test_a_run_that_learns_by_heart_is_told_so_soon_after_its_best() -> None:
    run = recorded("by_heart")
    best = min(run.valid, key=lambda point: point.loss)
    said = first_time(run, BY_HEART, "Validation rose three times: it is learning the rows by heart.")
    assert best.iteration < first_time(run, BY_HEART, "learning the rows by heart") <= said <= 2.5 * best.iteration
    (found, *_) = health(until(run, said), BY_HEART, 16)
    assert f"{best.loss:.2f} at pass {best.passes:g}," in found.hint and "Stop it" in found.hint
    over = health(replace(run, state=JobState.STOPPED), BY_HEART, 16)
    assert "Stop it" not in " ".join(one.hint for one in over)


def test_a_run_that_diverges_is_stopped_for() -> None:
    run = recorded("diverging")
    lowest = min(run.valid, key=lambda point: point.loss)
    said = first_time(run, DIVERGING, "It is diverging.")
    assert lowest.iteration < said <= 2.5 * lowest.iteration
    found = health(until(run, said), DIVERGING, 10)
    assert found[0].weight is Weight.STOP and "half the learning rate" in found[0].hint and "1e-1" in found[0].hint


def test_a_learning_rate_that_is_too_low_is_told_with_a_better_one() -> None:
    (found,) = health(recorded("too_low"), TOO_LOW, 10)
    assert found.subject == "rate" and "too low" in found.sentence and "2e-4" in found.hint


def test_a_run_that_is_well_gets_one_sentence_and_no_warning_at_any_time() -> None:
    run = recorded("well")
    for point in run.train:
        assert warnings(health(until(run, point.iteration), WELL, 10)) == []
    (found,) = health(run, WELL, 10)
    assert found.weight is Weight.FINE and found.sentence == "It learned: validation 6.62 → 2.09."


def test_real_rows_whose_batches_differ_more_than_the_loss_falls_raise_no_alarm() -> None:
    run = recorded("real_rows")  # people's own exchanges on the starter, Standard: 2.68 → 2.43 in three passes
    for point in run.train:
        assert warnings(health(until(run, point.iteration), TrainSettings(), 34)) == []


def test_before_the_first_step_nothing_is_said() -> None:
    assert health(RunProgress(), TrainSettings(), 91) == ()


def test_skipped_updates_are_counted() -> None:
    run = replace(made([4, 3.8, 3.6, 3.5], falling(4, 3)), skipped=1)
    (found,) = (one for one in health(run, TrainSettings(), 91) if one.subject == "skipped")
    assert found.sentence.startswith("1 of 100 updates was skipped") and "no harm" in found.hint
    many = replace(run, skipped=20)
    (found,) = (one for one in health(many, TrainSettings(), 91) if one.subject == "skipped")
    assert "20 of 100 updates were skipped" in found.sentence and "half the learning rate" in found.hint


def test_skipped_updates_are_told_of_a_run_without_any_loss_that_is_a_number() -> None:
    run = RunProgress(state=JobState.RUNNING, iterations=60, iteration=32, passes=1.6, skipped=2)
    (found,) = health(run, TrainSettings(accumulate=16), 91)
    assert found.sentence == "2 of 2 updates were skipped: their gradient was no number."


def test_rises_while_training_stands_still_are_no_learning_by_heart() -> None:
    run = made([4.0, 3.5, 3.6, 3.7, 3.8], level(3.5))
    (found,) = (one for one in health(run, TrainSettings(), 91) if one.subject == "validation")
    assert "does not fall either" in found.sentence and "half the learning rate" in found.hint


def test_a_validation_that_climbs_and_wavers_is_learning_by_heart_all_the_same() -> None:
    """One step down among many up is no plateau: that is how a set of few rows rises."""
    climbing = made([4.0, 3.2, 3.15, 3.3, 3.28, 3.4, 3.45, 3.44, 3.6, 3.58], falling(4.0, 1.1))
    (found,) = (one for one in health(climbing, TrainSettings(), 36) if one.subject == "validation")
    assert found.sentence == "Validation rose from 3.15 at pass 2.2 to 3.58: it is learning the rows by heart."
    assert found.weight is Weight.WARNING and "The best is the one kept" in found.hint
    lost = made([4.0, 3.2, 3.15, 3.3, 3.28, 3.4, 3.45, 3.44, 3.6, 3.58], level(3.3))
    (found,) = (one for one in health(lost, TrainSettings(), 36) if one.subject == "validation")
    assert "does not fall either" in found.sentence and "by heart" not in found.sentence
    wavering = made([4.0, 3.2, 3.15, 3.25, 3.17, 3.28, 3.18], falling(4.0, 2.0))
    assert not [one for one in health(wavering, TrainSettings(), 36) if one.subject == "validation"]


def test_rows_known_by_heart_are_told_with_and_without_a_gap() -> None:
    apart = health(made([4.0, 2.5, 2.4, 2.45, 2.44], falling(4, 0.03)[:-10] + [0.03] * 40), TrainSettings(), 91)
    assert "91 rows by heart" in apart[0].sentence and apart[0].weight is Weight.WARNING
    alike = health(made([4.0, 0.5, 0.1, 0.05, 0.04], falling(4, 0.03)[:-10] + [0.03] * 40), TrainSettings(), 91)
    (found,) = (one for one in alike if one.subject == "validation")
    assert found.weight is Weight.FINE and "may repeat" in found.hint


def test_nothing_learned_and_learned_only_for_its_own_rows_differ_in_the_advice() -> None:
    still = health(made([4.0, 4.0, 3.99, 4.0, 3.98], falling(4.0, 3.7)), TrainSettings(), 91)
    assert still[0].subject == "learning" and "4e-4" in still[0].hint
    own = health(made([4.0, 4.2, 4.3, 4.25, 4.24], falling(4.0, 2.0)), TrainSettings(), 91)
    assert own[0].subject == "learning" and "More rows help most" in own[0].hint


def test_gradients_that_grow_without_progress_speak_of_the_rate() -> None:
    norms = [1.0 + 0.05 * i for i in range(100)]
    found = health(made([4.0, 3.5, 3.4, 3.41, 3.4], level(3.4), norms), TrainSettings(), 91)
    assert warnings(found) == ["rate"] and "too high" in found[0].sentence
    learning = health(made([4.0, 3.5, 3.2, 3.0, 2.8], falling(4.0, 2.5), norms), TrainSettings(), 91)
    assert warnings(learning) == []


def test_a_plateau_is_good_news_while_it_runs() -> None:
    run = made([4.0, 3.2, 3.0, 2.9, 2.9, 2.901, 2.902, 2.9, 2.899], falling(4.0, 2.7))
    (found,) = (one for one in health(run, TrainSettings(), 91) if one.subject == "plateau")
    assert found.weight is Weight.FINE and "stop it now and lose nothing" in found.hint
    over = replace(run, state=JobState.DONE)
    (found,) = (one for one in health(over, TrainSettings(), 91) if one.subject == "plateau")
    assert found.hint == ""


def test_a_run_that_becomes_slower_is_told() -> None:
    run = made([4.0, 3.2, 3.0, 2.9], falling(4.0, 2.7))
    slow = [replace(point, tokens_per_second=40.0 if point.iteration > 75 else 100.0) for point in run.train]
    found = health(replace(run, train=tuple(slow)), TrainSettings(), 91)
    assert warnings(found) == ["speed"] and "40 tokens a second, 100 before" in found[0].sentence


def test_a_tag_that_gets_worse_alone_is_named() -> None:
    run = made([4.0, 3.2, 3.0, 2.9, 2.8], falling(4.0, 2.7))
    rising = tuple(LossPoint(i, i / 10, loss) for i, loss in enumerate([4.0, 3.0, 3.1, 3.2, 3.3]))
    found = health(replace(run, tags={"git": rising, "python": run.valid}), TrainSettings(), 91)
    assert warnings(found) == ["tag"] and "“git”" in found[0].sentence and "3.00 then, 3.30 now" in found[0].sentence


def test_without_validation_the_training_loss_is_told() -> None:
    assert "only begun" in health(made([], falling(4.0, 2.0, 5)), TrainSettings(), 91)[0].sentence
    (found,) = health(made([], falling(4.0, 2.0, 60)), TrainSettings(), 91)
    assert "The training loss falls" in found.sentence


def test_a_very_long_run_is_told_the_same_as_its_thinned_course() -> None:
    long = made([4.0, 3.5, 3.4, 3.41, 3.4], level(3.4, 20_000), [1.0 + 0.0005 * i for i in range(20_000)])
    began = time.process_time()
    found = health(long, TrainSettings(), 91)
    assert time.process_time() - began < 0.1
    assert warnings(found) == ["rate"] and "too high" in found[0].sentence


@given(
    st.lists(st.floats(0.0, 30.0), min_size=1, max_size=80),
    st.lists(st.floats(0.0, 30.0), max_size=20),
    st.floats(0.0, 100.0),
    st.sampled_from([JobState.RUNNING, JobState.DONE, JobState.FAILED]),
)
def test_any_curve_gets_whole_sentences_the_gravest_first(
    train: list[float], valid: list[float], norm: float, state: JobState
) -> None:
    found = health(made(valid, train, [norm] * len(train), state), TrainSettings(), 91)
    assert found and all(one.sentence.endswith(".") for one in found)
    assert all(not one.hint or one.hint.endswith(".") for one in found)
    order = [list(Weight).index(one.weight) for one in found]
    assert order == sorted(order, reverse=True)
    assert len({(one.subject, one.sentence) for one in found}) == len(found)
