"""What is asked before an exchange is marked clean: one without an answer, one that holds a secret."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

Choice = tuple[str, Callable[[], object]]
NOT_YET = "Nothing is marked yet."


class Doubt(NamedTuple):
    """These were to be marked clean; `of` of them are doubtful, and it is for a person to say what is done."""

    ids: list[int]
    of: list[int]

    @property
    def others(self) -> list[int]:
        """Those that nothing speaks against."""
        doubtful = set(self.of)
        return [id for id in self.ids if id not in doubtful]


class Question(NamedTuple):
    """A sentence, what stands below it, and the answers; every answer says what it does and to how many."""

    sentence: str
    hint: str
    choices: list[Choice]


def about_secrets(
    doubt: Doubt, mark: Callable[[list[int], Sequence[int]], object], edit: Callable[[int], object]
) -> Question:
    """`mark(ids, masked)` marks these clean and masks those before; `edit(id)` opens a row for writing."""
    ids, held, others = doubt.ids, doubt.of, doubt.others
    if len(ids) == 1:
        return Question(
            "It holds something that looks like a key or a password.",
            "It is not marked yet.",
            [
                ("Mask and mark clean", lambda: mark(ids, ids)),
                ("Edit it first", lambda: edit(ids[0])),
                ("Mark clean as it is", lambda: mark(ids, ())),
            ],
        )
    them, verb = ("it", "holds") if len(held) == 1 else ("them", "hold")
    choices: list[Choice] = [(f"Mask {them} and mark all {len(ids):,}", lambda: mark(ids, held))]
    if others:
        choices.append((f"Mark only the other {len(others):,}", lambda: mark(others, ())))
    choices.append((f"Mark all {len(ids):,} as they are", lambda: mark(ids, ())))
    return Question(f"{len(held):,} of {len(ids):,} {verb} something like a key or a password.", NOT_YET, choices)


def about_unanswered(doubt: Doubt, go_on: Callable[[list[int]], object], edit: Callable[[int], object]) -> Question:
    """`go_on(ids)` marks these clean after all; `edit(id)` opens the answer of a row for writing."""
    ids, empty, others = doubt.ids, doubt.of, doubt.others
    if len(ids) == 1:
        return Question(
            "It has no answer, so there is nothing to learn from it.",
            "It is not marked yet. A row without an answer is left out of training.",
            [("Write the answer", lambda: edit(ids[0])), ("Mark clean all the same", lambda: go_on(ids))],
        )
    verb = "has" if len(empty) == 1 else "have"
    choices: list[Choice] = [(f"Mark all {len(ids):,} all the same", lambda: go_on(ids))]
    if others:
        choices.insert(0, (f"Mark only the other {len(others):,}", lambda: go_on(others)))
    return Question(
        f"{len(empty):,} of {len(ids):,} {verb} no answer to learn from.",
        f"{NOT_YET} A row without an answer is left out of training.",
        choices,
    )
