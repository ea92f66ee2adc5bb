"""`curator doctor` and `curator diagnostics`: what stands and what does not, in a form that can be sent to a helper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curator.cli.importing import Json
from curator.cli.output import answer, emit
from curator.cli.session import workspace
from curator.services import diagnostics as papers
from curator.services.doctor import examine


def doctor(
    json: Json = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the training self-test.")] = False,
) -> None:
    """Say what stands and what does not. Versions, device, models, the library, and one step of training."""
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


def diagnostics(
    file: Annotated[
        Path | None, typer.Argument(help="Where to; here, with the day in its name, where left out.")
    ] = None,
    json: Json = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the training self-test.")] = False,
) -> None:
    """Write a zip for somebody who helps. Findings, versions, states, logs; no texts, names or secrets of yours."""
    with workspace() as ws:
        files = papers.gather(ws, self_test=not quick)
    written = papers.write(files, (file or Path(papers.suggested_name())).expanduser().absolute())
    answer(
        {"path": str(written), "files": list(files)},
        f"Wrote {written}. Read it before you give it away; nothing was sent.",
        json,
    )
