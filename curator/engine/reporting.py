"""Writes a run's figures for TensorBoard or Weights & Biases too, where the person asked for it and has them installed.

Only figures are written: no row, no probe and no answer ever leaves the job's folder this way.
"""

from __future__ import annotations

import math
import os
import queue
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from curator.engine.telling import Teller

PROJECT = "curator"
ID_FILE = "wandb-id"
"""What the run is called over there; every sitting goes on with it."""
_ONLY_FIGURES = {"console": "off", "disable_code": True, "disable_git": True}
"""wandb would take along what the worker prints, the program and where its source comes from."""
_NO_PATHS = "WANDB_X_DISABLE_META"
"""The same for the computer's name and the folders of the run; not every version knows it, so it is no argument."""
FINISH_SECONDS = 30.0
"""How long the end of a run waits for what is still to be sent."""
_TITLES = {"tensorboard": "TensorBoard", "wandb": "Weights & Biases"}
_STEP_FIGURES = {
    "loss": "loss/train",
    "learning_rate": "learning_rate",
    "grad_norm": "gradient_norm",
    "tokens_per_second": "tokens_per_second",
    "memory_gb": "memory_gb",
}


class _Book(Protocol):
    """Where figures are written."""

    def write(self, figures: dict[str, float], iteration: int) -> None:
        """Write figures of one iteration."""
        ...

    def keep(self) -> None:
        """The run has a checkpoint: what is written so far will not be trained again."""
        ...

    def close(self) -> None:
        """Nothing more will come."""
        ...


class _TensorBoard:
    """Event files in the job's folder, by tensorboardX or, where that is missing, by torch."""

    def __init__(self, folder: Path, job: dict[str, Any], resumed_at: int) -> None:
        try:
            module = import_module("tensorboardX")
        except ImportError:
            module = import_module("torch.utils.tensorboard")
        # What a killed process wrote after its last checkpoint is trained once more and must not be shown twice: all
        # from `purge_step` on is passed over. Begun anew, a run measures its base model again too, at step 0.
        again = resumed_at + 1 if resumed_at else 0
        place = folder / "tensorboard"
        # tensorboardX names a file by the second it was made in: two sittings within one would be one file.
        sitting = sum(1 for _ in place.glob("events.out.*"))
        self._writer = module.SummaryWriter(str(place), purge_step=again, filename_suffix=f".{sitting:04d}")

    def write(self, figures: dict[str, float], iteration: int) -> None:
        for name, value in figures.items():
            self._writer.add_scalar(name, value, iteration)

    def keep(self) -> None:
        self._writer.flush()  # it keeps two minutes to itself, which end with a killed process

    def close(self) -> None:
        self._writer.close()


class _WeightsAndBiases:
    """A run of the person's own account, or offline, as their WANDB settings say."""

    def __init__(self, folder: Path, job: dict[str, Any], resumed_at: int) -> None:
        module = import_module("wandb")
        os.environ.setdefault(_NO_PATHS, "true")
        numbers = {name: value for name, value in (job.get("settings") or {}).items() if name != "probe"}
        self._run = module.init(
            project=PROJECT,
            name=folder.name,
            dir=str(folder),
            config=numbers,
            reinit=True,
            id=_own_id(folder / ID_FILE),
            resume="allow",  # steps it has already are passed over: trained once more they are the same
            settings=_ONLY_FIGURES,
        )

    def write(self, figures: dict[str, float], iteration: int) -> None:
        self._run.log(figures, step=iteration)

    def keep(self) -> None:
        pass  # another process has it already

    def close(self) -> None:
        """Finish, but not for ever: wandb waits until all is sent, however long a network is away."""
        done: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()

        def finish() -> None:
            try:
                self._run.finish()
            except Exception as error:  # noqa: BLE001  another program's code: it is raised again where it is heard
                done.put(error)
            else:
                done.put(None)

        threading.Thread(target=finish, name="wandb", daemon=True).start()
        try:
            error = done.get(timeout=FINISH_SECONDS)
        except queue.Empty:
            raise TimeoutError from None
        if error is not None:
            raise error


_BOOKS: dict[str, Callable[[Path, dict[str, Any], int], _Book]] = {
    "tensorboard": _TensorBoard,
    "wandb": _WeightsAndBiases,
}


@contextmanager
def reporting(folder: Path, job: dict[str, Any], teller: Teller) -> Iterator[None]:
    """While this lasts, what `teller` tells of the run is written where "report_to" of the job says. What is missing
    or goes wrong there is told as a note, and the run goes on without it."""
    wanted = job.get("report_to") or ()
    names = [wanted] if isinstance(wanted, str) else [str(name) for name in wanted]
    reports = [_Report(name, folder, job, teller) for name in dict.fromkeys(names)]
    teller.listeners.extend(report.hear for report in reports)
    try:
        yield
    finally:
        for report in reports:
            teller.listeners.remove(report.hear)
            report.close()


class _Report:
    """One place to report to; it is opened when the run has started, and let go after its first failure."""

    def __init__(self, name: str, folder: Path, job: dict[str, Any], teller: Teller) -> None:
        self._title = _TITLES.get(name, f"“{name}”")
        self._make = _BOOKS.get(name)
        self._folder, self._job, self._teller = folder, job, teller
        self._book: _Book | None = None

    def hear(self, kind: str, figures: dict[str, Any]) -> None:
        """Take in one event."""
        if kind == "started":
            self._try(lambda: self._open(int(figures.get("resumed_at", 0))))
        elif self._book is not None and kind == "checkpoint":
            self._try(self._book.keep)
        elif self._book is not None and (found := figures_of(kind, figures)):
            book = self._book
            self._try(lambda: book.write(found, int(figures.get("iteration", 0))))

    def close(self) -> None:
        """Finish what was written."""
        if self._book is not None:
            self._try(self._book.close)
        self._book = None

    def _open(self, resumed_at: int) -> None:
        if self._make is None:
            raise ModuleNotFoundError(self._title)
        self._book = self._make(self._folder, self._job, resumed_at)

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except ModuleNotFoundError:
            self._book = None
            self._teller.note(f"{self._title} is not installed where this run trains: nothing is written for it.")
        except TimeoutError:
            self._book = None
            self._teller.note(
                f"{self._title} has not taken everything after {FINISH_SECONDS:.0f} s. What is missing lies in the"
                " run's folder; “wandb sync” sends it later."
            )
        except Exception:  # noqa: BLE001  another program's code, with a network in it: the run must not end by it
            traceback.print_exc()
            self._book = None
            self._teller.note(f"Writing for {self._title} failed; the run goes on without it. The log says more.")


def _own_id(path: Path) -> str:
    """A name that no other run of the person's account has, made by the first sitting and kept for the others."""
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        made = uuid.uuid4().hex
        path.write_text(made, encoding="ascii")
        return made


def figures_of(kind: str, figures: dict[str, Any]) -> dict[str, float]:
    """The figures of an event under the names that both programs show, without those that are no numbers."""
    if kind == "train":
        named = {title: figures.get(name) for name, title in _STEP_FIGURES.items()}
    elif kind == "valid":
        tags = figures.get("tags")
        named = {"loss/valid": figures.get("loss")}
        named |= {f"loss/valid/{tag}": loss for tag, loss in (tags.items() if isinstance(tags, dict) else ())}
    else:
        return {}
    return {
        name: float(value) for name, value in named.items() if isinstance(value, int | float) and math.isfinite(value)
    }
