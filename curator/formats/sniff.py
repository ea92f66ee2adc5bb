"""Sniffing: which format a file is, told by its content, since a dragged-in file may have any name."""

from __future__ import annotations


def sniff(head: bytes, name: str = "") -> str | None:
    """The format's name, or None when no adapter knows it."""
    return None
