"""Secrets: strings shaped like keys and passwords, found so that they never reach training."""

from __future__ import annotations


def find_secrets(text: str) -> list[tuple[int, int, str]]:
    """Spans that look like credentials: (start, end, kind), in order, not overlapping."""
    return []


def mask(text: str) -> str:
    """The text with each secret replaced by its kind in brackets."""
    return text
