"""`curator demo`: the whole way on the sample transcripts, in a library of its own."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from curator.cli.importing import Json
from curator.cli.output import STOPPED, emit, tell
from curator.cli.training import follow
from curator.core.job import JobState
from curator.services import demo as way
from curator.services.workspace import Workspace


def demo(
    iterations: Annotated[int, typer.Option(min=1, help="Updates of four rows each.")] = 30,
    keep: Annotated[Path | None, typer.Option(help="Leave the demo's library in this folder.")] = None,
    json: Json = False,
) -> None:
    """Import samples, mark, freeze, train the starter model, and let base and tuned model answer one question."""
    with tempfile.TemporaryDirectory(prefix="curator-demo-") as scratch, Workspace.open(keep or Path(scratch)) as ws:
        tell("1  Reading the sample transcripts")
        report = way.read_samples(ws)
        tell(f"   {report.exchanges} exchanges in {report.sessions} sessions")
        tell("2  Marking what passes every check clean; in the window you decide")
        marked = way.mark_what_passes(ws)
        tell(f"   {len(marked)} clean, {report.exchanges - len(marked)} left alone")
        tell("3  Making the starter model ready; the first time this takes some seconds")
        way.prepare(ws)
        snapshot = way.freeze(ws)
        tell(
            f"4  Frozen: {snapshot.train} rows to train, {snapshot.valid} to validate, "
            f"{snapshot.test} to test, {snapshot.tokens:,} tokens"
        )
        tell("5  Training in the background; here is its loss")
        run = way.start(ws, snapshot, iterations)
        state = follow(ws, run.id, as_json=json)
        if state not in (JobState.DONE, JobState.STOPPED):
            raise typer.Exit(1)
        before, after = way.losses(ws, run.id)
        tell("6  One question, answered by the base and by the tuned model")
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
            f"base   {answers.base}\n\ntuned  {answers.tuned}\n"
        )
    if state is JobState.STOPPED:
        raise typer.Exit(STOPPED)
