"""How a run is told: durations, places in passes, dates, and its health in two sentences."""

from __future__ import annotations

import math
from datetime import datetime

from curator.core.job import JobState
from curator.core.progress import RunProgress
from curator.core.run import Run

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


def place_words(ahead: int) -> str:
    """A place in line: "next", "2nd in line"."""
    if ahead <= 0:
        return "next in line"
    ending = {1: "nd", 2: "rd"}.get(ahead, "th") if ahead < 10 else "th"
    return f"{ahead + 1}{ending} in line"


def result_words(run: Run, ahead: int = -1) -> str:
    """The few words after a run's name in the table: its place in line, its note, or how it ended when that was not as
    planned."""
    if run.state is JobState.QUEUED:
        return place_words(ahead) if ahead >= 0 else "Waits"
    if run.note:
        return run.note
    if run.state is JobState.FAILED:
        return run.message or "It failed"
    if run.state is JobState.INTERRUPTED:
        return run.message or "Its process ended without a word"
    return {
        JobState.STOPPED: "Stopped and kept",
        JobState.DISCARDED: "Discarded",
        JobState.PAUSED: "Paused",
        JobState.WAITING: "Waits for another training",
    }.get(run.state, "")


def run_facts(progress: RunProgress) -> list[str]:
    """The status line while a run goes on; the first is what happens, the rest what a person asks next."""
    place = f"Training, pass {passes_words(progress.passes)} of {passes_words(progress.total_passes)}"
    if progress.state is JobState.WAITING:
        place = "Waits for another training"
    elif not progress.total_passes:
        place = "Training starts"
    facts = [place]
    if progress.seconds_left is not None:
        facts.append(f"{rough_duration(progress.seconds_left)} left")
    facts.append("goes on if you quit Curator")
    return facts
