"""The streams of a Codex session, which tell the same words twice, made one; and prompts told from steering."""

from __future__ import annotations

from curator.core.exchange import Event, EventKind
from curator.formats.events import dropped, one_line

_LOOK_BACK = 64
_TWICE = (("typed", "listed"), ("typed", "sent"), ("listed", "sent"), ("said", "told"), ("thought", "mused"))


class Streams:
    """The events of a session in their order. Each remembers its stream until the end: `typed`/`listed`/`sent` for
    prompts, `said`/`told` for replies, `thought`/`mused` for reasoning; the first is preferred. Versions from 0.148 on
    list what a person typed as an item (codex-rs/protocol/src/items.rs)."""

    def __init__(self) -> None:
        self._found: list[tuple[str, Event]] = []
        self._names: set[str] = set()
        self._history = 0, 0  # where the last addition to the history began and ended

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found yet."""
        return not self._found

    def add(self, stream: str, event: Event) -> None:
        """Take an event of this stream; of none, by an empty name."""
        self._names.add(stream)
        self._found.append((stream, event))

    def drop(self, reason: str, text: str, line: int, stamp: str) -> None:
        """Take what is no part of the conversation; `reason` is a key of `core.dropped.DROPPED`."""
        self.add("", dropped(reason, text, line, "", stamp))

    def compaction(self, line: int, stamp: str) -> None:
        """Take a compaction, of which several records tell."""
        recent = (e.kind for _, e in reversed(self._found[-_LOOK_BACK:]) if e.kind is not EventKind.META)
        if next(recent, None) is EventKind.COMPACTION:
            self.drop("repeated", "compaction", line, stamp)
        else:
            self.add("", Event(EventKind.COMPACTION, "", line, timestamp=stamp))

    def roll_back(self, turns: int) -> None:
        """Mark the prompts of the last turns, of any stream, that are not marked yet: all of a steered turn."""
        marked: dict[str, set[str]] = {"typed": set(), "listed": set(), "sent": set()}
        for at in range(len(self._found) - 1, -1, -1):
            stream, event = self._found[at]
            if stream not in marked or "abandoned_branch" in event.flags:
                continue
            turn = event.id or f"line {at}"
            if turn in marked[stream] or len(marked[stream]) < turns:
                marked[stream].add(turn)
                flags = event.flags | {"abandoned_branch"}
                self._found[at] = (stream, event._replace(flags=flags))

    def begin_history(self) -> None:
        """What comes until `end_history` was added to the history at once."""
        self._history = self._history[1], len(self._found)

    def end_history(self) -> None:
        """What was told since the last addition and is in this one stands here, where it has its tools' results."""
        last, begin = self._history
        added = {_said(event) for _, event in self._found[begin:]}
        for at in range(last, begin):
            stream, event = self._found[at]
            if stream not in ("typed", "listed") and event.kind is not EventKind.META and _said(event) in added:
                self._found[at] = ("", _repeated(event))
        self._history = begin, len(self._found)

    def events(self) -> list[Event]:
        """What was found, each word once."""
        twice = {second for first, second in _TWICE if first in self._names}
        return [_repeated(event) if stream in twice else event for stream, event in self._found]


def steered(events: list[Event]) -> list[Event]:
    """Prompts of one turn after its first, with the assistant already at work, are steering."""
    found: list[Event] = []
    turn = ""
    is_at_work = False
    for event in events:
        kind = event.kind
        if kind is EventKind.PROMPT:
            if is_at_work and event.id == turn and event.id != event.timestamp:
                event = event._replace(kind=EventKind.STEERING)
            else:
                turn, is_at_work = event.id, False
        elif kind is EventKind.INTERRUPT:
            turn = ""
        elif kind is EventKind.REPLY_TEXT or kind is EventKind.TOOL_CALL:
            is_at_work = True
        found.append(event)
    return found


def _said(event: Event) -> tuple[EventKind, str]:
    """By what an event is known in another record."""
    is_of_tool = event.kind in (EventKind.TOOL_CALL, EventKind.TOOL_RESULT)
    return event.kind, event.id if is_of_tool else event.text


def _repeated(event: Event) -> Event:
    """What the other stream says as well."""
    return dropped("repeated", one_line(event.text), event.line, "", event.timestamp)
