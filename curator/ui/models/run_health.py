"""How a run is doing, in two sentences: judged by its losses, and promising nothing that the engine does not do."""

from __future__ import annotations

import math
from dataclasses import dataclass

from curator.core.job import JobState
from curator.core.machine import Finding, Weight
from curator.core.progress import LossPoint, RunProgress
from curator.core.settings import TrainSettings
from curator.evaluation.health import health as judge
from curator.ui.models.amounts import passes_words


@dataclass(frozen=True, slots=True)
class Health:
    """How a run is doing: one sentence, what happens next, and the icon and ink that go with it."""

    first: str
    rest: str
    icon: str = "pulse"
    ink: str = "good"


PAUSING = Health("Pausing.", "It leaves after the step it is at; everything is kept.", "pause", "text2")


def health(
    progress: RunProgress, settings: TrainSettings, rows: int = 0, ahead: int = -1, is_held: bool = False
) -> Health:
    """Judge a run that trains so many `rows`; `ahead` runs stand before it in the queue, which may be held."""
    state = progress.state
    if ahead >= 0:
        turn = "It is the next one." if ahead == 0 else f"{ahead} {'run is' if ahead == 1 else 'runs are'} before it."
        begins = "The queue is held: “Go on” lets it begin." if is_held else "It begins by itself."
        return Health("Waits for its turn.", f"{turn} {begins}", "clock", "text2")
    if state is JobState.WAITING:
        first = progress.message or "Waits until another training leaves the computer's GPU."
        return Health(first, progress.hint or "It begins by itself, and can be stopped meanwhile.", "clock", "text2")
    if state is JobState.STOPPING:
        return Health("Stopping.", "The best so far is being written; it takes some seconds.", "stop", "text2")
    if state is JobState.PAUSED:
        kept = "" if progress.message else "It goes on from exactly here, also after a restart."
        words = progress.message or f"Paused at pass {passes_words(progress.passes)}."
        rest = progress.hint or f"Everything is kept. {kept}".strip()
        return Health(words, rest, "pause", "text2")
    if state in (JobState.QUEUED, JobState.STARTING) or not (progress.train or progress.valid or progress.skipped):
        return _beginning(progress)
    if state.is_over:
        return _ended(progress, _grave(judge(progress, settings, rows)))
    return _again(progress) or _running(progress, settings, judge(progress, settings, rows))


def _beginning(progress: RunProgress) -> Health:
    if progress.message:
        return Health(progress.message, progress.hint, "clock", "text2")
    if progress.passes:
        rest = f"The base model is being loaded. It goes on from pass {passes_words(progress.passes)}."
        return Health("Getting ready.", rest, "clock", "text2")
    if progress.state is JobState.RUNNING:
        rest = "It guesses rows that it never trains on: the curve begins there. Long rows take a while."
        return Health("It is asked before it learns.", rest, "clock", "text2")
    return Health("Getting ready.", "The base model is being loaded.", "clock", "text2")


def _again(progress: RunProgress) -> Health | None:
    """A run that lost its process, or its line to another computer, and takes care of itself."""
    if not progress.message:
        return None
    return Health(progress.message, progress.hint or "It goes on by itself; nothing is to be done.", "alert", "warn")


def _grave(findings: tuple[Finding, ...]) -> Finding | None:
    """What matters most of what was found, if anything does."""
    return next((f for f in findings if f.weight is not Weight.FINE), None)


def _running(progress: RunProgress, settings: TrainSettings, findings: tuple[Finding, ...]) -> Health:
    """What the figures say, and what will happen next."""
    best = progress.best or _lowest(progress.valid)
    until = f"It goes on to pass {passes_words(progress.total_passes)}." if progress.total_passes else ""
    coming = until if best is None or not best.iteration else _what_next(best, progress, settings)
    worst = _grave(findings)
    if any("kept" in finding.hint for finding in findings[:1]):
        coming = coming.removeprefix("The best is kept. ").replace("The best is kept; without", "Without")
    if worst is not None:
        rest = "\n".join(part for part in (worst.hint, coming) if part)
        return Health(worst.sentence, rest, "alert", "bad" if worst.weight is Weight.STOP else "warn")
    if not findings:
        return Health("It has begun.", until, "pulse", "text2")
    well = findings[0]
    return Health(well.sentence, "\n".join(part for part in (well.hint, coming) if part))


def _what_next(best: LossPoint, progress: RunProgress, settings: TrainSettings) -> str:
    if settings.patience and settings.evals_per_pass > 0:
        stop = best.passes + settings.patience / settings.evals_per_pass
        if stop < progress.total_passes:
            return f"The best is kept; without a better one it stops by itself at pass {passes_words(stop)}."
    return f"The best is kept. It goes on to pass {passes_words(progress.total_passes)}."


def _way(first: float, best: float) -> str:
    """Where validation went, in the figures that are shown."""
    shown, before = _figure(best), _figure(first)
    if shown == before:
        return f"Validation stayed at {before}."
    if best < first:
        return f"Validation fell from {before} to {shown}."
    return f"Validation rose from {before}: {shown} was its lowest."


def _figure(loss: float) -> str:
    """A loss as it is shown."""
    return f"{loss:.2f}"


def _ended(progress: RunProgress, grave: Finding | None) -> Health:
    best = progress.best or _lowest(progress.valid)
    if progress.state is JobState.DISCARDED:
        return Health("Discarded.", "Nothing of it was kept.", "x", "text2")
    first = progress.valid[0].loss if progress.valid else None
    if best is None or first is None:
        return Health(progress.message or "Ended.", progress.hint, "check", "text2")
    if not best.iteration:  # what is kept is no best of anything
        words = progress.message or f"Ended at pass {passes_words(progress.passes)}."
        return Health(words, f"Validation was {first:.2f} before it, and was not measured again.", "check", "text2")
    fell = _way(first, best.loss)
    kept = f"The best, at pass {passes_words(best.passes)}, is what was kept."
    if progress.state is JobState.STOPPED:
        return Health(
            progress.message or f"Stopped at pass {passes_words(progress.passes)}, and kept.",
            f"{fell}\n{kept}",
            "check",
        )
    if best.loss >= first or _figure(best.loss) == _figure(first):
        hint = grave.hint if grave is not None else "More rows or a higher rate may help."
        return Health("Done, and nothing was learned.", f"{fell} {hint}", "alert", "warn")
    if grave is not None:
        kept += f"\n{grave.sentence}"
    early = progress.total_passes and progress.passes < progress.total_passes - 0.3
    name = f"Done: it stopped by itself at pass {passes_words(progress.passes)}." if early else "Done."
    return Health(name, f"{fell}\n{kept}", "check")


def _lowest(points: tuple[LossPoint, ...]) -> LossPoint | None:
    known = [p for p in points if math.isfinite(p.loss)]
    return min(known, key=lambda p: p.loss) if known else None
