"""The verbs of the command line, and where each lies; known without importing any of them."""

from __future__ import annotations

import os
import re

_BARE = re.compile(r"[a-z]+\Z")

VERBS = {
    "import": "importing:import_",
    "watch": "watching:app",
    "sessions": "looking:sessions",
    "exchanges": "looking:exchanges",
    "show": "looking:show",
    "rows": "looking:rows",
    "mark": "curating:mark",
    "edit": "curating:edit",
    "undo": "curating:undo",
    "redo": "curating:redo",
    "archive": "archiving:app",
    "documents": "documenting:documents",
    "models": "modelling:app",
    "budget": "datasets:budget",
    "freeze": "datasets:freeze",
    "train": "training:train",
    "resume": "training:resume",
    "pause": "training:pause",
    "stop": "training:stop",
    "runs": "running:runs",
    "rename": "running:rename",
    "note": "running:note",
    "repeat": "running:repeat",
    "csv": "running:csv",
    "trash": "running:trash_app",
    "rate": "sweeping:rate",
    "sweep": "sweeping:app",
    "queue": "queueing:app",
    "runtimes": "machines:app",
    "generate": "modelling:generate",
    "demo": "demonstrating:demo",
    "doctor": "health:doctor",
    "diagnostics": "health:diagnostics",
    "guide": "helping:guide",
}
"""Where each verb, or family of verbs, lies in `curator.cli`. A page is only imported for its own verbs and for help:
all of them together take half a second to import."""


def is_command(args: list[str]) -> bool:
    """Whether the arguments name a verb (or ask for help), and not files for the window. A bare word that no file is
    called is a verb that was mistyped."""
    word = first_word(args)
    return word in VERBS or word in ("-h", "--help", "--version") or _is_mistyped(word)


def _is_mistyped(word: str) -> bool:
    return bool(_BARE.match(word)) and not os.path.lexists(word)


def first_word(args: list[str]) -> str:
    """The verb, or what stands in its place."""
    words = iter(args)
    for word in words:
        if word == "--library":
            next(words, None)
        elif not word.startswith("--library="):
            return word
    return ""
