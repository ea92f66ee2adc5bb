"""A transcript as a person reads it: events as recorded, cut into exchanges of one prompt and one response."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from curator.core.document import Document
from curator.core.signal import SignalHit


class EventKind(StrEnum):
    """What one record of a transcript says, whatever tool wrote it."""

    PROMPT = "prompt"  # written by a person, after cleaning
    REPLY_TEXT = "reply_text"  # the assistant's visible words
    THINKING = "thinking"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"
    STEERING = "steering"  # typed by the person while the assistant was at work; opens no exchange
    SYSTEM = "system"  # a system prompt or custom instructions
    INTERRUPT = "interrupt"  # the person stopped the assistant
    API_ERROR = "api_error"
    COMPACTION = "compaction"  # the context before this point was summarised away
    META = "meta"  # harness noise, kept so that a reader can see what was dropped


class Origin(StrEnum):
    """Who wrote the prompts of a session."""

    HUMAN = "human"
    AGENT = "agent"  # a subagent: its prompts come from another agent
    DATASET = "dataset"  # rows of a training file


class Event(NamedTuple):
    """One record, or one block of a record, in the order it happened.

    A tuple, because a file gives tens of thousands: a frozen dataclass takes six times as long to make.

    `line` is the 1-based line of the source file (for one-document formats: the 1-based index of the message).
    `message_id` groups the chunks of one assistant message. `timestamp` is ISO 8601 as recorded, or empty.
    `name` is the tool's name for tool events, the model's for replies, the reason (a key of `core.dropped`) for META.
    `length` is the number of characters recorded when `text` was shortened for keeping, else 0. `flags` are words for
    the builder and the signals (`final`, `truncated`, `slash_command`, `rejected_tool`, `is_error`, `image`,
    `abandoned`, `other_sender` …).
    """

    kind: EventKind
    text: str = ""
    line: int = 0
    id: str = ""
    parent: str = ""
    message_id: str = ""
    timestamp: str = ""
    name: str = ""
    length: int = 0
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One human prompt and everything the assistant produced in answer to it, on the active branch.

    `ordinal` counts from 0 within the session. `key` is stable while the file grows (made from record ids where the
    format has them) and unique in its session.
    `response` is the final answer; empty when there is none. `steps` are the events between prompt and answer,
    tool output and long thoughts shortened. Definition: last maximal run of assistant text after the last tool result.
    """

    key: str
    ordinal: int
    prompt: str
    response: str
    steps: tuple[Event, ...] = ()
    steering: tuple[str, ...] = ()
    first_line: int = 0
    last_line: int = 0
    started: str = ""
    ended: str = ""
    model: str = ""
    signals: tuple[SignalHit, ...] = ()
    score: int = 100


@dataclass(frozen=True, slots=True)
class Session:
    """One conversation of a file, with its exchanges in order."""

    key: str
    format: str
    title: str = ""
    project: str = ""
    started: str = ""
    origin: Origin = Origin.HUMAN
    model: str = ""
    parent_key: str = ""
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A line or a file that could not be read; `line` is 0 when the whole file is meant."""

    line: int
    reason: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything one file gave: sessions, what could not be read, and the unknown record types with their counts.

    A file that is no transcript but a document for assistants to read gives that, and no sessions.
    """

    format: str
    sessions: tuple[Session, ...] = ()
    problems: tuple[Problem, ...] = ()
    unknown: dict[str, int] = field(default_factory=dict)
    document: Document | None = None
