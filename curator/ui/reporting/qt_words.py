"""Which of Qt's messages are worth a line of the log: one that comes again and again is counted instead.

Under a screen reader Qt warns of accessible objects for every row that comes and goes; such lines would push all else
out of a log that is put aside when it is full.
"""

from __future__ import annotations

import re

WHOLE = 3
"""Messages of a kind that are written one by one; then the 10th, the 100th, the 1,000th…"""
_KINDS = 500  # that are counted apart; a warning may hold words that never come again
_ONES_OWN = re.compile(r"0x[0-9a-fA-F]+|\d+|\"[^\"]*\"|'[^']*'")
"""What differs from one message of a kind to the next: addresses, numbers, names."""


class QtWords:
    """Counts what Qt says."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def take(self, words: str) -> str:
        """What to write down of this message; "" where enough of its kind was written."""
        kind = _ONES_OWN.sub("#", words)
        if kind not in self._counts and len(self._counts) >= _KINDS:
            kind = ""
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count <= WHOLE:
            return words
        return f"{words} (the {count:,}th of its kind)" if str(count).strip("0") == "1" else ""
