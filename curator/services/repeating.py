"""How to repeat a run: one line for a terminal, which needs neither the app's window nor its library."""

from __future__ import annotations

import json
import platform
import shlex
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from curator import paths
from curator.core.errors import JobError
from curator.core.job import JobEvent, JobState
from curator.datasets.freeze import is_intact
from curator.jobs import supervisor
from curator.jobs.folder import read_events, read_job, write_job
from curator.services import following
from curator.services.workspace import Workspace

SAME = "The adapter is the same, bit for bit."
_ADAPTER = "adapters.safetensors"
_OF_THE_OTHER = ("run", "report_to", "runtime")
"""What an order says about its own library and place, and not about the training."""
_BROKEN_OFF = frozenset({JobState.QUEUED, JobState.INTERRUPTED, JobState.PAUSED})


@dataclass(frozen=True, slots=True)
class Repetition:
    """A run that is being trained again: its job folder, and a sentence for each thing that is not as it was."""

    folder: Path
    differences: tuple[str, ...]


def command(ws: Workspace, run_id: int) -> str:
    """One shell line that trains the same adapter again from the run's folder. Raises NotFoundError."""
    folder = Path(ws.library.run(run_id).path)
    return shlex.join([*paths.program(), "train", "--again", str(folder), "--into", f"{folder.name}-again"])


def again(folder: Path, into: Path) -> Repetition:
    """Train what the run in `folder` trained once more, in the new folder `into`, and say what differs. On the same
    computer, with nothing that differs, the adapter is the same bit for bit. A repetition in `into` that is not over,
    or was broken off, goes on: the same line typed again is its way to resume.

    Raises JobError where the run, its base model or its rows are not there, or `into` holds something already.
    """
    folder, into = folder.expanduser().absolute(), into.expanduser().absolute()
    order = read_job(folder)
    if order.get("kind") != "train":
        raise JobError(f"{folder} is no run.", "Name the folder of a run; it holds a job.json.")
    wanted = {name: value for name, value in order.items() if name not in _OF_THE_OTHER}
    is_begun = into.exists() and any(into.iterdir())
    if is_begun and not _goes_on(into, wanted):
        raise JobError(f"{into} holds something already.", "Name a folder that is not there yet.")
    differences = tuple(_differences(folder, order))
    if not is_begun:
        try:
            write_job(into, wanted)
        except OSError as error:
            raise JobError(f"{into} cannot be written: {error.strerror or error}.", "Choose another folder.") from error
    if not is_begun or supervisor.state(into) in _BROKEN_OFF:
        supervisor.start(into)
    return Repetition(into, differences)


def follow(into: Path) -> Iterator[JobEvent]:
    """The events of the repetition as they come, until it is over."""
    return following.events_of(into.expanduser().absolute())


def stop(into: Path) -> None:
    """Ask the repetition to stop within one step."""
    supervisor.request_stop(into.expanduser().absolute())


def verdict(folder: Path, into: Path) -> str:
    """What came of it, in a sentence: whether both adapters are the same, and what the computers had in common."""
    first, second = (place.expanduser().absolute() / _ADAPTER for place in (folder, into))
    if not first.is_file() or not second.is_file():
        return "There are no two adapters to compare."
    if _weights(first) == _weights(second):
        return SAME
    then, now = started(folder), started(into)
    for name, words in (("device", "on another device"), ("blas", "with another BLAS"), ("world", "in other parts")):
        if then.get(name) != now.get(name):
            return f"The adapter is not the same: it was trained {words} ({then.get(name)}, now {now.get(name)})."
    return "The adapter is not the same."


def started(folder: Path) -> Mapping[str, Any]:
    """What the run told when it was first started; nothing where it never was."""
    events, _ = read_events(folder.expanduser().absolute())
    return next((event.figures for event in events if event.kind == "started"), {})


def _goes_on(into: Path, wanted: Mapping[str, Any]) -> bool:
    """Whether `into` holds this very repetition, at work or broken off."""
    try:
        begun = read_job(into)
    except JobError:
        return False
    state = supervisor.state(into)
    return begun == wanted and (state in _BROKEN_OFF or not state.is_over)


def _weights(path: Path) -> dict[str, tuple[str, str, bytes]]:
    """Dtype, shape and bytes of every tensor in a safetensors file; their order in it may differ. Raises JobError."""
    data = path.read_bytes()
    try:
        (size,) = struct.unpack_from("<Q", data)
        header, body = json.loads(data[8 : 8 + size]), memoryview(data)[8 + size :]
        header.pop("__metadata__", None)
        return {
            name: (about["dtype"], str(about["shape"]), bytes(body[slice(*about["data_offsets"])]))
            for name, about in header.items()
        }
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise JobError(f"{path} is no adapter.", "Train the run again.") from error


def _differences(folder: Path, order: Mapping[str, Any]) -> list[str]:
    """What is not as it was. Raises JobError where something is gone."""
    from curator.tokens.identity import base_fingerprint  # tokenizers load slowly, and other verbs need none

    model, data, then = Path(str(order.get("model"))), Path(str(order.get("data"))), started(folder)
    if not model.is_dir():
        raise JobError(f"The base model is not where it was: {model}.", "Put it back there, or train a new run.")
    if not data.is_dir():
        raise JobError(f"The snapshot is not where it was: {data}.", "Put it back there, or train a new run.")
    found = []
    base = order.get("base") or then.get("base")
    if base and base_fingerprint(model) != base:
        found.append(f"The base model in {model} is another one now.")
    if not is_intact(data, str(order.get("snapshot", ""))):
        found.append(f"The rows in {data} are not those that were frozen.")
    versions = then.get("versions")
    for package, before in versions.items() if isinstance(versions, dict) else ():
        now = _version(package)
        if now != before:
            found.append(f"{package} was {before} and is {now}.")
    return found


def _version(package: str) -> str:
    if package == "python":
        return platform.python_version()
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
