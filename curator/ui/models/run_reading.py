"""What the Runs place asks of the services, in one breath each; every function here belongs on a reader thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import psutil

from curator.core.budget import Verdict
from curator.core.job import JobState
from curator.core.model import STARTER
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.core.settings import PRESETS, TrainSettings
from curator.services import budgets, datasets, models, training
from curator.ui.models.run_words import passes_words, run_facts
from curator.ui.models.train_facts import TrainFacts, TrainRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from curator.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RunsNow:
    """All runs, and the progress of those that move or are looked at."""

    runs: tuple[Run, ...]
    progress: dict[int, RunProgress]

    @property
    def live(self) -> Run | None:
        """The run that goes on: the one started last, if there should be two."""
        return max((r for r in self.runs if not r.state.is_over), key=lambda r: r.id, default=None)

    @property
    def share(self) -> float | None:
        """How much of the run that goes on is done, 0 to 1; None while nothing is trained."""
        run = self.live
        if run is None:
            return None
        progress = self.progress.get(run.id, RunProgress())
        total = progress.total_passes or run.settings.passes
        return min(1.0, progress.passes / total) if total else 0.0

    def status(self) -> list[str]:
        """The status line of the Runs place."""
        live = self.live
        if live is not None:
            return run_facts(self.progress.get(live.id, RunProgress()))
        if not self.runs:
            return ["Nothing is training"]
        newest = max(self.runs, key=lambda r: r.id)
        facts = ["Nothing is training", f"{len(self.runs)} {'run' if len(self.runs) == 1 else 'runs'} kept"]
        if newest.state in (JobState.FAILED, JobState.INTERRUPTED):
            facts.insert(1, f"last run stopped at pass {passes_words(newest.passes)}")
        return facts


def read_runs(ws: Workspace, shown: int) -> RunsNow:
    """Bring unfinished runs up to date and tell of all; `shown` 0 takes the one that goes on, or the newest."""
    training.refresh(ws)
    runs = tuple(training.runs(ws))
    wanted = {run.id for run in runs if not run.state.is_over}
    ids = {run.id for run in runs}
    if shown in ids:
        wanted.add(shown)
    elif not wanted and ids:
        wanted.add(max(ids))
    return RunsNow(runs, {run: training.progress(ws, run) for run in wanted})


def read_facts(ws: Workspace, settings: TrainSettings, snapshot: int = 0) -> TrainFacts:
    """What the Train panel shows before a run with these settings, on a snapshot or (0) on the rows as they are now."""
    known = tuple(models.models(ws))
    chosen = budgets.chosen_model(ws) or STARTER
    base = next((m for m in known if m.name == chosen), None)
    counted = chosen if base is not None and base.is_ready else None
    limit = budgets.limit(ws)
    preview = datasets.preview_freeze(ws, counted, limit)
    frozen = tuple(datasets.snapshots(ws))
    taken = next((s for s in frozen if s.id == snapshot), None)
    verdicts = [budget.verdict for budget in preview.budgets]
    facts = TrainFacts(
        rows=preview.rows,
        trained=preview.train,
        held_out=preview.valid + preview.test,
        over=verdicts.count(Verdict.OVER),
        refused=len(preview.left_out) - verdicts.count(Verdict.OVER),
        tokens=preview.tokens,
        longest=preview.longest,
        limit=limit,
        is_estimate=preview.is_estimate,
        is_by_session=preview.is_by_session,
        model=chosen,
        models=known,
        snapshots=frozen,
        total_gb=psutil.virtual_memory().total / 2**30,
        problem=preview.problem,
    )
    if base is None:
        return facts
    rows, trained, tokens = preview.train + facts.held_out, preview.train, preview.tokens
    if taken is not None:
        rows, trained, tokens = taken.train + taken.valid + taken.test, taken.train, taken.tokens
    share = tokens * trained // rows if rows else 0
    longest = min(limit, preview.longest or limit)
    costs = {
        name: datasets.estimate_run(ws, chosen, one, tokens=share, rows=trained, longest=longest)
        for name, one in (*((p.name, p.settings) for p in PRESETS), ("", settings))
    }
    return replace(
        facts,
        memory_gb=costs[""].memory_gb if trained else None,
        seconds={name: cost.seconds for name, cost in costs.items()},
    )


def prepare(ws: Workspace, model: str, tell: Callable[[str], None]) -> None:
    """Make the starter ready where it is wanted and is not yet, once, about ten seconds."""
    base = next((m for m in models.models(ws) if m.name == model), None)
    if base is not None and not base.is_ready and base.name == STARTER:
        tell("Preparing the base model…")
        models.prepare_starter(ws, lambda done, of: tell(f"Preparing the base model, {done * 100 // max(1, of)} %"))


def start(ws: Workspace, request: TrainRequest, tell: Callable[[str], None]) -> Run:
    """Everything between the press and the run: prepare the base model, freeze the rows, start the job.

    `tell` hears in words what is being done. Raises CuratorError with a sentence.
    """
    prepare(ws, request.model, tell)
    snapshot = request.snapshot
    if not snapshot:
        tell("Freezing the rows…")
        snapshot = datasets.freeze(ws, request.model, request.settings.max_tokens).id
    tell("Starting…")
    return training.train(ws, snapshot, request.model, request.settings, request.preset)
