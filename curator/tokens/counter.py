"""What every counter of tokens can do, exact or estimated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from curator.core.budget import Usage

Texts = tuple[str, str, str]
"""Prompt, response and system message of a row."""


class Counter(Protocol):
    """Counts the tokens of a row. `fingerprint` names what decides the count, and is the key of the counting cache."""

    @property
    def name(self) -> str:
        """The tokenizer's name, for people."""

    @property
    def fingerprint(self) -> str:
        """What the counts depend on; equal fingerprints give equal counts."""

    @property
    def is_estimate(self) -> bool:
        """Whether the figures wear “≈”."""

    def usage(self, prompt: str, response: str, system: str = "") -> Usage:
        """Tokens of one row; a row that cannot be trained comes back with its `refusal`. Never raises for a text."""

    def usages(self, rows: Sequence[Texts]) -> list[Usage]:
        """Tokens of these rows, in their order: one question where the counter lives in another process."""
