"""The health of a run in two sentences: what the figures say, what comes next, and every state that is no running."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from curator.core.job import JobState
from curator.core.progress import LossPoint, RunProgress, TrainPoint
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.jobs.folder import append_event, write_job
from curator.services.workspace import Workspace
from curator.ui.models.run_health import health
from curator.ui.models.run_reading import read_runs


def _progress(valid: list[float], **more: object) -> RunProgress:
    points = tuple(LossPoint(i * 5, i * 0.25, loss) for i, loss in enumerate(valid))
    plain = RunProgress(
        state=JobState.RUNNING,
        total_passes=8,
        passes=len(valid) * 0.25,
        train=tuple(TrainPoint(i, i / 20, 3 - 0.05 * i, 2e-4, 1.0) for i in range(1, 41)),
        valid=points,
        best=min(points, key=lambda p: p.loss, default=None),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def test_a_falling_validation_is_well_and_goes_on_to_the_end() -> None:
    judged = health(_progress([2.5, 2.2, 2.0]), TrainSettings())
    assert judged.ink == "good"
    assert "It goes on to pass 8." in judged.rest


def test_what_is_no_fall_as_it_is_written_is_called_none() -> None:
    hardly = _progress([2.534, 2.5263])
    assert "has not moved yet" in health(hardly, TrainSettings()).first
    over = health(replace(hardly, state=JobState.STOPPED), TrainSettings())
    assert over.rest.startswith("Validation stayed at 2.53.")
    done = health(replace(hardly, state=JobState.DONE), TrainSettings())
    assert (done.first, done.ink) == ("Done, and nothing was learned.", "warn")
    assert done.rest.startswith("Validation stayed at 2.53.")


def test_a_validation_that_only_rose_is_not_said_to_have_stayed() -> None:
    run = _progress([3.0, 3.17, 4.17], state=JobState.DONE, passes=8.0)
    over = health(replace(run, best=run.valid[1]), TrainSettings())
    assert over.first == "Done, and nothing was learned."
    assert over.rest.startswith("Validation rose from 3.00: 3.17 was its lowest.")


def test_memorising_is_said_with_the_pass_at_which_it_will_stop() -> None:
    judged = health(_progress([2.5, 2.0, 1.6, 1.62, 1.64, 1.66]), TrainSettings(patience=8))
    assert judged.ink == "warn"
    assert "Validation rose three times" in judged.first
    assert "stops by itself at pass 2½" in judged.rest


def test_without_patience_nothing_is_promised_about_stopping() -> None:
    judged = health(_progress([2.5, 2.0, 1.6, 1.62, 1.64, 1.66]), TrainSettings(patience=0))
    assert "stops by itself at" not in judged.rest
    assert "It goes on to pass 8." in judged.rest


def test_an_end_tells_what_was_kept() -> None:
    judged = health(_progress([2.5, 1.6], state=JobState.DONE, passes=8.0), TrainSettings())
    assert judged.first == "Done."
    assert "from 2.50 to 1.60" in judged.rest


def test_an_early_end_says_that_it_stopped_by_itself() -> None:
    judged = health(_progress([2.5, 1.6], state=JobState.DONE, passes=3.25), TrainSettings(patience=8))
    assert judged.first == "Done: it stopped by itself at pass 3¼."


def test_what_waits_pauses_or_prepares_says_so_and_what_comes() -> None:
    none = RunProgress(state=JobState.STARTING)
    assert health(none, TrainSettings()).first == "Getting ready."
    queued = health(RunProgress(), TrainSettings(), 20, ahead=0)
    assert (queued.first, queued.rest) == ("Waits for its turn.", "It is the next one. It begins by itself.")
    assert "2 runs are before it." in health(RunProgress(), TrainSettings(), 20, ahead=2).rest
    held = health(RunProgress(), TrainSettings(), 20, ahead=1, is_held=True)
    assert held.rest == "1 run is before it. The queue is held: “Go on” lets it begin."
    waiting = health(RunProgress(state=JobState.WAITING, message="Another training holds the GPU."), TrainSettings())
    assert waiting.first == "Another training holds the GPU."
    assert "can be stopped meanwhile" in waiting.rest
    paused = health(_progress([2.5, 2.0], state=JobState.PAUSED, passes=2.5), TrainSettings())
    assert paused.first == "Paused at pass 2½."
    assert paused.icon == "pause"


def test_a_lost_process_is_told_before_the_losses() -> None:
    lost = _progress([2.5, 2.0], message="Its process was lost; it went on by itself, 1 of 3 times.")
    judged = health(lost, TrainSettings())
    assert judged.first.startswith("Its process was lost")
    assert "nothing is to be done" in judged.rest


def test_a_run_that_is_loaded_again_says_from_where_it_goes_on() -> None:
    begun = health(RunProgress(state=JobState.STARTING), TrainSettings())
    again = health(RunProgress(state=JobState.STARTING, passes=0.5), TrainSettings())
    asked = health(RunProgress(state=JobState.RUNNING), TrainSettings())
    assert begun.rest == "The base model is being loaded."
    assert "guesses rows that it never trains on" in asked.rest
    assert "It goes on from pass ½." in again.rest


def test_a_falling_validation_claims_nothing_of_a_training_loss_that_rises() -> None:
    rising = tuple(TrainPoint(i, i / 20, 2 + 0.02 * i, 2e-4, 1.0) for i in range(1, 4))
    judged = health(_progress([2.5, 2.4], train=rising, passes=0.25), TrainSettings())
    assert "Both" not in judged.first
    assert "alidation" in judged.first


def test_a_run_that_has_no_loss_at_all_is_not_said_to_load_its_base_model() -> None:
    lossless = RunProgress(state=JobState.RUNNING, iterations=60, iteration=9, passes=0.6, total_passes=4, skipped=3)
    judged = health(lossless, TrainSettings())
    assert judged.first == "3 of 9 updates were skipped: their gradient was no number." and judged.ink == "warn"


def test_a_run_stopped_before_it_was_measured_again_has_no_best() -> None:
    kept = "Stopped; what was learned is kept."
    stopped = health(_progress([6.54], state=JobState.STOPPED, message=kept), TrainSettings())
    assert (stopped.first, stopped.rest) == (kept, "Validation was 6.54 before it, and was not measured again.")


def test_a_run_that_paused_itself_says_why_and_when_it_goes_on(library_folder: Path) -> None:
    with Workspace.open(library_folder) as ws:
        draft = Run(0, "x", 1, "tiny", "", TrainSettings(), JobState.PAUSED, "", "2026-11-22T00:00:00+00:00")
        run = ws.library.add_run(draft)
        write_job(Path(run.path), {"kind": "train"})
        append_event(Path(run.path), "paused", message="Paused; it can go on from here.")
        said = read_runs(ws, run.id).health(run)
        assert (said.first, said.rest) == ("Paused; it can go on from here.", "Everything is kept.")
        (Path(run.path) / "care.json").write_text('{"why": "heat", "pauses": 1, "waits": true, "is_own": true}')
        said = read_runs(ws, run.id).health(run)
        assert said.first == "Paused by itself: the computer was too hot."
        assert said.rest == "It goes on by itself when the computer has cooled down."
