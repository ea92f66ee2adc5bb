"""How a run is told: durations, places in passes, dates, and its health in two sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from curator.core.job import JobState
from curator.core.progress import LossPoint, RunProgress
from curator.core.run import Run
from curator.core.settings import TrainSettings

_FRACTIONS = {0.0: "", 0.25: "¼", 0.5: "½", 0.75: "¾"}


def passes_words(passes: float) -> str:
    """A place in the run as a person says it: 4.25 is "4¼", 5.2 stays "5.2", 3.0 is "3"."""
    if not math.isfinite(passes) or passes < 0:
        return "–"
    quarter = round(passes * 4) / 4
    if abs(passes - quarter) < 0.03:
        whole = int(quarter)
        part = _FRACTIONS[quarter - whole]
        return f"{whole or ''}{part}" if part else str(whole)
    return f"{passes:.1f}"


def count_words(passes: float) -> str:
    """ "1 pass", "3 passes", "¼ pass"."""
    return f"{passes_words(passes)} {'pass' if passes <= 1 else 'passes'}"


def rows_words(count: int) -> str:
    """ "1 row", "1,204 rows"."""
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def duration(seconds: float) -> str:
    """A length of time with at most two units: "38 s", "4 min 12 s", "2 h 5 min"."""
    total = max(0, round(seconds))
    if total < 60:
        return f"{total} s"
    minutes, rest = divmod(total, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def rough_duration(seconds: float) -> str:
    """An estimate, which wears "≈" and one unit: "≈ 40 s", "≈ 3 min", "≈ 1½ h"."""
    if seconds < 10:
        return "≈ 10 s"
    if seconds < 55:
        return f"≈ {round(seconds / 10) * 10} s"
    if seconds < 55 * 60:
        return f"≈ {max(1, round(seconds / 60))} min"
    halves = max(2, round(seconds / 1800))
    return f"≈ {passes_words(halves / 2)} h"


def when(stamp: str, now: datetime | None = None) -> str:
    """A moment near enough to be understood: "16:41", "yesterday, 16:41", "12 Oct"; empty when it cannot be read."""
    moment = _moment(stamp)
    if moment is None:
        return ""
    today = (now or datetime.now().astimezone()).date()
    days = (today - moment.date()).days
    if days == 0:
        return f"{moment:%H:%M}"
    if days == 1:
        return f"yesterday, {moment:%H:%M}"
    year = "" if moment.year == today.year else f" {moment.year}"
    return f"{moment.day} {moment:%b}{year}"


def day_and_time(stamp: str, now: datetime | None = None) -> str:
    """As `when`, with the word "today"."""
    words = when(stamp, now)
    return f"today, {words}" if ":" in words and "," not in words else words


def _moment(stamp: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return moment.astimezone()


@dataclass(frozen=True, slots=True)
class Health:
    """How a run is doing: one sentence, what happens next, and the icon and ink that go with it."""

    first: str
    rest: str
    icon: str = "pulse"
    ink: str = "good"


def health(progress: RunProgress, settings: TrainSettings) -> Health:
    """Judge a run by its losses. It reads only what was measured; it promises nothing the engine does not do."""
    if progress.state is JobState.STOPPING:
        return Health("Stopping.", "The best so far is being written; it takes some seconds.", "stop", "text2")
    if progress.state in (JobState.QUEUED, JobState.STARTING) or not (progress.train or progress.valid):
        return Health(
            "Getting ready.", "The base model is being loaded. The first loss comes in some seconds.", "clock", "text2"
        )
    if progress.state.is_over:
        return _ended(progress)
    if progress.skipped > 2:
        return Health(
            f"{progress.skipped} steps were skipped: their loss was not a number.",
            "If this goes on, stop it and take half the rate.",
            "alert",
            "warn",
        )
    return _running(progress, settings)


_NOTICEABLE = 0.01  # a validation loss that fell by less may be chance


def _running(progress: RunProgress, settings: TrainSettings) -> Health:
    valid, best = progress.valid, progress.best or _lowest(progress.valid)
    until = f"It goes on to pass {passes_words(progress.total_passes)}."
    if best is None or len(valid) < 2:
        every = passes_words(1 / settings.evals_per_pass) if settings.evals_per_pass > 0 else ""
        rest = f"The held-out rows are measured every {every} pass." if every and every != "1" else until
        return Health("It has begun.", rest, "pulse", "text2")
    first, last = valid[0].loss, valid[-1].loss
    worse = sum(1 for point in valid if point.iteration > best.iteration)
    if last > first * 1.03 and worse:
        return Health(
            "It gets worse instead of better.",
            f"Validation rose from {first:.2f} to {last:.2f}. Stop it, and take half the rate.",
            "alert",
            "warn",
        )
    if best.loss > first * (1 - _NOTICEABLE):
        words = f"Validation began at {first:.2f} and stands at {last:.2f}.\n{until}"
        return Health("Nothing learned yet.", words, "pulse", "text2")
    if worse == 0:
        return Health("Learning.", f"Validation fell from {first:.2f} to {last:.2f}.\n{until}")
    kept = _what_next(best, progress, settings)
    if worse < 3:
        return Health("Nearly learned.", f"Validation last fell at pass {passes_words(best.passes)}.\n{kept}")
    still = ", while training loss still falls" if _still_falls(progress) else ""
    name = "Learned, and now starting to memorise." if still else "Learned."
    return Health(name, f"Validation last fell at pass {passes_words(best.passes)}{still}.\n{kept}")


def _what_next(best: LossPoint, progress: RunProgress, settings: TrainSettings) -> str:
    if settings.patience and settings.evals_per_pass > 0:
        stop = best.passes + settings.patience / settings.evals_per_pass
        if stop < progress.total_passes:
            return f"The best is kept; without a better one it stops by itself at pass {passes_words(stop)}."
    return f"The best is kept. It goes on to pass {passes_words(progress.total_passes)}."


def _ended(progress: RunProgress) -> Health:
    best = progress.best or _lowest(progress.valid)
    if progress.state is JobState.DISCARDED:
        return Health("Discarded.", "Nothing of it was kept.", "x", "text2")
    first = progress.valid[0].loss if progress.valid else None
    if best is None or first is None:
        return Health(progress.message or "Ended.", progress.hint, "check", "text2")
    fell = (
        f"Validation fell from {first:.2f} to {best.loss:.2f}."
        if best.loss < first
        else f"Validation stayed at {first:.2f}."
    )
    kept = f"The best, at pass {passes_words(best.passes)}, is what was kept."
    if progress.state is JobState.STOPPED:
        return Health(
            progress.message or f"Stopped at pass {passes_words(progress.passes)}, and kept.",
            f"{fell}\n{kept}",
            "check",
        )
    if best.loss >= first:
        return Health("Done, and nothing was learned.", f"{fell} More rows or a higher rate may help.", "alert", "warn")
    early = progress.total_passes and progress.passes < progress.total_passes - 0.3
    name = f"Done: it stopped by itself at pass {passes_words(progress.passes)}." if early else "Done."
    return Health(name, f"{fell}\n{kept}", "check")


def _lowest(points: tuple[LossPoint, ...]) -> LossPoint | None:
    known = [p for p in points if math.isfinite(p.loss)]
    return min(known, key=lambda p: p.loss) if known else None


def _still_falls(progress: RunProgress) -> bool:
    """Whether the last eighth of the training losses lies below the eighth before it."""
    losses = [p.loss for p in progress.train if math.isfinite(p.loss)]
    part = max(2, len(losses) // 8)
    if len(losses) < 2 * part:
        return False
    return sum(losses[-part:]) < sum(losses[-2 * part : -part])


def result_words(run: Run) -> str:
    """The few words after a run's name in the table: its note, or how it ended when that was not as planned."""
    if run.note:
        return run.note
    if run.state is JobState.FAILED:
        return run.message or "It failed"
    if run.state is JobState.INTERRUPTED:
        return run.message or "Its process ended without a word"
    if run.state is JobState.STOPPED:
        return "Stopped and kept"
    if run.state is JobState.DISCARDED:
        return "Discarded"
    if run.state is JobState.QUEUED:
        return "Waits"
    return ""


def run_facts(progress: RunProgress) -> list[str]:
    """The status line while a run goes on; the first is what happens, the rest what a person asks next."""
    place = f"Training, pass {passes_words(progress.passes)} of {passes_words(progress.total_passes)}"
    if not progress.total_passes:
        place = "Training starts"
    facts = [place]
    if progress.seconds_left is not None:
        facts.append(f"{rough_duration(progress.seconds_left)} left")
    facts.append("goes on if you quit Curator")
    return facts
