"""Sniffing: which format a file is. Each adapter is asked in turn whether it recognises the start of the file."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

from curator.core.format import FORMATS
from curator.formats.head import Head


def sniff(head: Head) -> str | None:
    """The format's name, or None when no adapter knows it."""
    if not head.raw:
        return None
    return next((name for name in FORMATS if _is_own(name, head)), None)


def _is_own(name: str, head: Head) -> bool:
    try:
        return bool(adapter(name).recognises(head))
    except (TypeError, ValueError, LookupError, AttributeError):
        return False  # the bytes come from anywhere: a value that nobody expected is no sign of a format


@cache
def adapter(format: str) -> ModuleType:
    """The module that reads a format; loaded when it is first asked, since most files are of the first few formats.

    It has `recognises(head)`, and `read(data, name, problems, unknown)` or, where its
    files are databases, `read_database(db, name, problems, unknown)`. Of a database it may say where the next reading
    can begin, `mark_of(db)`, and give what changed since, `read_changed(db, name, since, now, problems, unknown)`, as
    a `database.Changed` or None. Of some sessions by their keys it may give these alone, `read_sessions(db, name, keys,
    problems, unknown)`.
    """
    return import_module(f"curator.formats.adapters.{format.replace('-', '_')}")
