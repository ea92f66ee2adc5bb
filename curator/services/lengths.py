"""How long the rows of a run are: what decides its memory, and what is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from curator.core.errors import DatasetError
from curator.core.machine import Finding, Weight
from curator.core.model import BaseModel
from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.core.settings import TrainSettings
from curator.core.snapshot import Split
from curator.datasets.frozen import read_frozen
from curator.services.workspace import Workspace

MANIFEST = "manifest.json"
_FEW, _NAMED = 20, 5
_SYSTEM = b'"role":"system"'  # as it stands in the lines of a snapshot


@dataclass(frozen=True, slots=True)
class Lengths:
    """Rows as (prompt tokens, response tokens), those that are trained; how many are held out, and how many are longer
    than the run takes. `model` is the base model they were counted with; `uncounted` rows have not been yet;
    `with_system` are the ids of trained rows that begin with a system message."""

    trained: tuple[tuple[int, int], ...] = ()
    held_out: int = 0
    over: int = 0
    is_frozen: bool = False
    model: str = ""
    uncounted: int = 0
    with_system: tuple[int, ...] = ()

    def bound(self, settings: TrainSettings) -> TrainSettings:
        """The settings with no more rows in a batch than there are: the engine takes no more of them either. As they
        are where no row is known."""
        rows = len(self.trained) + self.uncounted
        return replace(settings, batch_size=min(settings.batch_size, rows)) if self.trained else settings

    @property
    def longest(self) -> int:
        """Tokens of the longest row; 0 where nothing is known."""
        return max((prompt + response for prompt, response in self.trained), default=0)

    @property
    def response_share(self) -> float:
        """The share of tokens that are response among the longest rows: they share one batch, and it decides the peak
        of memory."""
        rows = sorted(self.trained, key=sum)[-4:]
        whole = sum(map(sum, rows))
        return sum(response for _, response in rows) / whole if whole else 1.0

    def findings(self, base: BaseModel, settings: TrainSettings) -> Iterator[Finding]:
        """What the lengths say against a run."""
        if self.over:
            one = self.over == 1
            yield Finding(
                "over",
                Weight.WARNING,
                f"{self.over:,} {'row is' if one else 'rows are'} longer than {settings.max_tokens:,} tokens and "
                f"{'is' if one else 'are'} left out.",
                "Shorten them in the editor, or raise the most tokens a row may have.",
            )
        if base.context and self.longest > base.context:
            yield Finding(
                "rows",
                Weight.WARNING,
                f"The longest row has {self.longest:,} tokens; {base.title} was made for {base.context:,}.",
                "Shorten it, or leave it out.",
            )
        yield from self._of_system(base)
        if self.is_frozen and self.model and self.model != base.name:
            yield Finding(
                "rows",
                Weight.WARNING,
                f"These rows were counted for another base model ({self.model}): {base.title} counts them anew.",
                "A row that is then too long ends the run with its number; freeze them again to have it left out.",
            )
        if self.is_frozen and self.trained and not self.held_out:
            yield Finding(
                "rows",
                Weight.WARNING,
                "No row is held out: nothing will tell learning from learning by heart.",
                "Mark some more rows clean and freeze again.",
            )
        elif 0 < len(self.trained) < _FEW:
            yield Finding(
                "rows",
                Weight.WARNING,
                f"{len(self.trained)} {'row is' if len(self.trained) == 1 else 'rows are'} enough to try it, "
                "and too few to learn a manner from.",
                "From some 90 rows on it shows.",
            )

    def _of_system(self, base: BaseModel) -> Iterator[Finding]:
        if not self.with_system:
            return
        from curator.tokens.template import is_training_system  # tokenizers and templates take long to load
        from curator.tokens.tokenizer import template_of

        template = template_of(Path(base.path))
        if template is None or is_training_system(template):
            return
        count, named = len(self.with_system), ", ".join(map(str, self.with_system[:_NAMED]))
        more = f" and {count - _NAMED:,} more" if count > _NAMED else ""
        yield Finding(
            "rows",
            Weight.WARNING,
            f"{count:,} {'row begins' if count == 1 else 'rows begin'} with a system message, which the chat template "
            f"of {base.title} leaves out of what is trained ({'row' if count == 1 else 'rows'} {named}{more}).",
            "Write what it says into the prompts, or choose another base model.",
        )


def lengths_of(ws: Workspace, snapshot_id: int) -> Lengths:
    """The rows of a snapshot. Raises NotFoundError, or DatasetError where its manifest cannot be read."""
    snapshot = ws.library.snapshot(snapshot_id)
    try:
        about = json.loads((Path(snapshot.path) / MANIFEST).read_bytes())
        trained = tuple(
            (int(row["prompt_tokens"]), int(row["response_tokens"])) for row in about["rows"] if row["split"] == "train"
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"The snapshot “{snapshot.name}” is damaged: {MANIFEST} cannot be read.", "Freeze the rows again."
        ) from error
    return Lengths(trained, snapshot.valid, 0, True, snapshot.model, with_system=_with_system(Path(snapshot.path)))


def _with_system(folder: Path) -> tuple[int, ...]:
    """The ids of the trained rows of a snapshot that begin with a system message. Those of most have none: the lines
    are looked through as bytes before they are read."""
    try:
        if _SYSTEM not in (folder / f"{Split.TRAIN}.jsonl").read_bytes():
            return ()
        return tuple(one.row.id for one in read_frozen(folder) if one.split is Split.TRAIN and one.row.system)
    except (OSError, DatasetError):
        return ()  # told where the run begins


def lengths_now(ws: Workspace, model: str, settings: TrainSettings) -> Lengths:
    """The clean rows as they are now, as far as they have been counted with this model: nothing is counted here."""
    base = ws.shelf.get(model)
    ids = ws.library.exchange_ids(ExchangeQuery(states=frozenset({State.CLEAN}), everything=True))
    known = ws.library.usages(ids, ws.counter(model).fingerprint) if base.is_ready and ids else {}
    fitting = [usage for usage in known.values() if usage.total <= settings.max_tokens]
    trained = tuple((one.prompt, one.response) for one in fitting)
    return Lengths(trained, 0, len(known) - len(fitting), False, model, len(ids) - len(known))
