"""A row: the prompt and response a person made out of an exchange, and what they think of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What the person decided about an exchange. Clean exchanges are the rows that are trained."""

    UNREVIEWED = "unreviewed"
    CLEAN = "clean"
    REJECTED = "rejected"
    LATER = "later"


class Check(StrEnum):
    """The three questions a good row answers with yes."""

    CLEAR_IN = "clear_in"
    CLEAR_OUT = "clear_out"
    LEGIBLE = "legible"


@dataclass(frozen=True, slots=True)
class Row:
    """The present text of one clean (or edited) exchange. `revision` counts the edits; 0 is the original text."""

    id: int  # the exchange's id: an exchange has at most one row
    session: int
    prompt: str
    response: str
    revision: int = 0
    state: State = State.CLEAN
    tags: tuple[str, ...] = ()
    checks: frozenset[Check] = frozenset()
    signals: tuple[str, ...] = ()
    system: str = ""
