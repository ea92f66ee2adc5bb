"""Which fields of a file that nobody knows hold the prompt and the answer, as the person said."""

from __future__ import annotations

from dataclasses import dataclass

MAPPED = ("prompt", "response", "system")
"""What a field can be, in the order in which a person is asked."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Paths to the fields: names joined by dots, numbers for places in a list, `[]` for every item of one.

    `question` is a column, `data.question` a field in a field, `items[].question` that of each item. `system` may be
    empty.
    """

    prompt: str
    response: str
    system: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field with text in it: up to two different samples, shortened; in which share of the rows seen there is any;
    and what it probably is (a word of `MAPPED`, or empty)."""

    path: str
    samples: tuple[str, ...] = ()
    filled: float = 0.0
    guess: str = ""


def guessed(fields: list[Field]) -> Mapping | None:
    """The mapping that the guesses make; None where the prompt or the answer has none."""
    by_guess = {field.guess: field.path for field in reversed(fields) if field.guess}
    if "prompt" not in by_guess or "response" not in by_guess:
        return None
    return Mapping(by_guess["prompt"], by_guess["response"], by_guess.get("system", ""))
