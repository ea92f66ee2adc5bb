"""Two voices: machines read standard output, people read standard error."""

from __future__ import annotations

import sys
from typing import Any

import orjson
from rich.console import Console

WRONG_USAGE, STOPPED = 2, 3
people = Console(stderr=True, highlight=False, soft_wrap=True)
"""Where people's text goes, so that `--json` output stays clean."""


def emit(value: Any) -> None:
    """One JSON object on a line of its own. Lone surrogates cannot come here: the readers replace them."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def tell(words: str) -> None:
    """A sentence for the person."""
    people.print(words, markup=False)


def answer(value: Any, words: str, as_json: bool) -> None:
    """The answer of a verb: as JSON for a machine, else as a sentence on standard output."""
    if as_json:
        emit(value)
    else:
        sys.stdout.write(words + "\n")
