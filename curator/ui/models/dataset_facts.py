"""What the Dataset place knows: the rows, what a freeze would make of them, and the sentences about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from curator.core.budget import Verdict
from curator.core.model import STARTER
from curator.core.settings import PRESETS, TrainSettings
from curator.core.snapshot import Snapshot
from curator.services import budgets, curation, datasets, models, settings
from curator.services.datasets import FreezePreview
from curator.ui.models import train_choice
from curator.ui.models.amounts import count_words, rough_duration, rows_words
from curator.ui.models.row_table import RowLine, lines_of
from curator.ui.models.train_facts import passes_of
from curator.ui.setting_keys import TRAIN_KEY

if TYPE_CHECKING:
    from curator.services.workspace import Workspace

STANDARD = next(p for p in PRESETS if p.name == "standard")


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """One reading of the dataset. `recipe` is what the Train panel stands at, by its name, and
    `seconds` what that would take, None while nobody can tell."""

    lines: tuple[RowLine, ...]
    preview: FreezePreview
    snapshots: tuple[Snapshot, ...]
    limit: int
    model: str
    counted_by: str
    seconds: float | None
    recipe: str = STANDARD.title
    training: TrainSettings = STANDARD.settings

    @property
    def passes(self) -> float:
        """How often every trained row would be seen, at most."""
        return passes_of(self.training, self.preview.train) or self.training.passes


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing training would do, said plainly. `rows` are those a press on the button shows."""

    icon: str
    ink: str
    first: str
    rest: str
    button: str = ""
    rows: frozenset[int] = frozenset()


def read_dataset(ws: Workspace) -> DatasetFacts:
    """Read everything the place shows. Counts what is not counted yet: for a reader thread."""
    chosen = budgets.chosen_model(ws)
    known = {model.name: model for model in models.models(ws)}
    base = known.get(chosen or STARTER)
    counted = chosen if base is not None and base.is_ready else None
    limit = budgets.limit(ws)
    preview = datasets.preview_freeze(ws, counted, limit)
    rows = curation.rows(ws)
    _, training = train_choice.parse(settings.get(ws, TRAIN_KEY)) or (STANDARD.name, STANDARD.settings)
    seconds = None
    if base is not None and preview.train:
        whole = preview.train + preview.valid + preview.test
        share = preview.tokens * preview.train // whole
        longest = min(limit, preview.longest)
        cost = datasets.estimate_run(ws, base.name, training, tokens=share, rows=preview.train, longest=longest)
        seconds = cost.seconds
    return DatasetFacts(
        lines=tuple(lines_of(rows, preview.budgets, preview.splits, preview.left_out)),
        preview=preview,
        snapshots=tuple(datasets.snapshots(ws)),
        limit=limit,
        model=chosen or STARTER,
        counted_by=f"counted with {base.title}’s own template" if counted and base is not None else "estimated (≈)",
        seconds=seconds,
        recipe=train_choice.recipe_words(training),
        training=training,
    )


def sentences(facts: DatasetFacts) -> list[Sentence]:
    """What training would do with these rows, the most pressing first."""
    preview = facts.preview
    over = frozenset(b.row for b in preview.budgets if b.verdict is Verdict.OVER)
    other = frozenset(left.row for left in preview.left_out) - over
    said: list[Sentence] = []
    if preview.problem and preview.rows:
        said.append(Sentence("alert", "warn", "Too few rows to train", preview.problem))
    if over:
        said.append(
            Sentence(
                "cut", "bad", f"{rows_words(len(over))} would lose {_their(over)} ending", _until(over), "Show", over
            )
        )
    if other:
        reason = next(left.reason for left in preview.left_out if left.row in other)
        said.append(Sentence("alert", "bad", f"{rows_words(len(other))} cannot be trained", reason, "Show", other))
    if preview.train:
        none = "The last, shorter batch is trained too."
        said.append(
            Sentence(
                "check", "good", f"{rows_words(preview.train)} {_are(preview.train)} trained, none is skipped", none
            )
        )
    held = preview.valid + preview.test
    if held:
        how = "Whole sessions, so none leaks." if preview.is_by_session else "One by one: all come from one session."
        ids = frozenset(id for id, split in preview.splits.items() if split != "train")
        said.append(Sentence("split", "text2", f"{rows_words(held)} {_are(held)} held out", how, "Show", ids))
    if preview.train:
        time = f", {rough_duration(facts.seconds)}" if facts.seconds is not None else ""
        length = length_words(facts)
        said.append(Sentence("runs", "text2", f"{length[0].upper()}{length[1:]}{time}", _seen(facts)))
    twice = frozenset(id for ids in preview.contradictions for id in ids)
    if twice:
        said.append(
            Sentence(
                "flag",
                "warn",
                f"{rows_words(len(twice))} contradict each other",
                "One prompt, two answers.",
                "Show",
                twice,
            )
        )
    if preview.rows:
        said.append(_privacy(preview))
    return said


def length_words(facts: DatasetFacts) -> str:
    """How long what the Train panel stands at goes on: "3 passes", "up to 8 passes"."""
    most = "up to " if facts.training.patience else ""
    return f"{most}{count_words(round(facts.passes) if facts.passes >= 2 else facts.passes)}"


def _seen(facts: DatasetFacts) -> str:
    """What that many passes mean for a row."""
    count = round(facts.passes)
    if not count or (abs(facts.passes - count) > 0.1 and facts.passes < 2):
        return "Not every row is seen." if facts.passes < 1 else "Some rows are seen twice."
    times = {1: "once", 2: "twice", 3: "three times"}.get(count, f"{count} times")
    return f"Each row is seen {times}{' at most.' if facts.training.patience else '.'}"


def _privacy(preview: FreezePreview) -> Sentence:
    if preview.secrets:
        ids = frozenset(preview.secrets)
        first = f"{rows_words(len(ids))} {'holds' if len(ids) == 1 else 'hold'} something like a key"
        return Sentence("secret", "bad", first, "Mask it before a model learns it.", "Show", ids)
    if preview.personal:
        ids = frozenset(preview.personal)
        first = f"{rows_words(len(ids))} {'names' if len(ids) == 1 else 'name'} an address or a number"
        return Sentence("secret", "warn", first, "Look whether a model may learn it.", "Show", ids)
    return Sentence("secret", "good", "No secrets, no e-mail addresses", "Looked for in every prompt and response.")


def status_of(facts: DatasetFacts) -> list[str]:
    """The status line of the place."""
    preview = facts.preview
    said = [rows_words(preview.rows)]
    held = preview.valid + preview.test
    if preview.train:
        said.append(f"{preview.train:,} train, {held:,} held out")
    if preview.left_out:
        said.append(f"{len(preview.left_out):,} left out")
    if facts.snapshots and preview.changed:
        said.append(f"{preview.changed:,} changed since {facts.snapshots[0].name}")
    return said


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _their(rows: frozenset[int]) -> str:
    return "its" if len(rows) == 1 else "their"


def _until(rows: frozenset[int]) -> str:
    return "It is left out until it fits." if len(rows) == 1 else "They are left out until they fit."
