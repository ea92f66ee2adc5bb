"""`curator sessions`, `exchanges`, `show` and `rows`: look without a window."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from curator.cli.importing import Json
from curator.cli.output import emit, on_line, shown, tell
from curator.cli.session import workspace
from curator.core.dropped import Dropped, dropped_of
from curator.core.errors import NotFoundError
from curator.core.exchange import EventKind
from curator.core.query import Card, ExchangeQuery, ExchangeView, Order
from curator.core.row import State
from curator.core.signal import SIGNALS
from curator.services import browsing, budgets, curation

PAGE = 512
EMPTY = "The library holds nothing yet. Bring transcripts in with: curator import PATH"
NOTHING_LIKE_IT = "No exchange is like that."
NOTHING_TO_REVIEW = "Nothing is to be reviewed here. See agents' own sessions and repeats with: curator exchanges --all"


def sessions(
    all: Annotated[bool, typer.Option("--all", help="Also those that only repeat another one.")] = False,
    json: Json = False,
) -> None:
    """List the sessions of the library, newest first."""
    with workspace() as ws:
        known = browsing.sessions(ws, copies=all)
        if not known and not json:
            tell(EMPTY)
        for session in known:
            if json:
                emit(asdict(session))
            else:
                typer.echo(
                    f"{session.id:>6}  {session.exchanges:>5} exchanges  "
                    f"{session.format:<16} {on_line(session.title or session.path)}"
                )


def exchanges(
    query: Annotated[str, typer.Option(help="Words that prompt or response must hold.")] = "",
    state: Annotated[State | None, typer.Option(help="Only exchanges in this state.")] = None,
    session: Annotated[int, typer.Option(help="Only exchanges of this session.")] = 0,
    signal: Annotated[str, typer.Option(help="Only exchanges with this signal.")] = "",
    all: Annotated[bool, typer.Option("--all", help="Also subagents, abandoned branches and duplicates.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="At most so many.")] = 0,
    json: Json = False,
) -> None:
    """List exchanges, oldest first. Without filters, all that a person reviews."""
    if signal and signal not in SIGNALS:
        raise NotFoundError(f"There is no signal “{signal}”.", f"The signals are: {', '.join(SIGNALS)}.")
    asked = ExchangeQuery(
        text=query,
        states=frozenset({state}) if state else frozenset(),
        session=session,
        signal=signal,
        everything=all,
        order=Order.OLDEST,
        limit=limit,
    )
    with workspace() as ws:
        ids = browsing.exchange_ids(ws, asked)
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            if not json:
                for card in browsing.cards(ws, page):
                    typer.echo(_line(card))
                continue
            tokens = budgets.tokens_of(ws, page)
            for card, (prompt, response) in zip(browsing.cards(ws, page), browsing.texts(ws, page), strict=True):
                emit(_card(card, prompt, response, tokens[card.id]))
        if not len(ids) and not json:
            holds_any = len(browsing.exchange_ids(ws, ExchangeQuery(everything=True, limit=1)))
            is_narrowed = bool(query or state or session or signal)
            tell(EMPTY if not holds_any else NOTHING_LIKE_IT if is_narrowed else NOTHING_TO_REVIEW)


def _line(card: Card) -> str:
    marks = {State.CLEAN: "✓", State.REJECTED: "✕", State.LATER: "◷", State.UNREVIEWED: "○"}
    return f"{card.id:>6} {marks[card.state]} {on_line(card.prompt)[:70]:<70} {' '.join(card.signals)}"


def _card(card: Card, prompt: str, response: str, tokens: int) -> dict[str, Any]:
    return {
        "id": card.id,
        "session": card.session,
        "ordinal": card.ordinal,
        "format": card.format,
        "prompt": prompt,
        "response": response,
        "state": card.state,
        "signals": list(card.signals),
        "score": card.score,
        "tokens": tokens,
    }


def show(id: Annotated[int, typer.Argument(help="The exchange's id.")], json: Json = False) -> None:
    """Show one exchange whole. Its events say where each came from."""
    with workspace() as ws:
        view = browsing.exchange(ws, id)
    if json:
        emit(_whole(view))
        return
    typer.echo(
        f"{on_line(view.title or view.project)} · {view.format} · {on_line(view.path)}"
        f"{' (source gone)' if view.source_is_gone else ''},"
        f" lines {view.first_line}–{view.last_line}\n"
    )
    typer.echo(f"You\n{shown(view.prompt)}\n")
    for step in view.steps:
        if step.kind is not EventKind.META:
            first = step.text.partition("\n")[0]
            typer.echo(f"  [{step.kind}] {on_line(step.name)} {on_line(first)}"[:120])
    typer.echo(f"\nAnswer\n{shown(view.response) or '(none)'}")
    left_out = dropped_of(view.steps)
    if left_out:
        typer.echo(f"\nLeft out, of {on_line(view.path)}")
    for one in left_out:
        typer.echo(f"  {_where(one):<14} {one.words}: {on_line(one.text)}"[:160])
    if view.revision:
        rows = f"{shown(view.row_prompt)}\n\n{shown(view.row_response)}"
        typer.echo(f"\nRow, edited {view.revision} times\n{rows}")


def _where(one: Dropped) -> str:
    return f"line {one.line}" if one.count == 1 else f"lines {one.line}–{one.last_line}"


def _whole(view: ExchangeView) -> dict[str, Any]:
    whole = {
        name: getattr(view, name)
        for name in ExchangeView.__dataclass_fields__
        if name not in ("steps", "signals", "row_signals")
    }
    whole["checks"] = sorted(view.checks)
    whole["signals"] = [asdict(hit) for hit in view.signals]
    whole["row_signals"] = [asdict(hit) for hit in view.present_signals]
    whole["events"] = [
        {
            "kind": step.kind,
            "name": step.name,
            "text": step.text,
            "characters": step.length or len(step.text),
            "time": step.timestamp,
            "flags": sorted(step.flags),
            "path": view.path,
            "line": step.line,
        }
        for step in view.steps
    ]
    whole["dropped"] = [{**asdict(one), "words": one.words, "path": view.path} for one in dropped_of(view.steps)]
    return whole


def rows(json: Json = False) -> None:
    """List the clean rows: what a snapshot would freeze."""
    with workspace() as ws:
        model, limit = budgets.chosen_model(ws), budgets.limit(ws)
        verdicts = {budget.row: budget for budget in budgets.row_budgets(ws, model, limit)}
        clean = curation.rows(ws)
        if not clean and not json:
            tell("No row is clean yet. Decide with: curator mark ID clean")
        for row in clean:
            budget = verdicts.get(row.id)
            if json:
                emit(
                    {
                        "id": row.id,
                        "session": row.session,
                        "prompt": row.prompt,
                        "response": row.response,
                        "revision": row.revision,
                        "tags": list(row.tags),
                        "tokens": budget.usage.total if budget else None,
                        "budget": budget.verdict if budget else None,
                    }
                )
            else:
                tokens = f"{budget.usage.total:>6}" if budget else "     ?"
                typer.echo(f"{row.id:>6} {tokens} tokens  {on_line(row.prompt)[:80]}")
