"""Places to train: this computer, another Python on it, another computer over ssh, several together."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from curator.core.changes import Changes
from curator.core.errors import CuratorError, JobError, NotFoundError
from curator.core.machine import Finding, RuntimeKind, RuntimeSpec, Weight
from curator.jobs import supervisor
from curator.jobs.away.leaving import clear_left
from curator.jobs.runtimes import far_places, from_order, place_of, to_order
from curator.services.workspace import Workspace

_KEY, _USUAL = "runtimes", "runtime.usual"
OWN_PYTHON = "Own Python"
"""What the place is called that was made with one button (`environments`)."""
HERE = RuntimeSpec("")
"""This computer, as runs name it: with no name at all."""


def runtimes(ws: Workspace) -> list[RuntimeSpec]:
    """All places, this computer first, then in the order in which they were added."""
    return [HERE, *_added(ws)]


def get(ws: Workspace, name: str) -> RuntimeSpec:
    """The place of that name; "" is this computer. Raises NotFoundError."""
    for spec in runtimes(ws):
        if spec.name == name:
            return spec
    raise NotFoundError(f"There is no place to train called “{name}”.", "See which there are with: curator runtimes")


def add(ws: Workspace, spec: RuntimeSpec) -> Changes:
    """Remember a place under its name. Raises JobError where it is incomplete or its name is taken."""
    name = " ".join(spec.name.split())
    if not name:
        raise JobError("A place to train needs a name.", "Write one.")
    if any(other.name == name for other in _added(ws)):
        raise JobError(f"There is a place called “{name}” already.", "Take another name, or remove that one first.")
    if spec.kind is RuntimeKind.PYTHON:
        spec = replace(spec, python=_whole_path(spec.python))
    place_of(spec).runtime()  # says what is missing
    return _write(ws, [*_kept(ws), to_order(replace(spec, name=name))])


def remove(ws: Workspace, name: str) -> Changes:
    """Forget a place; nothing on it is touched. Raises NotFoundError."""
    get(ws, name)
    return _write(ws, [value for value in _kept(ws) if not isinstance(value, dict) or value.get("name") != name])


def usual(ws: Workspace) -> str:
    """The name of the place where the next run is trained, unless the person says otherwise; "" is this computer."""
    name = ws.library.setting(_USUAL)
    return name if any(spec.name == name for spec in _added(ws)) else ""


def make_usual(ws: Workspace, name: str) -> Changes:
    """Train there from now on, unless the person says otherwise. Raises NotFoundError."""
    get(ws, name)
    return ws.publish(ws.library.set_setting(_USUAL, name))


def for_errands(ws: Workspace) -> dict[str, Any]:
    """What an errand's order says of its place: the usual one where that is a Python of this computer, since the
    program's own training may not run here; else nothing, and the program does it itself."""
    name = usual(ws)
    spec = get(ws, name)
    return {"runtime": to_order(spec)} if spec.kind is RuntimeKind.PYTHON else {}


def check(ws: Workspace, name: str) -> Iterator[Finding]:
    """Look whether one could train there; it may take half a minute. What is wrong is a finding, never an error. Rows
    that runs had to leave there while it could not be reached are deleted."""
    spec = get(ws, name)
    yield from check_spec(spec)
    for run in ws.library.runs():
        folder = Path(run.path)
        for place in far_places(spec):
            try:
                if not _is_at_work(folder) and clear_left(folder, place):
                    yield Finding("rows", Weight.FINE, f"The rows that “{run.name}” had left there are deleted.")
            except CuratorError as error:
                told = f"Rows of “{run.name}” are still there. {error.message}"
                yield Finding("rows", Weight.WARNING, told, error.hint)


def _is_at_work(folder: Path) -> bool:
    """Whether what this run has on other computers may be in use: a ring's ranks are."""
    return folder.is_dir() and not supervisor.state(folder).is_over


def check_spec(spec: RuntimeSpec) -> Iterator[Finding]:
    """The same for a place that is not remembered yet."""
    try:
        yield from place_of(spec).check()
    except CuratorError as error:
        yield Finding("place", Weight.STOP, error.message, error.hint)


def title(spec: RuntimeSpec) -> str:
    """What the person reads."""
    if spec.kind is RuntimeKind.BUNDLED:
        return spec.name or "This computer"
    if spec.kind is RuntimeKind.PYTHON:
        return f"{spec.name} ({spec.python} on this computer)"
    if spec.kind is RuntimeKind.SSH:
        return f"{spec.name} ({spec.host}, over ssh)"
    return f"{spec.name} ({len(spec.hosts)} together, experimental)"


def _whole_path(python: str) -> str:
    """The path of an interpreter from the root on, since a run is started from another folder than it was named in. A
    link is not followed: it is what makes the Python of an environment that one."""
    found = shutil.which(os.path.expanduser(python))  # noqa: PTH111  a “~name” that nobody has is left as it is
    return str(Path(found).absolute()) if found else python


def _added(ws: Workspace) -> list[RuntimeSpec]:
    specs = []
    for value in _kept(ws):
        with suppress(JobError):  # written by a newer Curator, and left to it
            specs.append(from_order(value))
    return specs


def _kept(ws: Workspace) -> list[Any]:
    """The places as they are stored, those included that only a newer Curator understands."""
    try:
        kept = json.loads(ws.library.setting(_KEY, "[]"))
    except ValueError:
        return []
    return [value for value in kept if value] if isinstance(kept, list) else []


def _write(ws: Workspace, kept: list[Any]) -> Changes:
    return ws.publish(ws.library.set_setting(_KEY, json.dumps(kept)))
