"""An error as a sentence, its hint, and everything else under “Copy details”."""

from __future__ import annotations

import sys
import traceback
from typing import NamedTuple

from curator import __version__
from curator.core.errors import CuratorError


class Told(NamedTuple):
    """What the person reads, what to do about it, and what they can copy for somebody who can help."""

    sentence: str
    hint: str
    details: str


def tell(error: BaseException) -> Told:
    """The words for any error. What is not expected is called what it is, and never shown as a traceback."""
    import platform  # it compiles half a dozen patterns, and most starts have no error to tell

    details = "".join(traceback.format_exception(error))
    where = (
        f"Curator {__version__}, Python {platform.python_version()}, {platform.platform()}\n{' '.join(sys.argv)}\n\n"
    )
    if isinstance(error, CuratorError):
        return Told(error.message, error.hint, where + details)
    if isinstance(error, OSError) and error.strerror:
        path = f" “{error.filename}”" if error.filename else ""
        return Told(
            f"The system refused{path}: {error.strerror}.",
            "Check the disk and the rights, then try again.",
            where + details,
        )
    return Told(
        "Something went wrong that Curator did not expect.",
        f"Your marks and edits are safe. The cause is {type(error).__name__}; the details say where.",
        where + details,
    )
