"""`curator models` and `curator generate`: base models on this computer, and what they answer."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from curator.cli.importing import Json
from curator.cli.output import answer, emit, tell
from curator.cli.session import workspace
from curator.core.model import STARTER
from curator.services import answering
from curator.services import models as shelf

app = typer.Typer(help="Base models on this computer.", invoke_without_command=True)


@app.callback()
def list_(ctx: typer.Context, json: Json = False) -> None:
    """List the base models; “starter” always names the embedded one."""
    if ctx.invoked_subcommand:
        return
    with workspace() as ws:
        for model in shelf.models(ws):
            if json:
                emit(asdict(model))
            else:
                typer.echo(f"{model.name:<24} {model.title}{'' if model.is_ready else f'  ({model.problem})'}")


@app.command("add")
def add(
    source: Annotated[str, typer.Argument(metavar="PATH|HUB_ID", help="A model folder, or its name on the hub.")],
) -> None:
    """Add a model folder, or one from the hub, or the starter."""
    with workspace() as ws:
        if source == STARTER:
            shelf.prepare_starter(ws)
        else:
            source = shelf.add(ws, source).name
    tell("The starter model is ready." if source == STARTER else f"Added {source}.")


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="The name of an added folder.")]) -> None:
    """Take an added folder from the list; it stays where it is."""
    with workspace() as ws:
        shelf.remove(ws, name)
    tell(f"Removed {name}.")


def generate(
    prompt: Annotated[str, typer.Option(help="What to ask.")],
    model: Annotated[str, typer.Option(help="A base model.")] = STARTER,
    run: Annotated[int | None, typer.Option(help="The run whose adapter answers; without it the base answers.")] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="At most so many tokens.")] = 128,
    json: Json = False,
) -> None:
    """Let a base model, or a run's adapter on it, answer a prompt."""
    with workspace() as ws:
        if model == STARTER:
            shelf.prepare_starter(ws)
        words = answering.answer(ws, model, prompt, run=run, max_tokens=max_tokens)
    answer({"model": model, "run": run, "prompt": prompt, "answer": words}, words, json)
