"""What a person can try after a run that ended badly: it costs what the words say, and trains as much as before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from curator.core.job import JobState
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.jobs.folder import append_event, write_job
from curator.services.workspace import Workspace
from curator.ui.controls import Button
from curator.ui.models.run_reading import read_runs
from curator.ui.views.run_failure import RunFailure, fixes_of, less_words

STORY = TrainSettings(iterations=600, batch_size=4)
ENDED = Run(0, "x", 1, "tiny", "", STORY, JobState.FAILED, "", "2026-11-22T00:00:00+00:00")
SHORT = RunProgress(message="The computer ran out of memory and ended it.")


@pytest.mark.parametrize("kind", ["failed", "interrupted"])
def test_what_the_worker_offered_is_shown_however_memory_ended_it(library_folder: Path, kind: str) -> None:
    with Workspace.open(library_folder) as ws:
        run = ws.library.add_run(replace(ENDED, state=JobState(kind)))
        write_job(Path(run.path), {"kind": "train"})
        append_event(Path(run.path), kind, cause="memory", message=SHORT.message, offer={"batch_size": 2})
        assert read_runs(ws, run.id).smaller == replace(STORY, batch_size=2)


def test_one_row_at_a_time_trains_as_much_as_four() -> None:
    (small,) = (fix.settings for fix in fixes_of(ENDED, SHORT) if fix.name == "Train again, one row at a time")
    assert small == replace(STORY, batch_size=1, accumulate=4, iterations=2400)
    passes = replace(STORY, iterations=0)
    (small,) = (fix.settings for fix in fixes_of(replace(ENDED, settings=passes), SHORT) if "one row" in fix.name)
    assert small == replace(passes, batch_size=1, accumulate=4)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"is_sparing": True}, "Computes some things twice; takes longer and learns the same."),
        ({"batch_size": 2, "accumulate": 2}, "2 rows at a time; takes longer and learns the same."),
        ({"layers": 16}, "Adapts only the last 16 layers; learns a little less."),
    ],
)
def test_what_less_memory_costs_is_said_truly(changed: dict[str, int], words: str) -> None:
    assert less_words(STORY, replace(STORY, **changed)) == words  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "message",
    [
        "A part of the training runtime is missing: libmlx.so: cannot open shared object file.",
        "It ended with an unexpected error: Failed to load the default metallib.",
    ],
)
def test_a_runtime_that_is_broken_is_not_only_tried_again(message: str, qtbot: QtBot) -> None:
    failure = RunFailure()
    qtbot.addWidget(failure)
    failure.show_run(ENDED, RunProgress(message=message))
    first = next(b for b in failure.findChildren(Button) if b.isDefault())
    assert first.accessibleName() == "Train in a Python environment instead"
    with qtbot.waitSignal(failure.environment_asked):
        first.click()
    elsewhere = fixes_of(replace(ENDED, runtime="Studio"), RunProgress(message=message))
    assert not any(fix.makes_environment for fix in elsewhere)
    assert not any(fix.makes_environment for fix in fixes_of(ENDED, SHORT))


def test_what_ran_away_is_not_offered_as_it_was_since_it_would_again_bit_for_bit() -> None:
    away = RunProgress(message="The loss or its gradients are no numbers any more since iteration 9.", cause="nan")
    (half,) = fixes_of(ENDED, away)
    assert half.settings == replace(STORY, learning_rate=STORY.learning_rate / 2)
    heavy = replace(ENDED, settings=replace(STORY, scale=40.0))
    lighter, slower = fixes_of(heavy, away)
    assert lighter.settings == STORY and "40" in lighter.detail
    assert slower.settings == replace(STORY, scale=40.0, learning_rate=STORY.learning_rate / 2)
    assert fixes_of(heavy, replace(away, cause=""))[-1].settings == heavy.settings
