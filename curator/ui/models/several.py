"""Several runs that differ in one thing: what was asked for, read from a person's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from curator.core.run import Run
from curator.services import reports, sweeps
from curator.ui.models.run_reading import freeze_for
from curator.ui.models.train_facts import TrainRequest

if TYPE_CHECKING:
    from curator.services.workspace import Workspace


class Differs(StrEnum):
    """What should differ."""

    MODEL = "Base model"
    RATE = "Learning rate"
    SEED = "Seed"
    ROWS = "Rows left out"


MOST = 12
"""Runs that are asked for at once; more are no picture any more."""


@dataclass(frozen=True, slots=True)
class SeveralRequest:
    """What was asked: the request all have in common, and the values of what differs."""

    common: TrainRequest
    differs: Differs
    models: tuple[str, ...] = ()
    rates: tuple[float, ...] = ()
    seeds: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """How many runs that makes; rows left out make two, with and without them."""
        values = {Differs.MODEL: self.models, Differs.RATE: self.rates, Differs.SEED: self.seeds}
        return len(values[self.differs]) if self.differs in values else 2 * bool(self.rows)

    @property
    def problem(self) -> str:
        """Why it cannot be started, in the words of the button's tooltip; empty when it can."""
        if self.differs is Differs.ROWS:
            return "" if self.rows else "Tick the rows to leave out"
        if self.count < 2:
            return f"Name two {self.differs.lower()}s or more"
        return f"{MOST} runs at most" if self.count > MOST else ""


def read_rates(words: str) -> tuple[float, ...]:
    """Learning rates out of "1e-4, 2e-4 4e-4", each once, in their order; what is no rate is passed over."""
    found: list[float] = []
    for word in words.replace(",", " ").replace(";", " ").split():
        try:
            rate = float(word)
        except ValueError:
            continue
        if 0 < rate <= 1 and rate not in found:
            found.append(rate)
    return tuple(found)


def start_several(ws: Workspace, asked: SeveralRequest, tell: Callable[[str], None]) -> Run:
    """Freeze, then ask for all of them; the first begins, the others wait. Returns the first. Raises CuratorError."""
    common = asked.common
    reports.refuse_missing(common.report_to, common.runtime)
    snapshot = freeze_for(ws, common, tell)
    tell("Starting…")
    settings, where, to = common.settings, common.runtime, common.report_to
    if asked.differs is Differs.MODEL:
        runs = sweeps.over_models(ws, snapshot, asked.models, settings, runtime=where, report_to=to)
    elif asked.differs is Differs.RATE:
        runs = sweeps.over_rates(ws, snapshot, common.model, settings, asked.rates, runtime=where, report_to=to)
    elif asked.differs is Differs.SEED:
        runs = sweeps.over_seeds(ws, snapshot, common.model, settings, asked.seeds, runtime=where, report_to=to)
    else:
        runs = sweeps.without_rows(ws, snapshot, common.model, settings, asked.rows, runtime=where, report_to=to)
    return runs[0]
