"""The events of a conversation that branches: the way that was kept, then those that were left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from curator.core.exchange import Event, EventKind

_BESIDE = frozenset({EventKind.META, EventKind.SYSTEM})


def branching_events(parents: Mapping[str, str], leaf: str, events_of: Callable[[str], list[Event]]) -> list[Event]:
    """The events of the way from the root to `leaf`, then of each way that left it; its prompts are abandoned.

    `parents` gives each message's parent, in the order of the file; `events_of` reads one message. A way that begins
    with an answer is a regenerated one: it gets a copy of the prompt above the fork, keyed `<prompt>~<first event>`,
    so that it stands beside the kept answer as the other half of a pair.
    """
    kept = path(parents, leaf)
    events = [event for key in kept for event in events_of(key)]
    asked = _Asked(parents, events_of)
    for fork, own in _left_ways(parents, kept):
        way = [event for key in own for event in events_of(key)]
        events += _abandoned(way, fork, asked)
    return events


def path(parents: Mapping[str, str], leaf: str) -> list[str]:
    """Root to leaf; a parent that is missing ends it, a cycle too."""
    found: dict[str, None] = {}
    while leaf in parents and leaf not in found:
        found[leaf] = None
        leaf = parents[leaf]
    return list(reversed(found))


def leaves(parents: Mapping[str, str]) -> list[str]:
    """The messages that no other answers, in the order of the file."""
    inner = set(parents.values())
    return [key for key in parents if key not in inner]


def _left_ways(parents: Mapping[str, str], kept: list[str]) -> Iterator[tuple[str, list[str]]]:
    """(The message they leave from, their own messages), each message once."""
    seen = set(kept)
    for leaf in leaves(parents):
        own: list[str] = []
        at = leaf
        while at in parents and at not in seen:
            seen.add(at)
            own.append(at)
            at = parents[at]
        if own:
            yield at, own[::-1]


class _Asked:
    """Finds the prompt above a message. Each message is looked at once, however many ways leave below it."""

    def __init__(self, parents: Mapping[str, str], events_of: Callable[[str], list[Event]]) -> None:
        self._parents = parents
        self._events_of = events_of
        self._prompts: dict[str, str] = {}  # message → the message above it, or itself, that asks; "" for none
        self._copies = len(parents)  # what is repeated in all must not outgrow the conversation

    def for_answer(self, first: Event, fork: str) -> list[Event]:
        """The prompt above a fork and what was done for it up to the fork; nothing where there is none."""
        asking = self._asking(fork)
        if not asking:
            return []
        here = self._events_of(asking)
        at = next(place for place in range(len(here) - 1, -1, -1) if here[place].kind is EventKind.PROMPT)
        between: list[str] = []
        node = fork
        while node != asking and self._copies > 0:
            self._copies -= 1
            between.append(node)
            node = self._parents[node]
        prompt = here[at]._replace(id=f"{here[at].id}~{first.id}")
        return [prompt, *here[at + 1 :], *(event for key in reversed(between) for event in self._events_of(key))]

    def _asking(self, node: str) -> str:
        way: list[str] = []
        found = ""
        while node in self._parents:
            if node in self._prompts:
                found = self._prompts[node]
                break
            self._prompts[node] = ""  # a cycle ends here
            way.append(node)
            if any(event.kind is EventKind.PROMPT for event in self._events_of(node)):
                found = node
                break
            node = self._parents[node]
        self._prompts.update(dict.fromkeys(way, found))
        return found


def _abandoned(way: list[Event], fork: str, asked: _Asked) -> list[Event]:
    first = next((at for at, event in enumerate(way) if event.kind not in _BESIDE), len(way))
    if first < len(way) and way[first].kind is not EventKind.PROMPT:
        way = asked.for_answer(way[first], fork) + way
    start = next((at for at, event in enumerate(way) if event.kind is EventKind.PROMPT), None)
    if start is None:
        return []
    # The prompt comes first: whatever stood before it would become part of the exchange before.
    way = [way[start], *(way[:start] if start == first else ()), *way[start + 1 :]]
    return [e._replace(flags=e.flags | {"abandoned_branch"}) if e.kind is EventKind.PROMPT else e for e in way]
