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
from curator.services import budgets, care, datasets, models, preflight, queue, reports, runtimes, sweeps, training
from curator.ui.models.amounts import passes_words, runs_words
from curator.ui.models.run_health import Health, health
from curator.ui.models.run_words import run_facts
from curator.ui.models.sweep import SweepPicture, picture_of
from curator.ui.models.train_facts import TrainFacts, TrainRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from curator.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RunsNow:
    """All runs, and the progress of those that move or are looked at. `trashed` runs are apart; `waiting` are the ids
    of the queue, the next one first; `strain` is what the computer suffers from, in sentences; `picture` is the sweep
    of the run that is looked at, `smaller` what would need less memory where it failed for want of it, `judged` how it
    does."""

    runs: tuple[Run, ...]
    progress: dict[int, RunProgress]
    trashed: tuple[Run, ...] = ()
    waiting: tuple[int, ...] = ()
    is_held: bool = False
    strain: tuple[str, ...] = ()
    picture: SweepPicture | None = None
    smaller: TrainSettings | None = None
    judged: tuple[RunProgress, Health] | None = None  # of the run that is looked at

    def health(self, run: Run) -> Health:
        """How a run is doing, judged beside the window where it was read: it takes 30 ms after some thousand steps."""
        progress = self.progress.get(run.id, RunProgress())
        if self.judged is not None and self.judged[0] is progress:
            return self.judged[1]
        waits = run.state is JobState.QUEUED and progress.state is JobState.QUEUED
        return health(progress, run.settings, run.rows, self.ahead(run.id) if waits else -1, self.is_held)

    @property
    def live(self) -> Run | None:
        """The run that goes on: the one started last, if there should be two."""
        going = (r for r in self.runs if not r.state.is_over and r.state is not JobState.QUEUED)
        return max(going, key=lambda r: r.id, default=None)

    def run(self, id: int) -> Run | None:
        """A run by its id, also one in the trash."""
        return next((r for r in (*self.runs, *self.trashed) if r.id == id), None)

    def looked_at(self, shown: int) -> Run | None:
        """The run that is looked at: the chosen one, else the one that goes on, else the newest that has begun."""
        begun = (r for r in self.runs if r.state is not JobState.QUEUED)
        newest = max(begun, key=lambda r: r.id, default=None) or max(self.runs, key=lambda r: r.id, default=None)
        return self.run(shown) or self.live or newest

    def is_busy(self, runtime: str) -> bool:
        """Whether a run is at work where the next one would be."""
        return any(r.state in queue.AT_WORK and r.runtime == runtime for r in self.runs)

    def ahead(self, run: int) -> int:
        """How many runs wait before this one, -1 when it does not wait."""
        return self.waiting.index(run) if run in self.waiting else -1

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
        live, waiting = self.live, len(self.waiting)
        line = [f"{waiting:,} {'waits' if waiting == 1 else 'wait'}"] if waiting else []
        if live is not None:
            facts = run_facts(self.progress.get(live.id, RunProgress()))
            return [*facts[:-1], *line, *(self.strain or facts[-1:])]
        if not self.runs:
            return ["Nothing is training"]
        newest = max(self.runs, key=lambda r: r.id)
        count = f"{runs_words(len(self.runs))} kept"
        facts = ["Nothing is training", *line, count]
        if newest.state in (JobState.FAILED, JobState.INTERRUPTED):
            facts.insert(1, f"last run stopped at pass {passes_words(newest.passes)}")
        return facts


def read_runs(ws: Workspace, shown: int, compared: Collection[int] = ()) -> RunsNow:
    """Bring unfinished runs up to date and tell of all; `shown` 0 takes the one that goes on, or the newest.
    `compared` are runs whose losses are wanted as well."""
    training.refresh(ws)
    runs, trashed = tuple(training.runs(ws)), tuple(training.runs(ws, trashed=True))
    waiting = tuple(run.id for run in queue.in_order(runs))
    strain = tuple(finding.sentence for finding in care.strain())
    now = RunsNow(runs, {}, trashed, waiting, bool(waiting) and queue.is_held(ws), strain)
    wanted = {run.id for run in runs if not run.state.is_over} | {id for id in compared if now.run(id)}
    current = now.looked_at(shown)
    picture, smaller = None, None
    if current is not None:
        wanted.add(current.id)
        if current.state in (JobState.FAILED, JobState.INTERRUPTED):
            smaller = training.smaller(ws, current.id)
        if current.sweep and not current.trashed:
            picture = picture_of(current.sweep, sweeps.picture(ws, current.sweep))
    progress = {run: _progress(ws, run) for run in wanted}
    now = replace(now, progress=progress, picture=picture, smaller=smaller)
    return now if current is None else replace(now, judged=(progress[current.id], now.health(current)))


def _progress(ws: Workspace, run: int) -> RunProgress:
    """What a run has told, and for one that was paused for memory or heat, why, and when it goes on."""
    told = training.progress(ws, run)
    if told.state is not JobState.PAUSED:
        return told
    known = training.run(ws, run)
    return replace(told, message=care.why_paused(known) or told.message, hint=care.turn_of(known) or told.hint)


def read_facts(ws: Workspace, settings: TrainSettings, snapshot: int = 0, runtime: str = "") -> TrainFacts:
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
        places=tuple((spec.name, runtimes.title(spec)) for spec in runtimes.runtimes(ws)),
        usual_place=runtimes.usual(ws),
        findings=tuple(preflight.preflight(ws, chosen, settings, snapshot or None, runtime)),
    )
    if base is None:
        return facts
    rows, trained, tokens = preview.train + facts.held_out, preview.train, preview.tokens
    if taken is not None:
        rows, trained, tokens = taken.train + taken.valid + taken.test, taken.train, taken.tokens
    share = tokens * trained // rows if rows else 0
    longest = min(limit, preview.longest or limit)
    costs = {
        name: datasets.estimate_run(
            ws, chosen, one, tokens=share, rows=trained, longest=longest, snapshot_id=snapshot or None
        )
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


def freeze_for(ws: Workspace, request: TrainRequest, tell: Callable[[str], None]) -> int:
    """The snapshot of a request, frozen now where none was chosen; the base model is made ready before."""
    prepare(ws, request.model, tell)
    if request.snapshot:
        return request.snapshot
    tell("Freezing the rows…")
    return datasets.freeze(ws, request.model, request.settings.max_tokens).id


def start(ws: Workspace, request: TrainRequest, tell: Callable[[str], None]) -> Run:
    """Everything between the press and the run: prepare the base model, freeze the rows, start the job.

    `tell` hears in words what is being done. Raises CuratorError with a sentence.
    """
    reports.refuse_missing(request.report_to, request.runtime)
    snapshot = freeze_for(ws, request, tell)
    tell("Starting…")
    return training.train(
        ws,
        snapshot,
        request.model,
        request.settings,
        request.preset,
        request.name,
        runtime=request.runtime,
        report_to=request.report_to,
    )
