"""Where a newcomer stands on the way to the first falling curve, and what the samples have to do with it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from curator.core.changes import Changes
from curator.core.errors import NotFoundError
from curator.core.model import STARTER
from curator.core.progress import RunProgress
from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.core.run import Run
from curator.services import browsing, budgets, curation, importing, models, training
from curator.services.workspace import Workspace

QUESTION = "A colleague asks me to add a retry to every call. What do I answer?"
"""What the base and the tuned model are asked on the way with the samples: no row of theirs says it word for word."""
GOOD_ENOUGH = 90  # of 100: no gate, and at most one small remark
_FOLDER = "resources/samples"


@dataclass(frozen=True, slots=True)
class Footing:
    """What is there: exchanges, clean rows, and of the samples how many rows stand among the clean ones (`taken`) and
    how many could (`ready`). `run` is the newest begun after a certain one, with what it has told."""

    total: int = 0
    clean: int = 0
    has_samples: bool = False
    taken: int = 0
    ready: int = 0
    run: Run | None = None
    progress: RunProgress = field(default_factory=RunProgress)
    newest: int = 0  # the id of the newest run of all, 0 without any


def footing(ws: Workspace, after: int) -> Footing:
    """How things stand; `after` is the run that was the newest when the way began."""
    counts = browsing.counts(ws)
    samples = _samples(ws)
    runs = training.runs(ws)
    run = max((r for r in runs if r.id > after), key=lambda r: r.id, default=None)
    return Footing(
        total=counts.total,
        clean=counts.clean,
        has_samples=bool(samples),
        taken=len(_of_state(ws, samples, State.CLEAN)),
        ready=len(_ready(ws, samples)),
        run=run,
        progress=training.progress(ws, run.id) if run is not None else RunProgress(),
        newest=max((r.id for r in runs), default=0),
    )


def sample_files() -> list[Path]:
    """The sample transcripts that come along. Raises NotFoundError where they were not installed."""
    samples = importing.sample_paths()
    if not samples:
        raise NotFoundError("The sample transcripts are missing from this installation.", "Install Curator again.")
    return samples


def make_ready(ws: Workspace, cancel: threading.Event | None = None) -> None:
    """Unpack the base model that comes along, where it is the one to be trained: some ten seconds, once, while the
    person reads what comes next. Raises ModelError or JobError; with `cancel` the unpacking goes on and nobody waits
    for it."""
    if (budgets.chosen_model(ws) or STARTER) == STARTER:
        models.prepare_starter(ws, cancel=cancel)


def name_first(ws: Workspace, run: Run) -> Changes:
    """Call a run of the way's own numbers by what it is; one that has a name of its own keeps it."""
    return Changes() if run.preset else training.rename(ws, run.id, "First quick look")


def mark_samples(ws: Workspace) -> Changes:
    """Mark those samples clean that nobody decided on yet and that nothing speaks against; one act to undo. Exchanges
    of the person's own are never touched."""
    return curation.mark(ws, _ready(ws, _samples(ws)), State.CLEAN)


def set_samples_aside(ws: Workspace) -> Changes:
    """Reject the samples among the clean rows, so that they are not trained with a person's own; one act to undo."""
    return curation.mark(ws, _of_state(ws, _samples(ws), State.CLEAN), State.REJECTED)


def _samples(ws: Workspace) -> list[int]:
    """The sessions that were read from the samples that come along, wherever the program stood at that time."""
    return ws.library.sessions_in(_FOLDER)


def _of_state(ws: Workspace, sessions: list[int], state: State) -> list[int]:
    states = frozenset({state})
    return [id for one in sessions for id in browsing.exchange_ids(ws, ExchangeQuery(session=one, states=states))]


def _ready(ws: Workspace, sessions: list[int]) -> list[int]:
    """What is not decided on, has an answer, and no signal that would make a person stop."""
    cards = browsing.cards(ws, _of_state(ws, sessions, State.UNREVIEWED))
    return [card.id for card in cards if card.score >= GOOD_ENOUGH and card.response.strip()]
