"""Which prompt of a tree of entries each event belongs to: the nearest one above it."""

from __future__ import annotations

from curator.core.exchange import Event, EventKind


class Turns:
    """The turns of a session in the order in which their prompts were written; the first holds what comes before any.

    Entries only ever follow entries that were written before them, so one pass is enough.
    """

    def __init__(self) -> None:
        self._turns: list[list[Event]] = [[]]
        self._at = 0  # the turn that the present entry belongs to
        self._turn_of: dict[str, int] = {}  # entry id → its turn
        self._above: dict[str, str] = {}  # entry id → the entry it follows
        self._newest = ""

    def knows(self, id: str) -> bool:
        """Whether an entry of that id was placed already."""
        return id in self._turn_of

    def place(self, id: str, parent: str | None, is_root: bool) -> bool:
        """Go to the turn of the entry's parent; without one that is known, an entry follows the one before it.

        `is_root`: it follows nothing, though others came before it. True when this is another turn than the last.
        """
        if parent is None or parent not in self._turn_of:
            parent = "" if is_root else self._newest
        self._above[id] = parent
        self._newest = id
        before, self._at = self._at, self._turn_of.get(parent, self._at)
        self._turn_of[id] = self._at
        return self._at != before

    def turn_to(self, id: str, target: str | None) -> None:
        """Go to where an entry points, or to that entry itself: what follows it follows its target."""
        if target is not None and target not in self._turn_of:
            return
        if id not in self._turn_of:
            self._above[id] = target or ""
            self._turn_of[id] = self._turn_of.get(target or "", 0)
        self._newest = id
        self._at = self._turn_of[id]

    def begin(self, id: str, prompt: Event) -> None:
        """Open a turn with this prompt; `id` is that of the entry just placed, or empty."""
        before = self._turns[self._at]
        begun = [prompt]
        if before is not self._turns[-1]:
            # Another way was written between: a compaction left at the end there would be told of that one.
            while len(before) > 1 and before[-1].kind is EventKind.COMPACTION and self._is_above(before[-1].id, id):
                begun.insert(1, before.pop())
        self._turns.append(begun)
        self._at = len(self._turns) - 1
        if id:
            self._turn_of[id] = self._at

    def _is_above(self, above: str, id: str) -> bool:
        while id and id != above and self._turn_of[id] == self._at:
            id = self._above[id]
        return bool(id) and id == above

    def add(self, event: Event) -> None:
        """An event of the entry just placed."""
        self._turns[self._at].append(event)

    def events(self) -> list[Event]:
        """All of them, each prompt with what belongs to it; prompts above the newest entry were kept, others left."""
        kept = set()
        at = self._newest
        while at:
            kept.add(self._turn_of[at])
            at = self._above[at]
        left = set(self._turn_of.values()) - kept
        for number in left:
            turn = self._turns[number]
            if turn and turn[0].kind is EventKind.PROMPT:
                turn[0] = turn[0]._replace(flags=turn[0].flags | {"abandoned_branch"})
        return [event for turn in self._turns for event in turn]
