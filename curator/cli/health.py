"""`curator doctor`: what stands and what does not, in a form that can be sent to somebody who helps."""

from __future__ import annotations

from typing import Annotated

import typer

from curator.cli.importing import Json
from curator.cli.output import emit
from curator.cli.session import workspace
from curator.services.doctor import examine


def doctor(
    json: Json = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the training self-test.")] = False,
) -> None:
    """Say versions, device, runtime, models and library health, and train one step as a self-test."""
    failed = False
    with workspace() as ws:
        for finding in examine(ws, self_test=not quick):
            failed = failed or not finding.is_good
            if json:
                emit({"check": finding.name, "ok": finding.is_good, "words": finding.words, **finding.figures})
            else:
                typer.echo(f"{'ok ' if finding.is_good else 'NO '} {finding.name:<12} {finding.words}")
    if failed:
        raise typer.Exit(1)
