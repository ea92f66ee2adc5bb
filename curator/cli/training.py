"""`curator train`, `resume`, `pause` and `stop`: a run from the terminal, told as it goes."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from curator.cli.attending import Attending
from curator.cli.importing import Json
from curator.cli.numbers import PresetName, Set, settings_from
from curator.cli.output import STOPPED, answer, emit, tell
from curator.cli.session import workspace
from curator.core.job import JobEvent, JobState
from curator.core.model import STARTER
from curator.core.run import Run
from curator.services import care, queue, repeating, runtimes, training
from curator.services import datasets as snapshots
from curator.services import models as shelf
from curator.services.workspace import Workspace

_WORDS = {"done": "Done.", "stopped": "Stopped and kept.", "paused": "Paused."}
_TOLD = frozenset({"failed", "interrupted", "stopped", "paused", "done", "note", "waiting", "again", "line"})
WORKED_OFF = "a window or “curator queue run” is open"
"""When the runs that wait begin."""
RunId = Annotated[int, typer.Argument(metavar="RUN", help="The run's id.")]
Model = Annotated[str, typer.Option(help="The base model.")]
Runtime = Annotated[
    str | None,
    typer.Option(
        help='Where to train, as “curator runtimes” names it; "" is the program\'s own. Else the usual place.'
    ),
]


def train(
    snapshot: Annotated[int | None, typer.Argument(help="The snapshot's id, as freeze said it.")] = None,
    model: Model = STARTER,
    preset: PresetName = "standard",
    passes: Annotated[float | None, typer.Option(min=0.01, help="How often every row is trained.")] = None,
    iterations: Annotated[int | None, typer.Option(min=1, help="Batches instead of passes.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Rows trained at a time.")] = None,
    learning_rate: Annotated[float | None, typer.Option(min=0.0, help="How far each update goes.")] = None,
    method: Annotated[str | None, typer.Option(help="lora or dora.")] = None,
    rank: Annotated[int | None, typer.Option(min=1, help="The adapter's width.")] = None,
    scale: Annotated[float | None, typer.Option(help="What the adapter is multiplied with.")] = None,
    dropout: Annotated[float | None, typer.Option(min=0.0, max=0.9)] = None,
    layers: Annotated[int | None, typer.Option(help="Topmost layers to adapt; -1 is all.")] = None,
    accumulate: Annotated[int | None, typer.Option(min=1, help="Batches to an update.")] = None,
    patience: Annotated[int | None, typer.Option(min=0, help="Validations without a better one; 0 is endless.")] = None,
    sparing: Annotated[bool | None, typer.Option("--sparing/--no-sparing", help="Less memory, more time.")] = None,
    probe: Annotated[str | None, typer.Option(help="A prompt to be answered at every validation.")] = None,
    seed: Annotated[int | None, typer.Option()] = None,
    more: Set = None,
    name: Annotated[str, typer.Option(help="A name for people.")] = "",
    note: Annotated[str, typer.Option(help="What to remember about it.")] = "",
    runtime: Runtime = None,
    report_to: Annotated[list[str] | None, typer.Option(help="tensorboard or wandb, where installed.")] = None,
    queued: Annotated[bool, typer.Option("--queue", help="Put it in the queue and don't follow it.")] = False,
    again: Annotated[Path | None, typer.Option(help="Repeat the run in this folder; no library is needed.")] = None,
    into: Annotated[Path | None, typer.Option(help="With --again: the new run's folder.")] = None,
    json: Json = False,
) -> None:
    """Train a snapshot and follow it to its end. ^C stops and keeps what was learned."""
    if again is not None:
        if into is None or snapshot is not None:
            raise typer.BadParameter("--again needs --into, and no snapshot")
        _repeat(again, into, as_json=json)
        return
    if snapshot is None:
        raise typer.BadParameter("name a snapshot, as “curator freeze” said it")
    given = {
        "passes": passes,
        "iterations": iterations,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "method": method,
        "rank": rank,
        "scale": scale,
        "dropout": dropout,
        "layers": layers,
        "accumulate": accumulate,
        "patience": patience,
        "is_sparing": sparing,
        "probe": probe,
        "seed": seed,
    }
    with workspace() as ws:
        settings = settings_from(preset, {"max_tokens": snapshots.snapshot(ws, snapshot).max_tokens} | given, more)
        prepare(ws, model)
        reports = tuple(report_to or ())
        place = chosen_place(ws, runtime)
        run = training.train(ws, snapshot, model, settings, preset, name, place, report_to=reports, note=note)
        if queued:
            left = "" if run.state is not JobState.QUEUED else f" It begins while {WORKED_OFF}."
            answer({"run": run.id, "state": run.state}, f"{_standing(ws, run)}{left}", json)
            return
        tell(_standing(ws, run))
        state = follow(ws, run.id, as_json=json)
    _leave(state)


def prepare(ws: Workspace, *models: str) -> None:
    """Make the starter ready where it is among these models; it comes with the program, as a file to be converted."""
    if STARTER in models:
        shelf.prepare_starter(ws)


def chosen_place(ws: Workspace, given: str | None) -> str:
    """The name of the place to train: the one that was given, else the one where the window's next run is trained. The
    person hears of a place that they did not name."""
    if given is not None:
        return given
    if name := runtimes.usual(ws):
        tell(f"Trained in “{name}”, the usual place.")
    return name


def resume(
    run: RunId, runtime: Annotated[str | None, typer.Option(help="Another place.")] = None, json: Json = False
) -> None:
    """Go on with a run from its last checkpoint. Follows it to its end; ^C stops and keeps what was learned."""
    with workspace() as ws:
        before = sum(1 for _ in training.told(ws, run))
        tell(_standing(ws, training.resume(ws, run, runtime)))
        state = follow(ws, run, as_json=json, told=before)
    _leave(state)


def pause(run: RunId) -> None:
    """Ask a run to leave the computer until “resume”. The queue is held until then."""
    with workspace() as ws:
        training.pause(ws, run)
        ended = _end_of(ws, run)
        held = queue.is_held(ws)
    tell(f"Run {run} {ended}{' The queue is held until it is resumed.' if held else ''}")


def stop(
    run: RunId,
    discard: Annotated[bool, typer.Option("--discard", help="Keep nothing.")] = False,
) -> None:
    """Ask a run to stop; what was learned is kept. One that waits is taken out of the queue."""
    with workspace() as ws:
        was_waiting = training.run(ws, run).state is JobState.QUEUED
        training.stop(ws, run, discard=discard)
        words = "is taken out of the queue." if was_waiting else _end_of(ws, run)
    tell(f"Run {run} {words}")


def follow(ws: Workspace, run_id: int, *, as_json: bool, told: int = 0) -> JobState:
    """Tell a run's events as they come, from the event after `told` on, and watch over the computer meanwhile. A run
    that is paused for want of memory or for heat is waited for; ^C asks a run to stop and keep, and waits for that.
    Returns how it ended; one that never left the queue is discarded."""
    with Attending(ws) as attending:
        while True:
            try:
                for event in islice(training.follow(ws, run_id), told, None):
                    told += 1
                    _tell(event, as_json=as_json)
                if not attending.goes_on(run_id):
                    return training.run(ws, run_id).state
                tell("It goes on by itself, as long as this terminal or a window is open.")
                attending.wait(run_id)
            except KeyboardInterrupt:
                known = training.run(ws, run_id)
                if known.state is JobState.QUEUED:
                    queue.cancel(ws, run_id)
                    tell("Taken out of the queue.")
                    return JobState.DISCARDED
                if known.state is JobState.PAUSED:
                    care.leave_paused(known)
                    tell(f"It stays paused: “curator resume {run_id}” goes on with it.")
                    return JobState.PAUSED
                tell("Stopping; what was learned is kept.")
                training.stop(ws, run_id)


def _repeat(folder: Path, into: Path, *, as_json: bool) -> None:
    repetition = repeating.again(folder, into)
    for difference in repetition.differences:
        tell(f"Not as it was: {difference}")
    last = _tell_all(into, as_json=as_json)
    if last != "done":
        raise typer.Exit(STOPPED if last in ("stopped", "paused") else 1)
    words = repeating.verdict(folder, into)
    if as_json:
        emit({"event": "compared", "is_same": words == repeating.SAME, "differences": repetition.differences})
    tell(words)


def _tell_all(into: Path, *, as_json: bool) -> str:
    """Tell a repetition's events as they come; ^C asks it to stop and keep, and waits. Returns how it ended."""
    told, last = 0, ""
    while True:
        try:
            for event in islice(repeating.follow(into), told, None):
                told, last = told + 1, event.kind
                _tell(event, as_json=as_json)
            return last
        except KeyboardInterrupt:
            tell("Stopping; what was learned is kept.")
            repeating.stop(into)


def _tell(event: JobEvent, *, as_json: bool) -> None:
    if not as_json:
        _show(event)
    elif event.kind != "starting":
        emit({"event": event.kind, "t": event.time, **event.figures})


def _show(event: JobEvent) -> None:
    figures = event.figures
    if event.kind in ("train", "valid") and figures.get("loss") is not None:
        name = "train     " if event.kind == "train" else "validation"
        rate = figures.get("tokens_per_second")
        speed = f"  {rate:,.0f} tokens/s" if rate else ""
        best = "  best so far" if figures.get("best") else ""
        tell(f"pass {figures.get('passes', 0):5.2f}  {name}  {figures['loss']:.3f}{speed}{best}")
    elif event.kind == "sample":
        tell(f"pass {figures.get('passes', 0):5.2f}  answer      {figures.get('text', '')}")
    elif event.kind in _TOLD:
        words = figures.get("message") or figures.get("text") or _WORDS.get(event.kind, "")
        tell(f"{words} {figures.get('hint') or ''}".strip())


def _standing(ws: Workspace, run: Run) -> str:
    if run.state is not JobState.QUEUED:
        return f"Run {run.id} has started; it goes on if this terminal closes."
    before = [other.id for other in queue.waiting(ws)].index(run.id)
    line = "is the next" if before == 0 else f"waits behind {before:,} more"
    held = " The queue is held: “curator queue release” lets it go on." if queue.is_held(ws) else ""
    return f"Run {run.id} {line} in the queue.{held}"


def _end_of(ws: Workspace, run_id: int) -> str:
    """How the run ended, with what its last event has to say: one on a computer that cannot be told may go on there."""
    last = None
    for event in training.follow(ws, run_id):
        last = event
    figures = last.figures if last is not None else {}
    said = (figures.get("message"), figures.get("hint"))
    return ending(training.run(ws, run_id).state, " ".join(str(words) for words in said if words))


def ending(state: JobState, said: str) -> str:
    """How a run ended, after its name, with what it said itself, which most often begins with the same word."""
    if said.lower().startswith(state):
        return f"is {said[0].lower()}{said[1:]}"
    return f"{'has failed' if state is JobState.FAILED else f'is {state}'}. {said}".strip()


def _leave(state: JobState) -> None:
    if state in (JobState.STOPPED, JobState.PAUSED, JobState.DISCARDED):
        raise typer.Exit(STOPPED)
    if state is not JobState.DONE:
        raise typer.Exit(1)
