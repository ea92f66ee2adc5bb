"""The places on this computer: this program itself, and another Python environment with an mlx of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from curator.core.errors import JobError
from curator.core.machine import Finding, RuntimeSpec, Weight
from curator.jobs.runtimes.probe import PROBE, answer_in, findings
from curator.jobs.runtimes.runtime import Runtime, bundled, engine_environment
from curator.jobs.runtimes.source import source_zip
from curator.jobs.runtimes.trial import try_out

_ON_WINDOWS = "Install Curator's .deb in WSL, or use a Mac or a Linux computer."
_PROBE_SECONDS = 120.0  # the first import of mlx from a cold disk takes its time


@dataclass(frozen=True, slots=True)
class Bundled:
    """This program."""

    spec: RuntimeSpec

    def runtime(self) -> Runtime:
        """It starts itself again. Raises JobError on Windows: the worker needs fork and flock, and brings no mlx."""
        if sys.platform == "win32":
            raise JobError("This needs mlx, which does not come along on Windows.", _ON_WINDOWS)
        return bundled()

    def check(self) -> Iterator[Finding]:
        """Whether it can train: it does, a few steps on a tiny model."""
        yield Finding("program", Weight.FINE, f"This program: {' '.join(bundled().command)}")
        try:
            told = try_out()
        except JobError as error:
            yield Finding("training", Weight.STOP, error.message, error.hint)
            return
        yield Finding("training", Weight.FINE, f"It trained some steps on {told['device']}, BLAS: {told['blas']}.")


@dataclass(frozen=True, slots=True)
class OtherPython:
    """Another interpreter of this computer, with Curator's engine put on its path: an NVIDIA box with `mlx[cuda13]`,
    or a newer mlx than the one that came along."""

    spec: RuntimeSpec

    def runtime(self) -> Runtime:
        """That interpreter with the very engine of this program. Raises JobError where it is not there."""
        python = Path(os.path.expanduser(self.spec.python))  # noqa: PTH111  a “~name” that nobody has is no Python
        if not python.is_file() or not os.access(python, os.X_OK):
            raise JobError(f"There is no Python at {self.spec.python}.", "Change or remove this place to train.")
        environment = engine_environment() | {"PYTHONPATH": str(source_zip()), "PYTHONSAFEPATH": "1"}
        return Runtime((str(python), "-m", "curator"), environment)

    def check(self) -> Iterator[Finding]:
        """Whether it has what training needs, and which device its mlx finds."""
        try:
            runtime = self.runtime()
        except JobError as error:
            yield Finding("python", Weight.STOP, error.message, error.hint)
            return
        try:
            done = subprocess.run(
                [runtime.command[0], "-c", PROBE],
                capture_output=True,
                text=True,
                timeout=_PROBE_SECONDS,
                env=runtime.environ(os.environ),
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            yield Finding("python", Weight.STOP, f"{self.spec.python} does not answer: {error}.", "Name another one.")
            return
        told = answer_in(done.stdout)
        if told is None:
            words = done.stderr.strip().splitlines()[-1:] or [f"it ended with code {done.returncode}"]
            yield Finding("python", Weight.STOP, f"{self.spec.python} is no Python: {words[0]}", "Name another one.")
            return
        yield from findings(told, self.spec.python)
