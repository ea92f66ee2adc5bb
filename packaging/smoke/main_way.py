"""A person's whole way through the built app in two sittings: in come transcripts, out comes a curve that falls."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from smoke.account import Account, SmokeError
from smoke.curve import Colour, curve, fall
from smoke.eyes import APP, Eyes, Thing
from smoke.stage import square
from smoke.visitor import Visitor

ROWS = 12  # the app itself says that so many are enough for a quick look
STEPS = 20
TRAINING = 1800.0  # seconds that preparing the starter and the steps may take on a slow machine
SECOND_START = 10.0  # seconds until a second start has handed its file over and ended
LEAST_FALL = 5.0  # pixels by which the curve has to be lower at its end than at its beginning
MASK = "Mask and mark clean"
COVER = "#c81e78"  # a colour that the app does not have
COVER_RGB: Colour = (0xC8, 0x1E, 0x78)


@dataclass(frozen=True)
class Files:
    """Transcripts by the way they come in, as paths in the system of the app."""

    opened: str
    dropped: Sequence[str]
    second: str


def first_sitting(account: Account, visitor: Visitor, files: Files, by: list[str] | None) -> None:
    """From the double-click on a transcript to an adapter. `by` is what the file manager runs; None: the program."""
    eyes = visitor.eyes
    with account.step("a transcript opened in the file manager opens the window and is read") as step:
        seconds = visitor.open(*(() if by else (files.opened,)), words=by)
        account.figures["window_first_start_s"] = round(seconds, 2)
        found = eyes.until(lambda: eyes.reads(r"(\d+) new exchanges"), "the import is told")
        step.seen += [f"window after {seconds:.2f} s", found.group()]
        eyes.picture("1-opened")
    with account.step("files dragged over from another program are read") as step:
        drop(visitor, files.dropped)
        step.seen.append(f"{to_review(visitor)} exchanges to review")
        eyes.picture("2-dropped")
    with account.step("a second start hands its file over, raises the window and ends") as step:
        seconds = start_again(visitor, files.second)
        account.figures["second_start_s"] = round(seconds, 2)
        step.seen.append(f"ended after {seconds:.2f} s; {to_review(visitor)} exchanges to review")
        eyes.picture("3-second-start")
    with account.step(f"{ROWS} rows are marked clean by the key, one is rejected and taken back") as step:
        mark(visitor)
        step.seen.append(str(next(one.description for one in eyes.look() if one.name == "Status")))
        eyes.picture("4-marked")
    with account.step(f"{STEPS} steps are trained, and the curve on the screen falls") as step:
        begin_training(visitor)
        step.seen += train(account, visitor)
    with account.step("it quits by its key"):
        visitor.leave()


def second_sitting(account: Account, visitor: Visitor) -> None:
    """Start again: marks, run and curve are there."""
    eyes = visitor.eyes
    with account.step("started again, the marks are there") as step:
        seconds = visitor.open()
        account.figures["window_next_start_s"] = round(seconds, 2)
        eyes.until(lambda: eyes.find(f"Clean, {ROWS} exchanges"), f"{ROWS} rows are clean")
        step.seen.append(f"window after {seconds:.2f} s")
        eyes.picture("7-again")
    with account.step("the run is there, and its curve") as step:
        visitor.hands.press("ctrl+3")
        eyes.until(lambda: eyes.reads(r"Validation fell from"), "what came of the run is told")
        fell = eyes.until(lambda: fallen(eyes, "train"), "the curve falls on the screen")
        step.seen.append(f"the training curve ends {fell:.0f} pixels lower than it begins")
        eyes.picture("8-run-again")
    with account.step("it quits by its key again"):
        visitor.leave()


def to_review(visitor: Visitor) -> int:
    """How many exchanges wait, as the sidebar says it."""
    return visitor.number(r"^To review, ([\d,]+) exchange")


def drop(visitor: Visitor, files: Sequence[str]) -> None:
    """Drag files from the window of another program into the middle of this one."""
    before = to_review(visitor)
    source = square(visitor.stage, (0, 840), 56, COVER, files)
    visitor.hands.drag((28, 868), (720, 420))
    try:
        visitor.eyes.until(lambda: to_review(visitor) > before, "what was dropped is in the list")
    finally:  # not earlier: a program that drags hands its files over only after they were let go
        source.terminate()
        source.communicate(timeout=10)
        visitor.hands.focus(APP)


def start_again(visitor: Visitor, file: str) -> float:
    """Start the app once more with a file while another window covers the first. Returns the seconds it took."""
    before = to_review(visitor)
    cover = square(visitor.stage, (100, 100), 700, COVER, [])
    middle = (400, 400, 100, 100)
    visitor.eyes.until(lambda: visitor.eyes.pixels().share(COVER_RGB, middle) > 0.9, "the window is covered")
    begun = time.monotonic()
    ended = visitor.stage.run(file, seconds=SECOND_START * 3)
    seconds = time.monotonic() - begun
    if ended.returncode != 0:
        raise SmokeError(f"the second start ended with {ended.returncode}: {ended.stderr.strip()[-800:]}")
    visitor.eyes.until(
        lambda: visitor.eyes.pixels().share(COVER_RGB, middle) < 0.1, "the first window comes to the front"
    )
    cover.terminate()
    cover.communicate(timeout=10)
    visitor.eyes.until(lambda: to_review(visitor) > before, "the second file is in the list")
    visitor.hands.focus(APP)
    return seconds


def mark(visitor: Visitor) -> None:
    """Decide with the keys, one exchange after the other."""
    eyes, hands = visitor.eyes, visitor.hands
    visitor.click("To review*", "list item")  # what came later stands above what was in the list
    table = eyes.until(lambda: eyes.find("Exchanges", "table"), "the list is there")
    hands.click(table.middle)
    hands.press("Home")
    for number in range(1, ROWS + 1):
        hands.press("a")
        clean = f"Clean, {number} exchange*"
        if eyes.until(lambda: eyes.find(clean) or eyes.find(MASK), f"{number} rows are clean").name == MASK:  # noqa: B023
            visitor.click(MASK)  # one of the samples holds a key
            eyes.until(lambda: eyes.find(clean), f"{number} rows are clean, one masked")  # noqa: B023
    hands.press("x")
    eyes.until(lambda: eyes.find("Rejected, 1 exchange*"), "one is rejected")
    hands.press("ctrl+z")
    eyes.until(lambda: eyes.find("Rejected, 0 exchange*"), "it is taken back")


def begin_training(visitor: Visitor) -> None:
    """Go to the runs, ask for a number of steps instead of passes, and press Train."""
    eyes, hands = visitor.eyes, visitor.hands
    hands.press("ctrl+3")
    visitor.click("Advanced")
    visitor.click("Iterations", "radio button")
    field = eyes.until(lambda: steps_field(eyes), "steps can be asked for")
    hands.click(field.middle)
    hands.press("ctrl+a")
    hands.type(str(STEPS))
    hands.press("Tab")
    eyes.until(lambda: (now := steps_field(eyes)) and now.text == str(STEPS), f"{STEPS} steps are asked for")
    eyes.picture("5-asked")
    visitor.click("Train", "push button")


def steps_field(eyes: Eyes) -> Thing | None:
    """The field that counts whole steps: the one for passes has decimals."""
    field = eyes.find("How long", "spin button")
    return field if field is not None and field.text.replace(",", "").isdigit() else None


def train(account: Account, visitor: Visitor) -> list[str]:
    """Watch a run from its start to its end. Returns what was seen of it."""
    eyes = visitor.eyes
    begun = time.monotonic()
    eyes.until(lambda: eyes.find("Loss chart"), "the chart is there", TRAINING)
    first = eyes.until(lambda: told_loss(eyes), "the first loss is on the chart", TRAINING)
    account.figures["first_loss_s"] = round(time.monotonic() - begun, 2)
    eyes.until(lambda: eyes.reads(r"Validation fell from .+ to |Failed|did not learn"), "the run is over", TRAINING)
    account.figures["training_s"] = round(time.monotonic() - begun, 2)
    eyes.picture("6-trained")
    outcome = eyes.reads(r"Validation fell from [\d.]+ to [\d.]+")
    if outcome is None:
        raise SmokeError("the run ended without a better validation loss")
    last = told_loss(eyes)
    if last is None or last >= first:
        raise SmokeError(f"the chart tells {first} at first and {last} at the end")
    fell = eyes.until(lambda: fallen(eyes, "train"), "the curve falls on the screen")
    return [
        f"told on the chart: training loss {first} at first, {last} at the end; {outcome.group()}",
        f"the training curve ends {fell:.0f} pixels lower than it begins",
    ]


def told_loss(eyes: Eyes) -> float | None:
    """The training loss that the chart tells a screen reader, at its newest point."""
    chart = eyes.find("Loss chart")
    found = None if chart is None else re.search(r"train (\d+\.\d+)", chart.description)
    return None if found is None else float(found.group(1))


def fallen(eyes: Eyes, line: str) -> float:
    """By how many pixels a line of the chart falls, or 0 where it does not by enough; its colour is in the legend."""
    things = eyes.look()
    chart = next((one for one in things if one.name == "Loss chart"), None)
    legend = next((i for i, one in enumerate(things) if one.name == line and one.role == "label"), 0)
    if chart is None or legend == 0:
        return 0.0
    shown = eyes.pixels()
    colour = shown.at(*things[legend - 1].middle)
    x, y, width, height = chart.box
    pixels = fall(curve(shown, colour, (x + width // 20, y, width * 9 // 10, height)))
    return pixels if pixels >= LEAST_FALL else 0.0
