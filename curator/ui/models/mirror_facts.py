"""What is known about a run without asking its model anything: how far validation fell, and on what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from curator.core.job import JobState
from curator.core.model import BaseModel
from curator.core.run import Run
from curator.core.snapshot import Snapshot
from curator.services import datasets, models, training
from curator.ui.models.amounts import count_words, rows_words

if TYPE_CHECKING:
    from curator.services.workspace import Workspace

_KEPT = frozenset({JobState.DONE, JobState.STOPPED, JobState.INTERRUPTED})


@dataclass(frozen=True, slots=True)
class MirrorFacts:
    """Runs that left a tuned model behind, newest first, with what they were trained from."""

    runs: tuple[Run, ...]
    snapshots: dict[int, Snapshot]
    models: dict[str, BaseModel]
    learning: str = ""  # the run that is still at work, or waits for its turn

    def run(self, key: str) -> Run | None:
        """A run by the key of its option."""
        return next((r for r in self.runs if str(r.id) == key), None)

    def title(self, run: Run) -> str:
        """The base model of a run in words."""
        base = self.models.get(run.model)
        return base.title or base.name if base else run.model

    def detail(self, run: Run) -> str:
        """The second line of a run."""
        return f"{self.title(run)} · {count_words(run.passes)} · {rows_words(run.rows)}"

    def held_out(self, run: Run) -> int:
        """Rows its training never saw; 0 when its snapshot is gone."""
        snapshot = self.snapshots.get(run.snapshot)
        return snapshot.valid if snapshot else 0


def read_mirror(ws: Workspace) -> MirrorFacts:
    """Read the runs worth looking at. For a reader thread."""
    training.refresh(ws)
    known = training.runs(ws)
    kept = [r for r in known if r.state in _KEPT and (r.best_loss is not None or r.passes > 0)]
    return MirrorFacts(
        runs=tuple(sorted(kept, key=lambda r: r.id, reverse=True)),
        snapshots={s.id: s for s in datasets.snapshots(ws)},
        models={m.name: m for m in models.models(ws)},
        learning=next((r.name for r in known if not r.state.is_over), ""),
    )


def verdict(run: Run, held_out: int) -> tuple[str, str]:
    """One sentence about what the losses say, and one about what they cannot say."""
    first, best = run.first_loss, run.best_loss
    if first is None or best is None or first <= 0:
        return "Nothing was measured in this run.", "It held no rows out, or ended before the first measure."
    share = (first - best) / first
    rows = f"the {rows_words(held_out)} it never saw" if held_out else "the rows it never saw"
    if share < 0.02:
        says = "It has learned next to nothing."
    elif share < 0.15:
        says = "It has begun to learn your rows."
    else:
        says = "It has learned from your rows."
    surprise = f"{100 * abs(share):.0f} % {'less' if share >= 0 else 'more'} surprise"
    detail = f"Validation went from {first:.2f} to {best:.2f} on {rows}: {surprise}."
    if held_out and held_out < 9:
        few = "1 row is too few to tell" if held_out == 1 else f"{rows_words(held_out)} are few"
        detail += f" {few}: take the figure as a hint."
    return says, detail
