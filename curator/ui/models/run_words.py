"""How a run is told: when it was, how it ended, and its facts in a line."""

from __future__ import annotations

from datetime import datetime

from curator.core.job import JobState
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.ui.models.amounts import passes_words, rough_duration


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
    place = ahead + 1
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place:,}{ending} in line"


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
