"""`curator demo`: the whole way on the sample transcripts, in a library of its own."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from curator.cli.importing import Json
from curator.cli.output import STOPPED, emit, shown, tell
from curator.cli.training import follow
from curator.core.job import JobState
from curator.services import demo as way
from curator.services.workspace import Workspace

_GONE = "The demo's library is gone again; your own was not touched. With --keep FOLDER it stays."


def demo(
    iterations: Annotated[int, typer.Option(min=1, help="Updates of four rows each.")] = 30,
    keep: Annotated[Path | None, typer.Option(help="Leave the demo's library in this folder.")] = None,
    json: Json = False,
) -> None:
    """Go the whole way once on sample transcripts. Import, mark, freeze, train the starter, ask base and tuned."""
    is_stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        is_stopped.set()  # what is raised in the middle of putting an object away is lost
        raise KeyboardInterrupt

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # all ask the run to stop, so that no worker trains on for nobody
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    try:
        state = _go(iterations, keep, json, is_stopped)
    except KeyboardInterrupt:
        tell("Stopped.")
        state = JobState.STOPPED
    if keep is None:
        tell(_GONE)
    if state is not JobState.DONE:
        raise typer.Exit(STOPPED if state is JobState.STOPPED else 1)


def _go(iterations: int, keep: Path | None, json: bool, is_stopped: threading.Event) -> JobState:
    """Go the way, telling every step. Returns how the run ended; raises KeyboardInterrupt where it was stopped."""

    def begin(step: str) -> None:
        if is_stopped.is_set():
            raise KeyboardInterrupt
        tell(step)

    with tempfile.TemporaryDirectory(prefix="curator-demo-") as scratch, Workspace.open(keep or Path(scratch)) as ws:
        begin("1  Reading the sample transcripts")
        report = way.read_samples(ws)
        tell(f"   {report.exchanges} exchanges in {report.sessions} sessions")
        begin("2  Marking what passes every check clean; in the window you decide")
        marked = way.mark_what_passes(ws)
        tell(f"   {len(marked)} clean, {report.exchanges - len(marked)} left alone")
        begin("3  Making the starter model ready; the first time this takes some seconds")
        way.prepare(ws)
        snapshot = way.freeze(ws)
        tell(
            f"4  Frozen: {snapshot.train} rows to train, {snapshot.valid} to validate, "
            f"{snapshot.test} to test, {snapshot.tokens:,} tokens"
        )
        begin("5  Training in the background; here is its loss")
        run = way.start(ws, snapshot, iterations)
        state = follow(ws, run.id, as_json=json)
        if state is not JobState.DONE:
            return state
        before, after = way.losses(ws, run.id)
        begin("6  One question, answered by the base and by the tuned model")
        answers = way.compare(ws, run.id)
    if json:
        emit(
            {
                "loss_before": before,
                "loss_after": after,
                "question": answers.question,
                "base": answers.base,
                "tuned": answers.tuned,
            }
        )
    else:
        sys.stdout.write(
            f"\nValidation loss {before:.3f} → {after:.3f}\n\n{answers.question}\n\n"
            f"base   {shown(answers.base)}\n\ntuned  {shown(answers.tuned)}\n"
        )
    return state
