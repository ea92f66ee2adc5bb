"""Where an exchange came from, in words: title, project, program, day and hour, and its place in the file."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import PurePath, PureWindowsPath

from curator.core.format import FORMATS, title_of
from curator.core.query import ExchangeView

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def program_of(format_name: str) -> str:
    """The name of the program whose transcript it is, as people call it."""
    return title_of(format_name)


def assistant_of(view: ExchangeView) -> str:
    """Who answered: the program where it has a voice of its own, else "Assistant"."""
    known = FORMATS.get(view.format)
    return (known.voice if known is not None else "") or "Assistant"


def moment(stamp: str) -> datetime | None:
    """A recorded time in this computer's zone; None when there is none that can be read."""
    try:
        when = datetime.fromisoformat(stamp.strip())
        return when.astimezone() if when.tzinfo else when
    except (ValueError, OverflowError, OSError):
        return None


def hour_of(stamp: str) -> str:
    """ "16:02", or nothing."""
    when = moment(stamp)
    return f"{when:%H:%M}" if when else ""


def day_of(stamp: str, today: datetime | None = None) -> str:
    """ "14 October", with the year when it is not this one."""
    when = moment(stamp)
    if when is None:
        return ""
    year = "" if when.year == (today or datetime.now()).year else f" {when.year}"
    return f"{when.day} {_MONTHS[when.month - 1]}{year}"


def duration_of(started: str, ended: str) -> str:
    """How long the answer took: "18 s", "4 min", "1 h 10 min"; nothing when it is not known or less than a second."""
    first, last = moment(started), moment(ended)
    if first is None or last is None or (first.tzinfo is None) != (last.tzinfo is None):
        return ""
    took = last - first
    if took < timedelta(seconds=1) or took > timedelta(days=7):
        return ""
    seconds = round(took.total_seconds())
    if seconds < 90:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def heading_of(view: ExchangeView) -> str:
    """The first words of the prompt: a session has one title for all of its exchanges."""
    return " ".join(view.prompt[:400].split())[:200] or "An exchange without words"


def session_of(view: ExchangeView) -> str:
    """The session's title; nothing where it only repeats the heading (its first prompt stands in for a title)."""
    title = " ".join(view.title.split())[:120]
    return "" if heading_of(view).startswith(title.rstrip("…").rstrip()) else title


def where_of(view: ExchangeView) -> str:
    """The line below the heading, behind the session's title."""
    when = ", ".join(part for part in (day_of(view.started), hour_of(view.started)) if part)
    place = f"exchange {view.ordinal + 1} of {view.session_exchanges}" if view.session_exchanges > 1 else ""
    parts = (project_of(view.project), program_of(view.format), when, place)
    return " · ".join(part for part in parts if part)


def project_of(project: str) -> str:
    """A project by its last word: projects are often recorded as folders."""
    if "/" in project or "\\" in project:
        name = (PureWindowsPath(project) if "\\" in project else PurePath(project)).name
        return name or project
    return project


def name_of(path: str) -> str:
    """A file's name, of which a long one (they are often named by a session's id) keeps its beginning."""
    file = _pure(path)
    return file.name if len(file.name) <= 28 else f"{file.stem[:8]}…{file.suffix}"


def place_of(path: str, first: int, last: int = 0) -> str:
    """Where in a file: "line 48", "lines 48–50"; "message 3" in a document, "record 3" in a database. Or nothing."""
    if not first:
        return ""
    unit = _UNITS.get(_pure(path).suffix.lower(), "line")
    return f"{unit} {first:,}" if last in (0, first) else f"{unit}s {first:,}–{last:,}"


_UNITS = {".json": "message"} | dict.fromkeys((".db", ".sqlite", ".sqlite3", ".vscdb"), "record")


def _pure(path: str) -> PurePath:
    return PureWindowsPath(path) if "\\" in path else PurePath(path)


def source_of(view: ExchangeView) -> str:
    """File and lines, and what became of the original."""
    parent = _pure(view.path).parent.name
    folder = f"{parent[:24]}/" if parent else ""
    place = place_of(view.path, view.first_line, view.last_line)
    parts = [", ".join(filter(None, (f"{folder}{name_of(view.path)}", place)))]
    if view.source_is_gone:
        parts.append("file is gone, whole copy kept" if view.is_archived else "file is gone, kept here")
    elif view.is_archived:
        parts.append("whole copy kept")
    parts.append("original unchanged")
    return " · ".join(part for part in parts if part)
