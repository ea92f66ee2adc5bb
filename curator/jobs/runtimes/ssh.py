"""Another computer, reached with ssh: a small process here attends to the worker there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from curator import paths
from curator.core.errors import JobError
from curator.core.machine import Finding, RuntimeSpec, Weight
from curator.jobs.away.line import Line, NoPythonError
from curator.jobs.runtimes.probe import PROBE, answer_in, findings
from curator.jobs.runtimes.runtime import Runtime

_PROBE_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class OverSsh:
    """A Mac or Linux computer with a Python that has mlx-lm; Curator's own code is sent there."""

    spec: RuntimeSpec

    def runtime(self) -> Runtime:
        """The process that attends to it; this computer may fall asleep meanwhile. Raises JobError for a bad spec."""
        Line(self.spec)
        return Runtime(tuple(paths.program()), task="--away", keeps_awake=False)

    def check(self) -> Iterator[Finding]:
        """Whether it can be reached without a password, and whether its Python can train."""
        try:
            line = Line(self.spec)
            line.run("true")
            yield Finding("line", Weight.FINE, f"{line.name} can be reached.")
            output = line.run(f"{line.python} - {line.word()}", given=PROBE, patience=_PROBE_SECONDS)
        except JobError as error:
            subject = "python" if isinstance(error, NoPythonError) else "line"
            yield Finding(subject, Weight.STOP, error.message, error.hint)
            return
        told = answer_in(output)
        if told is None:
            yield Finding("python", Weight.STOP, f"{line.python} on {line.name} is no Python 3.", "Name another one.")
            return
        yield from findings(told, line.python)
        if not told.get("rsync"):
            yield Finding("rsync", Weight.STOP, f"There is no rsync on {line.name}.", "Install it there.")
