"""Sweeps: one thing varied over several runs, which wait for one another in the queue and share one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from curator.core.errors import CuratorError, DatasetError, JobError
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.core.settings import TrainSettings, rate_words
from curator.core.snapshot import Split
from curator.datasets.frozen import read_frozen
from curator.services import datasets, training
from curator.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Member:
    """One run of a sweep to be: what it trains, and what tells it from the others."""

    variant: str
    snapshot: int
    model: str
    settings: TrainSettings


def over_models(
    ws: Workspace,
    rows_from: int,
    models: Sequence[str],
    settings: TrainSettings | None = None,
    name: str = "",
    runtime: str = "",
    preset: str = "",
    report_to: Sequence[str] = (),
) -> list[Run]:
    """Train the rows of snapshot `rows_from` on each of these base models. Another model means a snapshot of its own,
    frozen from the same rows and splits, since every tokenizer counts differently. Raises CuratorError before anything
    is started."""
    _refuse_less_than_two(models, "base model")
    title = ws.library.snapshot(rows_from).name
    members = []
    for model in models:
        base = ws.shelf.get(model)
        if not base.is_ready:
            raise JobError(f"“{base.title}” is not ready to be trained.", base.problem)
        frozen = datasets.refreeze(ws, rows_from, base.name)
        members.append(_Member(base.title, frozen.id, base.name, settings or TrainSettings()))
    return _start(ws, members, name or f"{title} · base models", runtime, preset, report_to)


def over_rates(
    ws: Workspace,
    snapshot_id: int,
    model: str,
    settings: TrainSettings,
    rates: Sequence[float],
    name: str = "",
    runtime: str = "",
    preset: str = "",
    report_to: Sequence[str] = (),
) -> list[Run]:
    """Train one snapshot at each of these learning rates, in ascending order."""
    _refuse_less_than_two(rates, "learning rate")
    title = ws.library.snapshot(snapshot_id).name
    members = [
        _Member(f"rate {rate_words(rate)}", snapshot_id, model, replace(settings, learning_rate=rate))
        for rate in sorted(rates)
    ]
    return _start(ws, members, name or f"{title} · learning rates", runtime, preset, report_to)


def over_seeds(
    ws: Workspace,
    snapshot_id: int,
    model: str,
    settings: TrainSettings,
    seeds: Sequence[int],
    name: str = "",
    runtime: str = "",
    preset: str = "",
    report_to: Sequence[str] = (),
) -> list[Run]:
    """Train one snapshot with each of these seeds: how much of a difference is chance."""
    _refuse_less_than_two(seeds, "seed")
    title = ws.library.snapshot(snapshot_id).name
    members = [_Member(f"seed {seed}", snapshot_id, model, replace(settings, seed=seed)) for seed in seeds]
    return _start(ws, members, name or f"{title} · seeds", runtime, preset, report_to)


def without_rows(
    ws: Workspace,
    snapshot_id: int,
    model: str,
    settings: TrainSettings,
    rows: Sequence[int],
    name: str = "",
    runtime: str = "",
    preset: str = "",
    report_to: Sequence[str] = (),
) -> list[Run]:
    """Train a snapshot as it is, and once more without these of its rows. Rows held out for validation stay there, so
    that both are checked on the same ones. Raises DatasetError where none of the rows is trained."""
    frozen = ws.library.snapshot(snapshot_id)
    trained = {one.row.id for one in read_frozen(Path(frozen.path)) if one.split is Split.TRAIN}
    gone = trained.intersection(rows)
    if not gone:
        raise DatasetError(
            "None of these rows is trained in this snapshot.", "Rows held out for validation only check the others."
        )
    count = f"{len(gone):,} {'row' if len(gone) == 1 else 'rows'}"
    less = datasets.refreeze(ws, snapshot_id, model, frozenset(gone), f"{frozen.name} without {count}")
    members = [
        _Member("all rows", snapshot_id, model, settings),
        _Member(f"without {count}", less.id, model, settings),
    ]
    return _start(ws, members, name or f"{frozen.name} · rows left out", runtime, preset, report_to)


def picture(ws: Workspace, sweep: str) -> list[tuple[str, RunProgress, Run]]:
    """(variant, progress, run) of every run of a sweep outside the trash, in the order of asking."""
    return [(run.variant, training.progress(ws, run.id), run) for run in _members(ws, sweep)]


def names(ws: Workspace) -> list[str]:
    """The sweeps there are, newest first."""
    return list(dict.fromkeys(run.sweep for run in training.runs(ws) if run.sweep))


def _start(
    ws: Workspace, members: Sequence[_Member], name: str, runtime: str, preset: str, report_to: Sequence[str]
) -> list[Run]:
    """Ask for all of them. One that cannot begin is failed with its sentence, as in the queue, and keeps no other from
    its place; raised is only what no record can say: that none could begin, or that one did not even come to be."""
    sweep = _free_name(ws, name.strip())
    refused: list[CuratorError] = []
    for member in members:
        try:
            training.train(
                ws,
                member.snapshot,
                member.model,
                member.settings,
                preset,
                name=f"{sweep} · {member.variant}",
                runtime=runtime,
                sweep=sweep,
                variant=member.variant,
                report_to=report_to,
            )
        except CuratorError as error:
            refused.append(error)
    runs = _members(ws, sweep)
    if refused and (len(refused) == len(members) or len(runs) < len(members)):
        raise refused[0]
    return runs


def _members(ws: Workspace, sweep: str) -> list[Run]:
    return sorted((run for run in training.runs(ws) if run.sweep == sweep), key=lambda run: run.id)


def _free_name(ws: Workspace, wanted: str) -> str:
    """Two sweeps of one name would make one picture."""
    taken = {run.sweep for run in ws.library.runs()}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} {number}", number + 1
    return name


def _refuse_less_than_two(values: Sequence[object], noun: str) -> None:
    if len(set(values)) < len(values):
        raise JobError(f"One {noun} is there twice.", "Name each once.")
    if len(values) < 2:
        raise JobError(f"There is only one {noun} to compare.", f"Choose at least two {noun}s.")
