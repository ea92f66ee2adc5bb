"""Two voices: machines read standard output, people read standard error."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson

WRONG_USAGE, STOPPED = 2, 3
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""All of Unicode's control characters but the tab and the line feed: the joiners of emoji and of Persian are none."""
Show = Callable[[float, float | None, str], None]
"""What is done, of how much where that is known, and a few words beside it."""


def suit_terminal() -> None:
    """Write a question mark for what the encoding of standard output lacks, instead of ending: through a pipe Windows
    writes its code page, which has neither the marks of the lists nor most of the world's letters."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a program without a console has none
        sys.stdout.reconfigure(errors="replace")


def emit(value: Any) -> None:
    """One JSON object on a line of its own. Bytes of a file's name or of an argument that are no UTF-8 come as lone
    surrogates, which orjson refuses: they are escaped then."""
    try:
        line = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        line = json.dumps(value, default=str).encode() + b"\n"
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def tell(words: str) -> None:
    """A sentence for the person, on standard error, so that `--json` output stays clean."""
    if sys.stderr is not None:  # a program without a console has none, on Windows
        sys.stderr.write(shown(words) + "\n")
        sys.stderr.flush()


@contextmanager
def bar(title: str, unit: str = "") -> Iterator[Show]:
    """A bar that is gone afterwards; with a `unit` it says how many of how many. None is drawn where nobody sees it:
    rich alone, which draws it, takes longer to import than a library to open."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda done, total, rest: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    counted = (MofNCompleteColumn(), TextColumn(unit)) if unit else ()
    columns = (TextColumn(title), BarColumn(), *counted, TextColumn("{task.fields[rest]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task(title, total=None, rest="")
        yield lambda done, total, rest: drawn.update(task, completed=done, total=total, rest=rest)


def shown(text: str) -> str:
    """A text as a terminal may show it: what would move its cursor, colour it or ring is a dot. A transcript comes from
    anywhere, and a terminal obeys what is written into it. `--json` gives the very characters."""
    return _CONTROLS.sub("·", text.replace("\r\n", "\n"))


def on_line(text: str) -> str:
    """The same on one line: titles and file names hold line breaks too."""
    return text if text.isprintable() else shown(" ".join(text.split()))


def answer(value: Any, words: str, as_json: bool) -> None:
    """The answer of a verb: as JSON for a machine, else as a sentence on standard output."""
    if as_json:
        emit(value)
    else:
        sys.stdout.write(shown(words) + "\n")
