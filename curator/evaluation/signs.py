"""Signs in a run's figures: each looks for one thing, and says what was seen and what to do, or nothing."""

from __future__ import annotations

from collections.abc import Callable

from curator.core.machine import Finding, Weight
from curator.core.progress import LossPoint, RunProgress, TrainPoint
from curator.core.settings import TrainSettings, rate_words
from curator.evaluation.curves import fall, median, rises_in_a_row, shift, smoothed

BY_HEART = 0.1
"""A training loss in nats per token below which the rows can be recited: e^-0.1 is a 90 % chance for every token."""
RISES = 3
"""So many rises of validation in a row are a course and no accident."""
NOISE = 0.005
"""Validation of some rows moves by this share of itself from one time to the next."""
_FIRST_WORDS = 3  # evaluations after the base model's own before anything is said of a course
_LITTLE = 0.01
_AHEAD = 0.95
_CLIMBED = 1.05  # of its best: what wavers up and down may still be a course
_LIVELY = 0.5  # a norm of the gradient below which no step leads far
_USUAL_RATE = TrainSettings().learning_rate
_RATE = "Try half the learning rate."

Look = Callable[[RunProgress, TrainSettings, int], Finding | None]


def skipped(progress: RunProgress, settings: TrainSettings, rows: int) -> Finding | None:
    """Updates that taught nothing, as a share of those so far."""
    count = progress.skipped
    if not count:
        return None
    updates = max(1, progress.iteration // max(1, settings.accumulate))
    one = count == 1
    share = count / updates
    return Finding(
        "skipped",
        Weight.WARNING,
        f"{count} of {updates:,} updates {'was' if one else 'were'} skipped: "
        f"{'its' if one else 'their'} gradient was no number.",
        "Once or twice does no harm." if share < 0.02 else f"{_RATE} A base model in bf16 instead of fp16 helps too.",
    )


def _diverging(progress: RunProgress, settings: TrainSettings, rows: int) -> Finding | None:
    losses = [point.loss for point in progress.train]
    if len(losses) < 8:
        return None
    smooth = smoothed(losses)
    lowest = min(smooth)
    rise = smooth[-1] - lowest
    # Batches differ: only a rise well beyond how far single steps lie from their mean is a course.
    noise = median([abs(raw - mean) for raw, mean in zip(losses, smooth, strict=True)])
    if rise <= max(0.25 * lowest, 0.3, 3 * noise):
        return None
    place = progress.train[smooth.index(lowest)]
    return Finding(
        "diverging",
        Weight.STOP,
        f"The training loss {tense(progress, 'climbs', 'climbed')}: {lowest:.2f} at pass {_short(place.passes)}, "
        f"{smooth[-1]:.2f} {tense(progress, 'now. It is diverging', 'at the end. It diverged')}.",
        _over_now(progress, "Stop it; the best adapter so far is kept. ")
        + f"{_RATE} It {tense(progress, 'is', 'was')} {rate_words(settings.learning_rate)}.",
    )


def _by_heart(progress: RunProgress, settings: TrainSettings, rows: int) -> Finding | None:
    rises = rises_in_a_row([point.loss for point in progress.valid[1:]], NOISE)
    best = _best(progress)
    train = smoothed([point.loss for point in progress.train])
    knows = train[-1] < BY_HEART and progress.passes > 1
    if rises >= RISES and best is not None and not _is_ahead(progress, best):
        return Finding(
            "validation",
            Weight.WARNING,
            f"Validation rose {_times(rises)}, and the training loss does not fall either.",
            f"It has lost its way. {_RATE} The best, {best.loss:.2f} at pass {_short(best.passes)}, is kept.",
        )
    if rises >= RISES and best is not None:
        return Finding(
            "validation",
            Weight.WARNING,
            f"Validation rose {_times(rises)}: it is learning the rows by heart.",
            f"The best was {best.loss:.2f} at pass {_short(best.passes)}, and that is the one kept. "
            + _over_now(progress, "Stop it, or let it stop by itself with patience next time; more rows help most."),
        )
    if best is not None and _has_climbed(progress, best) and not progress.state.is_over:
        course = f"Validation rose from {best.loss:.2f} at pass {_short(best.passes)} to {progress.valid[-1].loss:.2f}"
        if _is_ahead(progress, best):
            then, hint = (
                ": it is learning the rows by heart.",
                "Stop it, or let it stop by itself with patience next time.",
            )
        else:
            then, hint = ", and the training loss does not fall either.", f"It has lost its way. {_RATE}"
        return Finding("validation", Weight.WARNING, f"{course}{then}", f"{hint} The best is the one kept.")
    if not knows:
        return None
    gap = progress.valid[-1].loss - train[-1] if progress.valid else 0.0
    if gap > 0.5:
        return Finding(
            "validation",
            Weight.WARNING,
            f"It knows its {rows:,} rows by heart (training loss {train[-1]:.2f}), "
            f"and rows it has not seen only to {progress.valid[-1].loss:.2f}.",
            "Fewer passes or more rows make it learn the manner instead of the words.",
        )
    return Finding(
        "validation",
        Weight.FINE,
        f"It knows its {rows:,} rows by heart (training loss {train[-1]:.2f}).",
        "If validation is as low, the rows held out may repeat rows that are trained." if progress.valid else "",
    )


def _nothing_learned(progress: RunProgress, settings: TrainSettings, rows: int) -> Finding | None:
    valid = progress.valid
    if len(valid) <= _FIRST_WORDS or progress.passes < 0.5:
        return None
    best = min(point.loss for point in valid[1:])
    if best < valid[0].loss * (1 - _LITTLE):
        return None
    train = smoothed([point.loss for point in progress.train])
    is_worse = min(p.loss for p in valid[-_FIRST_WORDS:]) > valid[0].loss * (1 + _LITTLE)
    if is_worse and fall(train) > _LITTLE:
        hint = f"It learns its rows and nothing for others. {_RATE} More rows help most."
    elif is_worse:
        hint = _RATE
    else:
        hint = f"{_try(settings, 2)} More passes can help too, and so can more rows."
    return Finding(
        "learning",
        Weight.WARNING,
        f"{tense(progress, 'It has learned nothing so far', 'It learned nothing')}: validation was "
        f"{valid[0].loss:.2f} before the first step and {best:.2f} at its best.",
        hint,
    )


def _rate_too_low(progress: RunProgress, settings: TrainSettings, rows: int) -> Finding | None:
    """Loss and gradient are as they were at the start: the steps are too small to get anywhere."""
    steady = _after_warmup(progress, settings)
    if len(steady) < 20 or progress.passes < 0.5:
        return None
    smooth = smoothed([point.loss for point in steady])
    third = len(steady) // 3
    early, late = steady[:third], steady[-third:]
    norms = median([p.gradient_norm for p in early]), median([p.gradient_norm for p in late])
    if norms[0] <= 0 or not 0.7 < norms[1] / norms[0] < 1.4:
        return None
    if fall(smooth) > _LITTLE or fall([p.loss for p in progress.valid]) > _LITTLE:
        return None
    if shift(smooth) > _LITTLE:
        return None  # it moves, only not down: another sentence
    return Finding(
        "rate",
        Weight.WARNING,
        f"The loss hardly {tense(progress, 'moves', 'moved')}, and the gradient "
        f"{tense(progress, 'is as large as at the start', 'stayed as large as it was')}: the learning rate "
        f"{tense(progress, 'seems', 'was')} too low.",
        _try(settings, 3),
    )


def _rate_too_high(progress: RunProgress, settings: TrainSettings, rows: int) -> Finding | None:
    """Gradients that grow while the loss does not fall: each step jumps over the valley."""
    steady = [p for p in _after_warmup(progress, settings) if p.gradient_norm > 0]
    if len(steady) < 16:
        return None
    quarter = len(steady) // 4
    early = median([p.gradient_norm for p in steady[:quarter]])
    late = median([p.gradient_norm for p in steady[-quarter:]])
    half = smoothed([p.loss for p in steady])[len(steady) // 2 :]
    if late < max(3 * early, _LIVELY) or fall(half) > NOISE:
        return None
    return Finding(
        "rate",
        Weight.WARNING,
        f"The gradient grew from {early:.1f} to {late:.1f} and the loss "
        f"{tense(progress, 'does not fall: the learning rate seems', 'did not fall: the learning rate was')} too high.",
        f"{_RATE} It {tense(progress, 'is', 'was')} {rate_words(settings.learning_rate)}, at a scale of "
        f"{settings.scale:g}.",
    )


def _plateau(progress: RunProgress, settings: TrainSettings, rows: int) -> Finding | None:
    """The last quarter of what was measured, four points at least, brought nothing."""
    valid, best = progress.valid, _best(progress)
    span = max(4, len(valid) // 4)
    if len(valid) < span + _FIRST_WORDS or best is None:
        return None
    before = min(point.loss for point in valid[:-span])
    since = [point.loss for point in valid[-span:]]
    if valid[0].loss * (1 - _LITTLE) < before:
        return None  # it never learned: another sentence
    if min(since) < before * (1 - NOISE) or rises_in_a_row([p.loss for p in valid], NOISE) >= RISES:
        return None
    if since[-1] > 1.1 * best.loss and progress.state.is_over:
        return Finding(
            "plateau",
            Weight.WARNING,
            f"It was better before: validation {best.loss:.2f} at pass {_short(best.passes)}, "
            f"{since[-1]:.2f} at the end.",
            (
                "From there on it learned its rows by heart. "
                if _is_ahead(progress, best)
                else "From there on it lost its way. "
            )
            + "The best is the one kept; fewer passes or a lower learning rate would have come as far.",
        )
    return Finding(
        "plateau",
        Weight.FINE,
        f"Validation {tense(progress, 'has not become', 'did not become')} better after pass {_short(best.passes)}: "
        f"it was {best.loss:.2f} there.",
        _over_now(progress, "You can stop it now and lose nothing: the best adapter is kept."),
    )


def _slower(progress: RunProgress, settings: TrainSettings, rows: int) -> Finding | None:
    """Tokens per second are a mean of the last steps already; lengths of rows shift it by less than a third."""
    speeds = [p.tokens_per_second for p in progress.train if p.tokens_per_second > 0]
    if len(speeds) < 60 or progress.state.is_over:
        return None
    usual, now = median(speeds[10:-20]), median(speeds[-20:])
    if now > 0.6 * usual:
        return None
    return Finding(
        "speed",
        Weight.WARNING,
        f"It has become slower: {now:,.0f} tokens a second, {usual:,.0f} before.",
        "Another program may be busy, the computer hot, or its battery low.",
    )


def _after_warmup(progress: RunProgress, settings: TrainSettings) -> list[TrainPoint]:
    begins = settings.warmup * progress.iterations
    return [point for point in progress.train if point.iteration > begins]


def _best(progress: RunProgress) -> LossPoint | None:
    """The lowest validation after the base model's own."""
    return min(progress.valid[1:], key=lambda point: point.loss, default=None)


def tense(progress: RunProgress, now: str, then: str) -> str:
    """The words for a run that goes on, or for one that is over."""
    return then if progress.state.is_over else now


def _over_now(progress: RunProgress, hint: str) -> str:
    """A hint for a run that goes on; one that is over can no longer be stopped."""
    return "" if progress.state.is_over else hint


def _is_ahead(progress: RunProgress, best: LossPoint) -> bool:
    """Whether the rows that are trained are known well better than the others ever were: what learning by heart is."""
    return smoothed([point.loss for point in progress.train])[-1] < _AHEAD * best.loss


def _short(passes: float) -> str:
    """A place in the run: 2.5 passes, 37 passes."""
    return f"{passes:.1f}".removesuffix(".0")


def _has_climbed(progress: RunProgress, best: LossPoint) -> bool:
    """Whether validation lies well above its best by now, however it wavered on the way."""
    since = [point.loss for point in progress.valid if point.iteration > best.iteration]
    return len(since) >= RISES and median(since[-RISES:]) > best.loss * _CLIMBED


def _times(count: int) -> str:
    return {3: "three times", 4: "four times", 5: "five times"}.get(count, f"{count} times")


def _try(settings: TrainSettings, factor: int) -> str:
    """Advice for a higher learning rate: so many times this one, or the usual one where that is far away."""
    higher = settings.learning_rate * factor
    rate = higher if higher > _USUAL_RATE / 10 else _USUAL_RATE
    return f"Try a learning rate of {rate_words(rate)}, or let the learning rate finder look."


LOOKS: tuple[Look, ...] = (
    _diverging,
    skipped,
    _by_heart,
    _rate_too_high,
    lambda *run: _rate_too_low(*run) or _nothing_learned(*run),  # the cause says more than the fact
    _plateau,
    _slower,
)
"""All of them; a run may show several."""
