"""What the guided way says at each of its stages."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from curator.core.job import JobState
from curator.core.progress import RunProgress
from curator.services.guiding import Footing
from curator.ui.guide.way import ENOUGH, TASTE, Stage
from curator.ui.models.amounts import rough_duration, rows_words


class Act(StrEnum):
    """What a button of the strip does."""

    MARK_SAMPLES = "mark samples"
    READ_SAMPLES = "read samples"
    GO_TO_LIST = "go to the list"
    TRAIN = "train"
    GO_TO_RUNS = "go to runs"
    HEAR = "hear"
    OWN = "own sessions"
    SET_ASIDE = "set the samples aside"


class Offer(NamedTuple):
    """A button of the strip, and what it does."""

    words: str
    act: Act


class Words(NamedTuple):
    """A sentence, what it means, keys to press (a command and what it does), and up to two buttons, the first of them
    the one to press. `is_news` is whether a screen reader says a sentence that changed."""

    title: str
    detail: str
    keys: tuple[tuple[str, str], ...] = ()
    offers: tuple[Offer, ...] = ()
    is_news: bool = True


MARKING = (("mark_clean", "keep"), ("reject", "leave out"), ("next", "next"))
_BACK = Offer("Back to reading", Act.GO_TO_LIST)


def words_for(stage: Stage, now: Footing, place: str, seconds: float | None = None) -> Words:
    """The words of a stage, in this place of the window. `seconds` is how long a quick look takes, where it is known
    already."""
    if stage is Stage.MARK:
        return _mark(now, place)
    if stage is Stage.ROWS:
        return Words(
            f"{rows_words(now.clean)} are marked. {ENOUGH} are enough for a quick look.",
            f"Read on, or let the {now.ready} samples be marked that nothing speaks against. Undo takes it back.",
            (),
            (Offer(f"Mark {now.ready} more", Act.MARK_SAMPLES),),
        )
    if stage is Stage.TRAIN:
        return _train(now, seconds)
    if stage is Stage.CURVE:
        return _curve(now, place)
    if stage is Stage.HEAR:
        return _hear(now.progress)
    return _over(now)


def starting(busy: str) -> Words:
    """Between the press and the run: `busy` is what is being done."""
    rest = "The first time the small model is unpacked, which takes a moment longer."
    return Words(f"{busy.rstrip('.…')}.", rest, is_news=False)


def _mark(now: Footing, place: str) -> Words:
    back = (_BACK,) if place != "library" else ()
    if now.ready:
        left = TASTE - now.clean
        number = {1: "one more", 2: "two more", 3: "three"}.get(left, str(left))
        return Words(
            f"Read, and mark {number} answer{'s' * (left != 1)} that you would want again.",
            "What you mark becomes a row. Rows are what is trained, and nothing else.",
            MARKING,
            (*back, Offer("Mark them for me", Act.MARK_SAMPLES)),
        )
    samples = () if now.has_samples else (Offer("Take the samples", Act.READ_SAMPLES),)
    left = ENOUGH - now.clean
    return Words(
        f"Mark {left}{' more' * bool(now.clean)} answer{'s' * (left != 1)} that you would want again.",
        f"{ENOUGH} rows are enough for a quick look. Nothing else of your sessions is trained.",
        MARKING,
        (*back, *samples),
    )


def _train(now: Footing, seconds: float | None) -> Words:
    took = f", {rough_duration(seconds)} on this computer" if seconds else ""
    run = now.run
    if run is not None:
        return Words(
            now.progress.message or run.message or "That run ended before there was a curve.",
            f"Nothing is lost. A quick look goes once through {rows_words(now.clean)}{took}.",
            (),
            (Offer("Train again", Act.TRAIN),),
        )
    return Words(
        f"{rows_words(now.clean)}. Now let a small model learn them.",
        f"A quick look goes once through them{took}. You can go on reading meanwhile.",
        (("train", "train"),),
        (Offer("Train a quick look", Act.TRAIN),),
    )


def _curve(now: Footing, place: str) -> Words:
    progress = now.progress
    offers = () if place == "runs" else (Offer("See the curve", Act.GO_TO_RUNS),)
    losses = [point.loss for point in progress.valid]
    if now.run is not None and now.run.state is JobState.QUEUED:
        return Words("It waits for its turn.", "Another run goes first; this one begins by itself.", (), offers)
    if progress.state is JobState.WAITING:
        return Words("It waits until another training leaves the computer.", "It begins by itself.", (), offers)
    if not losses:
        return Words(
            "The model is being loaded." if progress.state is not JobState.RUNNING else "The model is loaded.",
            "First it is asked how well it guesses rows that it never trains on: the curve begins there.",
            (),
            offers,
        )
    left = f" {rough_duration(progress.seconds_left)} left." if progress.seconds_left is not None else ""
    if len(losses) == 1:
        return Words(
            f"The curve begins at {losses[0]:.2f}.",
            f"The better it guesses your answers, the lower the number. Now it learns.{left}",
            (),
            offers,
        )
    moved = "It falls" if losses[-1] < losses[0] else "It does not fall yet"
    return Words(
        f"{moved}: {losses[0]:.2f}, now {losses[-1]:.2f}.",
        f"“Validation” is rows that it never trains on: while it falls, what is learned carries over.{left}",
        (),
        offers,
    )


def _hear(progress: RunProgress) -> Words:
    first, best = progress.valid[0].loss, min(point.loss for point in progress.valid)
    fell = f"It fell from {first:.2f} to {best:.2f}." if best < first else f"It did not fall: it stays at {first:.2f}."
    if answers(progress) > 1:
        offer = Offer("Read both answers", Act.HEAR)
        detail = "The same question was asked before and after: this is what it says now."
    else:
        offer = Offer("Ask it in the Mirror", Act.HEAR)
        detail = "Ask the base and your own the same thing, side by side: this is what it says now."
    return Words(fell, detail, (), (offer,))


def answers(progress: RunProgress) -> int:
    """How many different places of the run have an answer to the probe."""
    return len({sample.iteration for sample in progress.samples})


def _over(now: Footing) -> Words:
    offers = [Offer("Watch your sessions…", Act.OWN)]
    if now.taken:
        offers.append(Offer("Set the samples aside", Act.SET_ASIDE))
    return Words(
        "That was the whole way. More rows of your own change more.",
        "So short a run changes little. Next come your own sessions, read in the same way."
        if now.has_samples
        else "Mark more, train longer, and listen again.",
        (),
        tuple(offers) if now.has_samples else (_BACK,),
    )
