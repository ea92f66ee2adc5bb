"""Base models for people: what is there, adding one, and preparing the starter that comes along."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from curator.core.changes import Changes
from curator.core.errors import JobError, ModelError
from curator.core.job import JobEvent, JobState
from curator.core.model import STARTER, BaseModel
from curator.jobs import supervisor
from curator.jobs.folder import read_events, write_job
from curator.services import runtimes
from curator.services.workspace import Workspace

Progress = Callable[[int, int], None]
"""Called with what is done and what there is in all: bytes of a download, steps of a preparation."""

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_PAUSE = 0.1  # seconds between two looks at the job
_STARTING = 30.0  # seconds an order may lie without a worker
_PATIENCE = 900.0  # seconds after which a preparation counts as stuck
_JOB = ".prepare-starter-"
_preparing = threading.Lock()


def models(ws: Workspace) -> list[BaseModel]:
    """Every model on this computer, the starter first; those that cannot be trained say why."""
    return ws.shelf.list()


def add(
    ws: Workspace, source: str | Path, progress: Progress | None = None, cancel: threading.Event | None = None
) -> BaseModel:
    """Add a model folder, or download `owner/name` from the hub. Raises ModelError with the reason in a sentence."""
    path = Path(source).expanduser()
    if path.is_dir():
        model = ws.shelf.add_folder(path)
    elif path.is_file():
        raise ModelError(
            f"{path.name} is a file, and training needs the whole folder.",
            "Choose the folder that holds config.json, tokenizer.json and the safetensors.",
        )
    elif _HUB_ID.fullmatch(str(source)):
        model = _download(ws, str(source), progress, cancel)
    else:
        raise ModelError(
            f"There is no folder {source}, and it is no name on the hub.",
            "Give a folder, or a name such as mlx-community/Qwen3-0.6B-4bit.",
        )
    ws.publish(Changes(settings=True, words=f"Add {model.title}"))
    return model


def remove(ws: Workspace, name: str) -> None:
    """Take an added folder from the list; the folder stays. Raises ModelError where none of that name was added."""
    ws.shelf.forget_folder(name)
    ws.publish(Changes(settings=True, words=f"Remove {name}"))


def prepare_starter(
    ws: Workspace, progress: Progress | None = None, cancel: threading.Event | None = None
) -> BaseModel:
    """The starter model, made ready if it is not yet: once, about ten seconds, by a job (mlx never runs here).

    Safe to call twice, also from two windows: the model folder appears whole or not at all. Setting `cancel` ends the
    waiting with a JobError, and not the job: whoever asks next finds the model, or goes on waiting.
    Raises ModelError when its wheel is not installed, or JobError when the preparation fails.
    """
    model = ws.shelf.get(STARTER)
    if model.is_ready:
        _sweep(ws)
        return model
    with _preparing:
        _prepare(ws, progress, cancel)
        model = ws.shelf.get(STARTER)
    if not model.is_ready:
        raise ModelError("The starter model could not be prepared.", model.problem)
    ws.publish(Changes(settings=True, rows=True, words="Prepare the starter model"))
    return model


def _prepare(ws: Workspace, progress: Progress | None, cancel: threading.Event | None) -> None:
    """Start the job, or follow the one that another window started.

    Every try has a folder of its own: the process that watches over a failed one may still be writing into it.
    """
    if ws.shelf.get(STARTER).is_ready:
        return
    source, target = ws.shelf.starter_source(), ws.shelf.starter_folder
    tries = sorted(ws.shelf.folder.glob(f"{_JOB}*"))
    job = next((folder for folder in reversed(tries) if _is_going(folder)), None)
    if job is None:
        job = ws.shelf.folder / f"{_JOB}{time.time_ns()}"
        try:
            if target.exists():  # broken by hand or by a full disk: it can be made again at any time
                shutil.rmtree(target)
            order = {"kind": "convert_starter", "source": str(source), "into": str(target)}
            write_job(job, order | runtimes.for_errands(ws))
        except OSError as error:
            raise ModelError(
                f"{ws.shelf.folder} cannot be written: {error.strerror}.",
                "Free some space (1 GB is needed) or check the folder's permissions.",
            ) from error
        supervisor.start(job)
    _wait(ws, job, progress, cancel)
    for folder in [*tries, job]:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(ws: Workspace) -> None:
    """Take away what is left of a preparation that nobody waited for to its end."""
    for folder in ws.shelf.folder.glob(f"{_JOB}*"):
        if not _is_going(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_going(job: Path) -> bool:
    """Whether a worker is at this job, or about to be: whoever wrote the order may have died before starting one."""
    state = supervisor.state(job)
    if state is not JobState.QUEUED:
        return not state.is_over
    try:
        return time.time() - job.stat().st_mtime < _STARTING
    except OSError:
        return False


def _wait(ws: Workspace, job: Path, progress: Progress | None, cancel: threading.Event | None) -> None:
    """Follow the job until the model is there. Raises JobError with the worker's own sentence when it fails."""
    offset = 0
    last: JobEvent | None = None
    deadline = time.monotonic() + _PATIENCE
    while True:
        state = supervisor.state(job)
        events, offset = read_events(job, offset)
        for event in events:
            last = event
            if progress is not None and "done" in event.figures and "steps" in event.figures:
                progress(int(event.figures["done"]), int(event.figures["steps"]))
        if state is JobState.DONE or ws.shelf.get(STARTER).is_ready:
            return
        if state.is_over:
            figures = last.figures if last is not None else {}
            raise JobError(
                str(figures.get("message") or "The preparation of the starter model ended without a word."),
                str(figures.get("hint") or "Try again; “curator doctor” tells what is missing."),
            )
        if cancel is not None and cancel.is_set():
            raise JobError("The starter model is still being prepared.", "It goes on by itself.")
        if time.monotonic() > deadline:
            supervisor.kill(job)
            raise JobError("The preparation of the starter model got stuck.", "Try again.")
        time.sleep(_PAUSE)


def _download(ws: Workspace, repo: str, progress: Progress | None, cancel: threading.Event | None) -> BaseModel:
    from curator.models.hub import download  # a slow import, and most starts never need the hub

    download(repo, ws.shelf.folder / repo.replace("/", "--"), progress, cancel)
    model = ws.shelf.get(repo)
    if not model.is_ready:
        raise ModelError(f"“{repo}” was downloaded and cannot be trained. {model.problem}")
    return model
