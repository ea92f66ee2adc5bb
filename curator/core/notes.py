"""What is said of a file that was read all the same: notes, told apart from what could not be read.

A note travels and is stored as problems are, by its sentence; so a library of an earlier version tells it apart too.
"""

from __future__ import annotations

WINDOWS = "The file is not UTF-8; it was read as Windows-1252, as Excel and older editors save it."
REPLACED = "The file holds bytes that are not UTF-8; they were replaced."
REPLACED_IN_LINE = "The line holds bytes that are not UTF-8; they were replaced."
_NOBODY_ASKED = " in which nobody asked anything."


def nobody_asked(title: str) -> str:
    """What is said of a file of this program (its title, such as "Codex") that holds no prompt of a person."""
    return f"It is a file of {title}{_NOBODY_ASKED}"


def is_note(reason: str) -> bool:
    """Whether a problem's reason says how a file was read, and not that something of it was not."""
    return reason in (WINDOWS, REPLACED, REPLACED_IN_LINE) or reason.endswith(_NOBODY_ASKED)
