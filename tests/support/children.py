"""The processes that a test has started, by a word of their command."""

from __future__ import annotations

import contextlib

import psutil


def children_called(word: str) -> list[psutil.Process]:
    """The processes of this one that have the word in their command; those that are over already have none."""
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie, of whatever test, is one that is over
            if word in child.cmdline():
                found.append(child)
    return found
