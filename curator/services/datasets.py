"""Datasets: what the clean rows would become, and the snapshots they became."""

from __future__ import annotations

import shutil
from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from pathlib import Path

from curator.core.budget import RowBudget
from curator.core.changes import Changes
from curator.core.errors import DatasetError, NotFoundError
from curator.core.row import Row
from curator.core.settings import TrainSettings
from curator.core.snapshot import LeftOut, Snapshot, Split
from curator.datasets.freeze import freeze as write_snapshot
from curator.datasets.freeze import select
from curator.datasets.frozen import read_frozen
from curator.datasets.manifest import changed_rows
from curator.datasets.splits import LEAST_ROWS
from curator.models.estimate import memory_gb, seconds
from curator.screening import screen_text
from curator.services import budgets
from curator.services.lengths import lengths_now, lengths_of
from curator.services.workspace import Workspace

BARS = 40
MAX_WEIGHT = 100.0
_HIDING = frozenset({"secret", "personal_data"})


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the histogram of lengths: rows with `low` < total ≤ `high` tokens."""

    low: int
    high: int
    rows: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class FreezePreview:
    """What a freeze would make of the clean rows now. `splits` and `budgets` are by row id and in the rows' order."""

    rows: int
    train: int
    valid: int
    test: int
    tokens: int
    left_out: tuple[LeftOut, ...]
    splits: Mapping[int, Split]  # rows that are left out are not in it
    budgets: tuple[RowBudget, ...]
    longest: int
    median: int
    bars: tuple[Bar, ...]
    is_by_session: bool
    notes: tuple[str, ...]
    contradictions: tuple[tuple[int, ...], ...]  # rows with one prompt and different responses
    secrets: tuple[int, ...]
    personal: tuple[int, ...]
    changed: int  # rows added, edited or taken away since the newest snapshot
    model: str
    is_estimate: bool
    problem: str  # why it cannot be frozen, in a sentence; empty when it can


def freeze(
    ws: Workspace,
    model: str,
    max_tokens: int,
    name: str = "",
    tag_weights: Mapping[str, float] | None = None,
    without: frozenset[int] = frozenset(),
) -> Snapshot:
    """Freeze the clean rows that fit into a snapshot, except those of `without`. `tag_weights` say how much more than
    others (1.0) the rows with a tag count in training; a row with several such tags counts for their product.

    What was frozen before, with nothing changed since, is found and not made twice, unless it is given another name.
    Raises DatasetError or ModelError with a sentence.
    """
    rows = ws.library.rows()
    weights = _weights(rows, tag_weights or {})
    usages = budgets.usages_of(ws, model, rows)
    title = name.strip() or f"Snapshot {len(ws.library.snapshots()) + 1}"
    folder = ws.library.folder / "snapshots"
    snapshot, frozen = write_snapshot(
        rows, usages, folder, model=model, max_tokens=max_tokens, name=title, without=without, weights=weights
    )
    for known in ws.library.snapshots():
        if _is_same(known, snapshot) and name.strip() in ("", known.name):
            shutil.rmtree(snapshot.path, ignore_errors=True)
            return known
    kept = ws.library.add_snapshot(snapshot, frozen)
    ws.publish(Changes(snapshots=frozenset({kept.id}), words=f"Freeze {kept.name}"))
    return kept


def _is_same(known: Snapshot, other: Snapshot) -> bool:
    """Whether two snapshots hold the same rows for the same model, and left the same ones out."""
    return all(getattr(known, name) == getattr(other, name) for name in ("digest", "model", "max_tokens", "left_out"))


def refreeze(
    ws: Workspace, snapshot_id: int, model: str = "", without: frozenset[int] = frozenset(), name: str = ""
) -> Snapshot:
    """The rows of a snapshot as they were frozen, in the same splits and with the same weights, frozen again for
    another base model, or with the rows of `without` not trained. Rows held out stay held out, so that both are
    checked on the same rows. The maximum grows where the other model needs more tokens for the longest row.

    A snapshot that is the same in all this is found and not made twice. Raises DatasetError or ModelError.
    """
    old = ws.library.snapshot(snapshot_id)
    model = model or old.model
    frozen = [one for one in read_frozen(Path(old.path)) if one.row.id not in without or one.split is not Split.TRAIN]
    counter = ws.counter(model)
    usages = {one.row.id: counter.usage(one.row.prompt, one.row.response, one.row.system) for one in frozen}
    longest = max((usage.total for usage in usages.values() if not usage.refusal), default=0)
    snapshot, rows = write_snapshot(
        [one.row for one in frozen],
        usages,
        ws.library.folder / "snapshots",
        model=model,
        max_tokens=max(old.max_tokens, longest),
        name=name.strip() or f"{old.name} · {model}",
        splits={one.row.id: one.split for one in frozen},
        weights={one.row.id: one.weight for one in frozen},
    )
    for known in ws.library.snapshots():
        if (known.digest, known.model) == (snapshot.digest, model) and known.max_tokens >= snapshot.max_tokens:
            shutil.rmtree(snapshot.path, ignore_errors=True)
            return known
    kept = ws.library.add_snapshot(snapshot, rows)
    ws.publish(Changes(snapshots=frozenset({kept.id}), words=f"Freeze {kept.name}"))
    return kept


def snapshots(ws: Workspace) -> list[Snapshot]:
    """All snapshots, newest first."""
    return ws.library.snapshots()


def snapshot(ws: Workspace, id: int) -> Snapshot:
    """One snapshot. Raises NotFoundError."""
    return ws.library.snapshot(id)


def preview_freeze(ws: Workspace, model: str | None, max_tokens: int) -> FreezePreview:
    """What freezing now would do, without writing anything; counts what is not counted yet. Not for the window's
    thread: it reads and screens every clean row."""
    rows = ws.library.rows()
    usages = budgets.usages_of(ws, model, rows)
    counter = ws.counter(model or None)
    selection = select(rows, usages, max_tokens)
    plan = selection.plan
    totals = sorted(usages[row.id].total for row in rows)
    hits = {row.id: {hit.name for hit in screen_text(row.prompt, row.response)} & _HIDING for row in rows}
    return FreezePreview(
        rows=len(rows),
        train=plan.count(Split.TRAIN),
        valid=plan.count(Split.VALID),
        test=plan.count(Split.TEST),
        tokens=sum(usages[row.id].total for row in selection.rows),
        left_out=selection.left_out,
        splits={row.id: split for row, split in zip(selection.rows, plan.splits, strict=True)},
        budgets=tuple(RowBudget(row.id, usages[row.id], usages[row.id].verdict(max_tokens)) for row in rows),
        longest=totals[-1] if totals else 0,
        median=totals[len(totals) // 2] if totals else 0,
        bars=histogram(totals, max_tokens),
        is_by_session=plan.is_by_session,
        notes=plan.notes,
        contradictions=_contradictions(rows),
        secrets=tuple(id for id, names in hits.items() if "secret" in names),
        personal=tuple(id for id, names in hits.items() if "personal_data" in names),
        changed=_changed_since(ws, rows),
        model=counter.name,
        is_estimate=counter.is_estimate,
        problem=_problem(len(selection.rows), len(rows)),
    )


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """What a run would cost. `seconds` is None until a run of this model has been measured on this computer,
    `memory_gb` (10⁹ bytes) when the model's shape is unknown."""

    seconds: float | None
    memory_gb: float | None


def estimate_run(
    ws: Workspace,
    model: str,
    settings: TrainSettings,
    *,
    tokens: int,
    rows: int,
    longest: int,
    snapshot_id: int | None = None,
) -> RunEstimate:
    """Time and memory of training `rows` rows of together `tokens` tokens. Memory is reckoned by the rows of a snapshot
    or, without one, by the clean rows as they are now, as before a run (`preflight`); `longest` counts where no row
    has been counted with this model yet. Raises NotFoundError, or DatasetError for a damaged snapshot."""
    base = ws.shelf.get(model)
    lengths = lengths_now(ws, model, settings) if snapshot_id is None else lengths_of(ws, snapshot_id)
    return RunEstimate(
        seconds(base, settings, tokens, rows=rows, tokens_per_second=_measured_speed(ws, model)),
        memory_gb(base, lengths.bound(settings), lengths.longest or longest, lengths.response_share),
    )


def histogram(totals: Sequence[int], limit: int) -> tuple[Bar, ...]:
    """Lengths in at most 41 bars of one width; where the limit is no multiple of it, it cuts one bar in two."""
    if not totals:
        return ()
    longest = max(max(totals), limit)
    width = max(1, limit // 32)
    while -(-longest // width) > BARS:
        width *= 2
    edges = sorted({*range(0, longest + width, width), limit})
    tally = Tally(bisect_left(edges, max(1, total)) for total in totals)
    return tuple(
        Bar(low, high, tally[place], low >= limit) for place, (low, high) in enumerate(pairwise(edges), start=1)
    )


def _weights(rows: Sequence[Row], tag_weights: Mapping[str, float]) -> dict[int, float]:
    """The weight of every row by its id. Raises DatasetError for a weight that is none, or a tag that no row has."""
    worn = {tag for row in rows for tag in row.tags}
    for tag, weight in tag_weights.items():
        if not 0.0 < weight <= MAX_WEIGHT:
            raise DatasetError(
                f"The weight of “{tag}” is {weight:g}.", f"Choose one above 0 and up to {MAX_WEIGHT:g}; 1 is usual."
            )
        if tag not in worn:
            raise DatasetError(f"No clean row has the tag “{tag}”.", "Look at the tags of your rows.")
    return {row.id: prod(tag_weights.get(tag, 1.0) for tag in row.tags) for row in rows}


def _contradictions(rows: Sequence[Row]) -> tuple[tuple[int, ...], ...]:
    """Rows whose prompts are the same but for case and spacing, and whose responses are not."""
    by_prompt: dict[str, list[Row]] = {}
    for row in rows:
        by_prompt.setdefault(" ".join(f"{row.system}\n{row.prompt}".casefold().split()), []).append(row)
    return tuple(
        tuple(row.id for row in same)
        for same in by_prompt.values()
        if len({" ".join(row.response.split()) for row in same}) > 1
    )


def _changed_since(ws: Workspace, rows: Sequence[Row]) -> int:
    """Rows that differ from the newest snapshot; all of them while there is none."""
    newest = next(iter(ws.library.snapshots()), None)
    changed = changed_rows(Path(newest.path), rows) if newest is not None else None
    return len(rows) if changed is None else len(changed)


def _problem(fitting: int, rows: int) -> str:
    if fitting >= LEAST_ROWS:
        return ""
    if not rows:
        return f"No row is clean yet. At least {LEAST_ROWS} are needed to train."
    missing = LEAST_ROWS - fitting
    more = "1 more row is" if missing == 1 else f"{missing} more rows are"
    return f"{fitting} of {rows} {'row' if rows == 1 else 'rows'} can be trained; {more} needed."


def _measured_speed(ws: Workspace, model: str) -> float | None:
    """Tokens a second of the newest finished run of this model, its checks included."""
    for run in ws.library.runs():
        if run.model == model and run.seconds > 0 and run.passes > 0:
            try:
                frozen = ws.library.snapshot(run.snapshot)
            except NotFoundError:
                continue
            rows = frozen.train + frozen.valid + frozen.test
            if rows and frozen.train:
                return frozen.tokens * frozen.train / rows * run.passes / run.seconds
    return None
