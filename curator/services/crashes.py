"""Crash reports: what is known of an end or an error that nobody expected, as a text that stays on this computer.

A report is written without secrets, names, folders of the person or texts of theirs, so that what they read is what
they can send to somebody who helps. Nothing sends it but the person.
"""

from __future__ import annotations

import platform
import re
import signal
import threading
import time
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from curator import __version__
from curator.core.errors import NotFoundError
from curator.core.job import LOG_FILE
from curator.jobs import supervisor
from curator.last_words import SUFFIX
from curator.services import settings
from curator.services.lifetime import Ended, crash_folder, take_ended
from curator.services.logs import log_file, log_files
from curator.services.redaction import Redactor
from curator.services.workspace import Workspace

KEPT = 20  # reports; the oldest go
_LOG_LINES = 200
_MOST = 60_000  # characters of a trace: a recursion of many threads is long
_SUFFIX = ".txt"
_SIGNALS = {
    "Segmentation fault": "a fault of memory (SIGSEGV)",
    "Aborted": "a check inside a library that failed (SIGABRT)",
    "Bus error": "a fault of memory or of the disk (SIGBUS)",
    "Floating-point exception": "a fault of arithmetic (SIGFPE)",
    "Floating point exception": "a fault of arithmetic (SIGFPE)",
    "Illegal instruction": "an instruction that this processor does not know (SIGILL)",
}
_FATAL = {
    int(number): number.name
    for name in ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL")
    if (number := getattr(signal, name, None)) is not None
}
_SEEN = "crashes.seen"
_OUTSIDE = (
    "It was ended from outside: by hand, by the system for want of memory, or with the session. No trace was left."
)
_STAYS = (
    "This report lies on this computer only, and nothing sends it but you.\n"
    "Secrets, names, folders and texts of yours are left out of it; read it before you send it to somebody."
)
_lock = threading.Lock()
_told: set[tuple[str, str]] = set()


@dataclass(frozen=True, slots=True)
class CrashReport:
    """A report on the disk; `title` is its first sentence, `when` in this computer's time."""

    path: Path
    when: datetime
    title: str


def look_back(folder: Path | None = None, boot: float | None = None) -> CrashReport | None:
    """Write a report about each window that ended without a word since this was asked last. Returns the newest one.

    One that left no trace and went off with the computer (`boot` is when that was started, in Unix seconds) is none:
    power and restarts are no fault of the program. Raises OSError where no report can be written.
    """
    folder = folder or crash_folder()
    look_at_parts(folder)
    newest = None
    for ended in take_ended(folder):
        if not ended.trace.strip() and ended.ended < (_boot() if boot is None else boot):
            continue
        when = datetime.fromtimestamp(ended.ended).astimezone()
        newest = _write(folder, when, "Curator ended unexpectedly.", _facts(ended), ended.trace)
    return newest


def look_at_runs(ws: Workspace, folder: Path | None = None) -> int:
    """Write a report about each worker that a signal ended since this was asked last; where it stood is in its log.
    Returns how many there were."""
    since, newest, found = float(settings.get(ws, _SEEN) or 0), 0.0, 0
    for run in ws.library.runs():
        last = supervisor.last_event(Path(run.path))
        name = _FATAL.get(last.figures.get("signal", 0)) if last is not None else None
        if last is None or name is None or last.time <= since:
            continue
        when = datetime.fromtimestamp(last.time).astimezone()
        log = _tail(Path(run.path) / LOG_FILE)
        _write(folder or crash_folder(), when, "A worker ended unexpectedly.", f"{name} ended run {run.id}.", log)
        newest, found = max(newest, last.time), found + 1
    if found:
        settings.keep(ws, _SEEN, repr(newest))
    return found


def look_at_parts(folder: Path | None = None) -> int:
    """Write a report about each parser and counter that died of a fault, or came to no end, since this was asked last;
    the import or the count went on without it. Returns how many there were."""
    folder, found = folder or crash_folder(), 0
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            trace, ended = path.read_text(encoding="utf-8", errors="replace"), path.stat().st_mtime
            path.unlink()
        except OSError:
            continue  # another window was faster
        when, name = datetime.fromtimestamp(ended).astimezone(), path.stem.partition("-")[0]
        facts = f"{_cause(trace)} Another took its place, and what it was at is tried again or left out."
        _write(folder, when, f"A {name} ended unexpectedly.", facts, trace)
        found += 1
    return found


def record(error: BaseException, where: str = "", folder: Path | None = None) -> CrashReport | None:
    """Write a report about an exception that nobody expected. None where this one was told before in this session, or
    where the disk takes no report."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = (type(error).__name__, f"{last[0].filename}:{last[0].lineno}" if last else "")
    with _lock:
        if place in _told:
            return None
        _told.add(place)
    facts = f"An error of the kind {type(error).__name__} that Curator did not expect"
    trace = "".join(traceback.format_exception(error))
    try:
        when = datetime.now().astimezone()
        title = "Something went wrong that Curator did not expect."
        return _write(folder or crash_folder(), when, title, f"{facts}{f', {where}' if where else ''}.", trace)
    except OSError:
        return None


def reports(folder: Path | None = None) -> list[CrashReport]:
    """The reports there are, the newest first."""
    return [_report(path) for path in _files(folder or crash_folder())]


def read(path: Path) -> str:
    """The text of a report. Raises NotFoundError where it is gone."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise NotFoundError("This report is not there any more.", "Only the newest ones are kept.") from error


def remove_all(folder: Path | None = None) -> int:
    """Delete all reports; returns how many there were."""
    files = _files(folder or crash_folder())
    for path in files:
        path.unlink(missing_ok=True)
    return len(files)


def words_for(when: datetime, now: datetime | None = None) -> str:
    """A moment as it is said: “today at 9:05”, “yesterday at 16:02”, “on 3 November at 8:10”."""
    now = now or datetime.now().astimezone()
    clock = f"at {when.hour}:{when.minute:02d}"
    days = (now.date() - when.date()) // timedelta(days=1)
    if days in (0, 1):
        return f"{'yesterday' if days else 'today'} {clock}"
    return f"on {when.day} {when:%B}{'' if when.year == now.year else f' {when.year}'} {clock}"


def _facts(ended: Ended) -> str:
    hours, minutes = divmod(round((ended.ended - ended.began) / 60), 60)
    ran = f"It had run for {hours} h {minutes} min." if hours else f"It had run for {minutes} min."
    ran = ran if hours or minutes else "It had just begun."
    if not ended.trace.strip():
        return f"{_OUTSIDE} It had begun {words_for(datetime.fromtimestamp(ended.began).astimezone())}."
    return f"{_cause(ended.trace)} {ran}"


def _cause(trace: str) -> str:
    fault = re.search(r"^(?:Fatal Python error|Windows fatal exception): (.+)$", trace, re.MULTILINE)
    if fault is None and "(most recent call first)" in trace and "Traceback" not in trace:
        return "It came to no end, and was ended."
    if fault is None:
        return "An exception ended it before it could say so."
    return f"The cause is {_SIGNALS.get(fault[1], fault[1])}."


def _write(folder: Path, when: datetime, title: str, facts: str, trace: str) -> CrashReport:
    redactor = Redactor.of_this_computer()
    parts = [
        title,
        f"{when:%Y-%m-%d %H:%M:%S}, Curator {__version__}, Python {platform.python_version()}, {platform.platform()}",
        redactor.sentence(facts),
        _STAYS,
    ]
    if trace.strip():
        parts += ["Where it stood", redactor.log(trace[:_MOST])]
    if last := _last_lines():
        parts += ["The end of the log", redactor.log(last)]
    folder.mkdir(parents=True, exist_ok=True)
    path = _free_name(folder, when)
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    for old in _files(folder)[KEPT:]:
        old.unlink(missing_ok=True)
    return CrashReport(path, when, title)


def _free_name(folder: Path, when: datetime) -> Path:
    stem, number = f"{when:%Y-%m-%d %H.%M.%S}", 1
    path = folder / f"{stem}{_SUFFIX}"
    while path.exists():
        number += 1
        path = folder / f"{stem} ({number}){_SUFFIX}"
    return path


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"[0-9]*{_SUFFIX}"), key=lambda path: path.name, reverse=True)


def _report(path: Path) -> CrashReport:
    try:
        when = datetime.strptime(path.stem[:19], "%Y-%m-%d %H.%M.%S").astimezone()
        with path.open(encoding="utf-8", errors="replace") as stream:
            title = stream.readline().strip()
    except (OSError, ValueError):
        when, title = datetime.fromtimestamp(0).astimezone(), "A report that cannot be read."
    return CrashReport(path, when, title)


def _tail(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace")[-_MOST:]
    except OSError:
        return ""


def _last_lines() -> str:
    lines: list[str] = []
    for file in log_files(log_file())[:2]:
        try:
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:] + lines
        except OSError:
            break
        if len(lines) >= _LOG_LINES:
            break
    return "\n".join(lines[-_LOG_LINES:])


def _boot() -> float:
    """When this computer was started; 0 where nobody says."""
    import psutil

    try:
        return float(psutil.boot_time())
    except (OSError, RuntimeError):
        return time.time() - time.monotonic()
