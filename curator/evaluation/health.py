"""How a run is doing, read from its losses and gradients and said in words, each with what to do about it."""

from __future__ import annotations

from dataclasses import replace

from curator.core.machine import Finding, Weight
from curator.core.progress import RunProgress, TrainPoint
from curator.core.settings import TrainSettings
from curator.evaluation.curves import fall, rises_in_a_row, smoothed
from curator.evaluation.signs import LOOKS, NOISE, RISES, skipped, tense

_GRAVITY = {Weight.STOP: 0, Weight.WARNING: 1, Weight.FINE: 2}
_STEPS = 1000
_FIRST_STEPS = 20  # batches differ by more than the loss falls in so few
_WORSE = 1.02  # of its best, before a tag is said to get worse


def health(progress: RunProgress, settings: TrainSettings, rows: int) -> tuple[Finding, ...]:
    """What the figures so far say, the gravest first; `rows` are the rows that are trained.

    Losses are means per response token in nats. Nothing here is certain: each sentence says what was seen, so that
    a person can look for it on the chart. A run that is well gets one sentence, of weight `FINE`.
    """
    if not progress.train:  # nothing yet, or no loss that was a number
        none_learned = skipped(progress, settings, rows)
        return () if none_learned is None else (none_learned,)
    progress = replace(progress, train=_thinned(progress.train))
    found = [one for look in LOOKS if (one := look(progress, settings, rows)) is not None]
    found += _tags(progress)
    if not any(one.weight is not Weight.FINE for one in found):
        found.append(_well(progress))
    return tuple(sorted(found, key=lambda one: _GRAVITY[one.weight]))


def _thinned(points: tuple[TrainPoint, ...]) -> tuple[TrainPoint, ...]:
    """At most so many steps as a course needs, the last among them: a window asks again after every step."""
    stride = -(-len(points) // _STEPS)
    return points[::-1][::stride][::-1]


def _tags(progress: RunProgress) -> list[Finding]:
    """Tags whose own validation rises while that of all rows does not."""
    if rises_in_a_row([point.loss for point in progress.valid[1:]], NOISE) >= RISES:
        return []
    found = []
    for tag, points in progress.tags.items():
        losses = [point.loss for point in points]
        if rises_in_a_row(losses[1:], NOISE) >= RISES and losses[-1] > min(losses) * _WORSE:
            course = f"{min(losses):.2f} then, {losses[-1]:.2f} now"
            sentence = f"Rows tagged “{tag}” get worse while the others do not: {course}."
            hint = "Look whether they contradict other rows; a weight for the tag or more rows of it can help."
            found.append(Finding("tag", Weight.WARNING, sentence, hint))
    return found


def _well(progress: RunProgress) -> Finding:
    valid, train = progress.valid, smoothed([point.loss for point in progress.train])
    if len(valid) < 2:
        if len(train) < _FIRST_STEPS and progress.passes < 1:
            return Finding("course", Weight.FINE, "It has only begun; the first losses say little.")
        words = "falls" if fall(train) > 0 else "has not fallen yet"
        return Finding("course", Weight.FINE, f"The training loss {words}: {train[0]:.2f} then, {train[-1]:.2f} now.")
    best = min(valid[1:], key=lambda point: point.loss)
    if round(best.loss, 2) >= round(valid[0].loss, 2):  # as it is written: 6.33 → 6.33 is no fall
        return Finding("course", Weight.FINE, "Too early to say: validation has not moved yet.")
    course = f"validation {valid[0].loss:.2f} → {best.loss:.2f}."
    words = tense(progress, "Both losses fall" if fall(train) > 0 else "It learns", "It learned")
    return Finding("course", Weight.FINE, f"{words}: {course}")
