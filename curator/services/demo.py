"""The whole way on the sample transcripts: what `curator demo` does, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from curator.core.model import STARTER
from curator.core.query import ExchangeQuery, ImportReport
from curator.core.row import State
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.core.snapshot import Snapshot
from curator.services import answering, browsing, curation, datasets, guiding, importing, training
from curator.services import models as shelf
from curator.services.guiding import GOOD_ENOUGH
from curator.services.guiding import QUESTION as QUESTION
from curator.services.workspace import Workspace

MAX_TOKENS = 512


@dataclass(frozen=True, slots=True)
class Answers:
    """One question, and what the base and the tuned model say to it."""

    question: str
    base: str
    tuned: str


def read_samples(ws: Workspace) -> ImportReport:
    """Import the sample transcripts; raises NotFoundError where they were not installed."""
    return importing.import_paths(ws, guiding.sample_files())


def mark_what_passes(ws: Workspace) -> list[int]:
    """Mark every exchange clean that no signal speaks against. A demo may; in the window the person decides."""
    ids = browsing.exchange_ids(ws, ExchangeQuery())
    good = [card.id for card in browsing.cards(ws, ids) if card.score >= GOOD_ENOUGH and card.response]
    curation.mark(ws, good, State.CLEAN)
    return good


def prepare(ws: Workspace) -> None:
    """Make the starter model ready."""
    shelf.prepare_starter(ws)


def freeze(ws: Workspace) -> Snapshot:
    """Freeze the clean rows."""
    return datasets.freeze(ws, STARTER, MAX_TOKENS, "samples")


def start(ws: Workspace, snapshot: Snapshot, iterations: int) -> Run:
    """Start a short run; it trains in a process of its own."""
    settings = TrainSettings(iterations=iterations, learning_rate=3e-4, max_tokens=MAX_TOKENS, evals_per_pass=2.0)
    return training.train(ws, snapshot.id, STARTER, settings, "", "demo")


def losses(ws: Workspace, run_id: int) -> tuple[float, float]:
    """Validation loss before the first update, and the best one after."""
    points = training.progress(ws, run_id).valid
    return points[0].loss, min(point.loss for point in points)


def compare(ws: Workspace, run_id: int, question: str = QUESTION) -> Answers:
    """Ask the base and the tuned model the same thing, each without anything said before."""
    base = answering.answer(ws, STARTER, question, max_tokens=96)
    tuned = answering.answer(ws, STARTER, question, run=run_id, max_tokens=96)
    return Answers(question, base, tuned)
