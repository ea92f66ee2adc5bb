"""Watches over the computer while it trains: at critical pressure the run is paused, and goes on when it has passed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from weakref import WeakKeyDictionary

from curator.core.changes import Changes
from curator.core.errors import CuratorError
from curator.core.job import JobState
from curator.core.machine import Finding, RuntimeKind
from curator.core.run import Run
from curator.jobs import pressure, supervisor
from curator.jobs.crowding import Turns, share_waited, turns
from curator.jobs.folder import append_event, read_job
from curator.jobs.pressure import Level, Pressure
from curator.jobs.runtimes import from_order
from curator.services import computer, training
from curator.services.workspace import Workspace

BAD_SECONDS = 4.0
"""How long pressure must be critical: a program that starts makes a peak of a second or two."""
CALM_SECONDS = 60.0
"""How long all must be well before a run goes on: heat and swapped memory leave slowly."""
CROWD_SECONDS = 10.0
"""Over how long it is looked how much of its time a training waits for a processor: some steps at least."""
MOST_PAUSES = 3
"""After so many pauses a run stays paused: it does not fit beside what else is open."""
_ROOM = 1.1  # of what the run had used before must be free
_MARK_FILE = "care.json"


@dataclass(slots=True)
class _Vigil:
    """What one library's watcher knows between two looks."""

    bad_since: float | None = None
    calm_since: float | None = None
    looked: tuple[int, float, Turns] | None = None  # the process whose turns were looked at, when, and what it had
    waited: float = 0.0

    def take(self, worst: Level, at: float) -> None:
        """Take note of a look."""
        is_bad, is_calm = worst is Level.CRITICAL, worst is Level.NORMAL
        self.bad_since = (self.bad_since if self.bad_since is not None else at) if is_bad else None
        self.calm_since = (self.calm_since if self.calm_since is not None else at) if is_calm else None

    def take_turns(self, pid: int, had: Turns | None, at: float) -> None:
        """Take note of the turns that a worker has had at the processor."""
        if had is None or self.looked is None or self.looked[0] != pid:
            self.looked, self.waited = (pid, at, had) if had is not None else None, 0.0
        elif at - self.looked[1] >= CROWD_SECONDS:
            self.waited = share_waited(self.looked[2], had)
            self.looked = pid, at, had


@dataclass(frozen=True, slots=True)
class _Mark:
    """What is kept in the folder of a run that was paused here, so that any window may let it go on."""

    why: str = ""  # "memory" or "heat"
    pauses: int = 0
    waits: bool = False  # it is to go on by itself
    is_own: bool = False  # it stands since it was paused here, and not by the person


_vigils: WeakKeyDictionary[Workspace, _Vigil] = WeakKeyDictionary()
_latest: dict[str, Pressure] = {}
_lock = threading.Lock()
_THEN = {
    "memory": "It goes on by itself when there is room.",
    "heat": "It goes on by itself when the computer has cooled down.",
}
_WHY = {
    "memory": "Paused by itself: memory was nearly used up.",
    "heat": "Paused by itself: the computer was too hot.",
}
_NO_MORE = "It stays paused, since this was the third time: close other programs, or make it smaller, and resume it."


def watch(
    ws: Workspace, look: Callable[[], Pressure] = pressure.read, clock: Callable[[], float] = time.monotonic
) -> Changes:
    """Look at memory and heat, pause or resume what needs it, and tell which runs were touched.

    For a thread of the caller's, about every two seconds; while nothing is at work here and nothing waits to go on, it
    looks at nothing but the list of runs. Several windows may watch one library.
    """
    with _lock:
        vigil = _vigils.setdefault(ws, _Vigil())
        at_work, waiting = _of_concern(ws)
        if not at_work and not waiting:
            vigil.bad_since = vigil.calm_since = vigil.looked = None
            _latest.clear()
            return Changes()
        now, at = look(), clock()
        pid = _pid_of(at_work[0]) if at_work else 0
        vigil.take_turns(pid, turns(pid) if pid else None, at)
        now = _latest["now"] = replace(now, waited=vigil.waited)
        vigil.take(now.worst, at)
        changes = Changes()
        if vigil.bad_since is not None and at - vigil.bad_since >= BAD_SECONDS:
            for run in at_work:
                changes |= _pause(ws, run, now)
        elif not at_work and vigil.calm_since is not None and at - vigil.calm_since >= CALM_SECONDS:
            changes |= _resume(ws, waiting[0], now)  # one after the other: the next look sees what it took
    return changes


def strain() -> tuple[Finding, ...]:
    """What is strained on this computer as of the last look; empty when all is well, or nothing is watched."""
    now = _latest.get("now")
    return computer.strain(now) if now is not None else ()


def goes_on_by_itself(run: Run) -> bool:
    """Whether a paused run waits for memory or for cooling, and not for the person."""
    return run.state is JobState.PAUSED and _read(run).waits


def turn_of(run: Run) -> str:
    """When a run that was paused here goes on, in a sentence; "" for one that the person paused."""
    if not why_paused(run):
        return ""
    return _THEN[_read(run).why] if goes_on_by_itself(run) else _NO_MORE


def why_paused(run: Run) -> str:
    """Why a run was paused here, in a sentence; "" for one that the person paused."""
    mark = _read(run)
    return _WHY.get(mark.why, "") if run.state is JobState.PAUSED and mark.is_own else ""


def leave_paused(run: Run) -> None:
    """Let a run that was paused here wait for the person instead."""
    mark = _read(run)
    if mark.waits or mark.is_own:
        _write(run, _Mark(mark.why, mark.pauses))


def _of_concern(ws: Workspace) -> tuple[list[Run], list[Run]]:
    """The runs at work on this computer, and those that were paused here and wait to go on, the oldest first."""
    at_work, waiting = [], []
    for run in sorted(ws.library.runs(), key=lambda run: run.id):
        if run.trashed:
            continue
        if run.state is JobState.PAUSED:
            if _read(run).waits and _is_here(run):
                waiting.append(run)
        elif run.state is JobState.RUNNING and _is_here(run) and supervisor.state(Path(run.path)) is JobState.RUNNING:
            leave_paused(run)  # the person has resumed it: a later pause is theirs
            at_work.append(run)
    return at_work, waiting


def _is_here(run: Run) -> bool:
    """Whether it takes this computer's memory, by its own order: the place of that name may be another one by now.
    What runs elsewhere is never paused for what this computer lacks, nor is a ring, which others wait for."""
    try:
        place = from_order(read_job(Path(run.path)).get("runtime"))
    except CuratorError:
        return False
    return place.kind in (RuntimeKind.BUNDLED, RuntimeKind.PYTHON)


def _pid_of(run: Run) -> int:
    """The process that trains, 0 where nobody has signed."""
    present = supervisor.worker(Path(run.path))
    return present.pid if present is not None else 0


def _pause(ws: Workspace, run: Run, now: Pressure) -> Changes:
    mark = _read(run)
    why = "memory" if now.memory is Level.CRITICAL else "heat"
    goes_on = mark.pauses + 1 < MOST_PAUSES
    then = _THEN[why] if goes_on else _NO_MORE
    found = " ".join(finding.sentence for finding in computer.strain(now) if finding.subject == why)
    with suppress(OSError):  # a full disk is no reason to go on
        append_event(Path(run.path), "note", message=f"Paused by itself. {found} {then}")
    changes = training.pause(ws, run.id)
    _write(run, _Mark(why, mark.pauses + 1, goes_on, is_own=True))
    return changes


def _resume(ws: Workspace, run: Run, now: Pressure) -> Changes:
    mark = _read(run)
    needed = training.progress(ws, run.id).memory_gb * 1e9 * _ROOM
    if mark.why == "memory" and now.available < needed:
        return Changes()
    _write(run, _Mark(mark.why, mark.pauses))
    try:
        training.resume(ws, run.id)
    except CuratorError:
        return Changes()  # another window was quicker, or it cannot go on: it stays as it is, for the person
    words = "There is room in memory again: it goes on." if mark.why == "memory" else "It has cooled down: it goes on."
    with suppress(OSError):  # a full disk: it goes on all the same
        append_event(Path(run.path), "note", message=words)
    return Changes(runs=frozenset({run.id}))


def _read(run: Run) -> _Mark:
    try:
        kept = json.loads((Path(run.path) / _MARK_FILE).read_bytes())
        waits = bool(kept["waits"])
        return _Mark(str(kept["why"]), int(kept["pauses"]), waits, bool(kept.get("is_own", waits)))
    except (OSError, ValueError, KeyError, TypeError):
        return _Mark()


def _write(run: Run, mark: _Mark) -> None:
    scratch = Path(run.path) / f"{_MARK_FILE}.new"
    try:
        scratch.write_text(json.dumps(asdict(mark)), encoding="utf-8")
        scratch.replace(Path(run.path) / _MARK_FILE)
    except OSError:
        return  # a full disk: then the person resumes it
