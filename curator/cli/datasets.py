"""`curator budget` and `curator freeze`: what training will see, and the snapshot it is made from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from curator.cli.importing import Json
from curator.cli.output import answer, emit, tell
from curator.cli.session import workspace
from curator.core.model import STARTER
from curator.services import budgets
from curator.services import datasets as snapshots
from curator.services import models as shelf

Model = Annotated[str, typer.Option(help="The base model whose own tokenizer and template count.")]
MaxTokens = Annotated[int, typer.Option(min=8, help="The run's maximum, in tokens a row.")]


def budget(model: Model = STARTER, max_tokens: MaxTokens = 2048, json: Json = False) -> None:
    """Count every clean row as training will see it. What is over budget is said here, never cut."""
    with workspace() as ws:
        if model == STARTER:
            shelf.prepare_starter(ws)
        rows = budgets.row_budgets(ws, model, max_tokens)
        total = budgets.summary(ws, model, max_tokens)
    if json:
        for row in rows:
            usage = row.usage
            figures = {"prompt_tokens": usage.prompt, "response_tokens": usage.response, "total": usage.total}
            emit(
                {
                    "row": row.row,
                    **figures,
                    "verdict": row.verdict,
                    **({"reason": usage.refusal} if usage.refusal else {}),
                }
            )
        emit({"summary": asdict(total)})
        return
    for row in rows:
        typer.echo(
            f"{row.row:>6}  {row.usage.prompt:>6} + {row.usage.response:>6} = {row.usage.total:>6}  {row.verdict}"
        )
    typer.echo(
        f"{total.rows:,} row{'s' * (total.rows != 1)}, {total.tokens:,} tokens, "
        f"longest {total.longest:,} of {total.limit:,}, {total.over:,} over budget"
        + (f", {total.refused:,} cannot be trained." if total.refused else ".")
    )


def freeze(
    model: Model = STARTER,
    max_tokens: MaxTokens = 2048,
    name: Annotated[str, typer.Option(help="A name for people; the digest names it for good.")] = "",
    weight: Annotated[
        list[str] | None, typer.Option(help="TAG=2: rows with this tag count twice as much as others.")
    ] = None,
    without: Annotated[list[int] | None, typer.Option(help="A row to leave out.")] = None,
    json: Json = False,
) -> None:
    """Freeze the clean rows into a snapshot with splits by session."""
    with workspace() as ws:
        if model == STARTER:
            shelf.prepare_starter(ws)
        weights = dict(_weight(words) for words in weight or ())
        snapshot = snapshots.freeze(ws, model, max_tokens, name, weights, frozenset(without or ()))
    value = {
        "snapshot": snapshot.id,
        "digest": snapshot.digest,
        "train": snapshot.train,
        "valid": snapshot.valid,
        "test": snapshot.test,
        "tokens": snapshot.tokens,
        "left_out": [asdict(row) for row in snapshot.left_out],
    }
    for row in snapshot.left_out:
        tell(f"Row {row.row} is left out: {row.reason}")
    words = (
        f"Snapshot {snapshot.id}: {snapshot.train} rows to train, {snapshot.valid} to validate, "
        f"{snapshot.test} to test, {snapshot.tokens:,} tokens."
    )
    answer(value, words, json)


def _weight(words: str) -> tuple[str, float]:
    tag, _, value = words.rpartition("=")
    try:
        return tag.strip(), float(value)
    except ValueError as error:
        raise typer.BadParameter(f"“{words}” is no weight; write TAG=2") from error
