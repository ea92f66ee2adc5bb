"""Queries and what they answer: the values that travel between the library and the people's side of the house."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from curator.core.exchange import Event
from curator.core.notes import is_note
from curator.core.row import Check, State
from curator.core.signal import SignalHit


class Order(StrEnum):
    """How an exchange list is sorted."""

    BEST = "best"  # by score, then newest
    NEWEST = "newest"
    OLDEST = "oldest"
    RELEVANCE = "relevance"  # bm25; only with text


@dataclass(frozen=True, slots=True)
class ExchangeQuery:
    """Which exchanges, in which order. Empty fields do not filter.

    `everything` adds what a person does not review by default: agents' own sessions, abandoned branches, duplicates.
    `root` is a watched folder's id, `format` an adapter's name.
    """

    text: str = ""
    states: frozenset[State] = frozenset()
    session: int = 0
    signal: str = ""
    tag: str = ""
    project: str = ""
    format: str = ""
    root: int = 0
    flagged: bool = False
    edited: bool = False
    everything: bool = False
    order: Order = Order.BEST
    limit: int = 0


class Card(NamedTuple):
    """What the list shows of an exchange: the present text (edited if it was), cut to 160 characters a line.

    A tuple, since a page has 128: they are made in a fifth of the time.
    """

    id: int
    session: int
    ordinal: int
    prompt: str
    response: str
    state: State
    signals: tuple[str, ...]
    score: int
    characters: int  # of prompt and response together, for an estimate until tokens are counted
    is_edited: bool
    is_flagged: bool
    format: str
    tokens: int | None = None  # as counted last (for the tokenizer named by the token cache), None if not yet


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """One exchange whole, as the reader and the editor need it."""

    id: int
    session: int
    ordinal: int
    session_exchanges: int
    key: str
    format: str
    title: str
    project: str
    path: str
    first_line: int
    last_line: int
    started: str
    ended: str
    model: str
    prompt: str  # the original, never changed
    response: str
    steps: tuple[Event, ...]
    steering: tuple[str, ...]
    signals: tuple[SignalHit, ...]
    score: int
    state: State
    row_prompt: str  # the present text of the row; equals the original until edited
    row_response: str
    revision: int
    checks: frozenset[Check]
    is_flagged: bool
    tags: tuple[str, ...]
    draft_prompt: str | None = None  # typed, not yet saved; survives a crash
    draft_response: str | None = None
    duplicate_of: int = 0
    source_is_gone: bool = False
    row_signals: tuple[SignalHit, ...] = ()  # of an edited row: those of its words are found in the present text
    is_archived: bool = False  # a whole copy of its file, or of its session in a database, is in the archive

    @property
    def present_signals(self) -> tuple[SignalHit, ...]:
        """The signals of the row as it would be trained now; `signals` are those of the recording."""
        return self.row_signals if self.revision else self.signals


@dataclass(frozen=True, slots=True)
class SessionCard:
    """A line of the list of sessions. `prompts` counts what the person typed; `exchanges` what was cut out of it, and
    `repeats` how many of these stand in another session too."""

    id: int
    format: str
    path: str
    title: str
    project: str
    started: str
    origin: str
    exchanges: int
    prompts: int
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of the sidebar: (id or name, title, count) triples, and one count a queue."""

    unreviewed: int = 0
    clean: int = 0
    later: int = 0
    rejected: int = 0
    secret: int = 0
    flagged: int = 0
    total: int = 0
    hidden: int = 0  # behind a gate or not reviewed by default
    formats: tuple[tuple[str, int], ...] = ()
    roots: tuple[tuple[int, str, int], ...] = ()
    tags: tuple[tuple[str, int], ...] = ()
    projects: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder that is followed while the app runs."""

    id: int
    path: str
    name: str
    added: str
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, in the terms of its sentence: "12 new, 3 already here, 1 unreadable: line 48"."""

    files: int = 0
    new: int = 0  # exchanges that were not here
    updated: int = 0  # exchanges whose text grew or changed
    unchanged: int = 0  # exchanges that were here already
    sessions: int = 0
    exchanges: int = 0
    seconds: float = 0.0
    problems: tuple[tuple[str, int, str], ...] = ()  # path, line, reason; notes among them
    documents: int = 0  # texts for assistants to read that are new or other: SOUL.md, MEMORY.md and the like
    repeats: int = 0  # those of the new ones that repeat an exchange that is shown: the same export in another form
    left: int = 0  # files that were not read, since it was stopped before

    @property
    def faults(self) -> tuple[tuple[str, int, str], ...]:
        """The problems that say of something that it could not be read."""
        return tuple(problem for problem in self.problems if not is_note(problem[2]))

    @property
    def notes(self) -> tuple[tuple[str, int, str], ...]:
        """The problems of files that were read all the same, such as those of another encoding."""
        return tuple(problem for problem in self.problems if is_note(problem[2]))


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is. `bytes` and `total_bytes` say it best: files differ in size by a factor of a thousand."""

    files: int = 0
    total: int = 0
    bytes: int = 0
    total_bytes: int = 0
    path: str = ""  # the file that was finished last
    new: int = 0
    problems: int = 0  # what could not be read
    seconds_left: float | None = None  # None until it can be told


@dataclass(frozen=True, slots=True)
class FoundAgent:
    """An assistant whose transcripts lie on this computer: what the first start offers to follow."""

    name: str  # its title, such as "Claude Code"
    path: str  # the folder to watch
    files: int
    bytes: int
    format: str = ""
    is_watched: bool = False


@dataclass(frozen=True, slots=True)
class UndoState:
    """What undo and redo would do, in words; empty when there is nothing."""

    undo: str = ""
    redo: str = ""
