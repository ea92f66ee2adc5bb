"""Several processes or computers that train one run together, data parallel over mlx's ring: experimental."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from curator import paths
from curator.core.errors import JobError
from curator.core.machine import Finding, RuntimeSpec, Weight
from curator.jobs.away.line import Line
from curator.jobs.runtimes.place import far_places, is_here
from curator.jobs.runtimes.runtime import Runtime
from curator.jobs.runtimes.ssh import OverSsh


@dataclass(frozen=True, slots=True)
class Ring:
    """Hosts as ssh knows them; 127.0.0.1 is a process of this computer, and the first has to be one."""

    spec: RuntimeSpec

    def runtime(self) -> Runtime:
        """The process that starts the ranks and watches them. Raises JobError for a ring that cannot be."""
        hosts = self.spec.hosts
        if len(hosts) < 2:
            raise JobError("A ring needs two members or more.", "Name another computer, or train without a ring.")
        if not is_here(hosts[0]):
            raise JobError("The first member of a ring is this computer.", "Name 127.0.0.1 first.")
        for place in far_places(self.spec):
            Line(place)  # says what is wrong with it
        return Runtime(tuple(paths.program()), task="--ring")

    def check(self) -> Iterator[Finding]:
        """Whether each of its computers can train."""
        try:
            self.runtime()
        except JobError as error:
            yield Finding("ring", Weight.STOP, error.message, error.hint)
            return
        yield Finding(
            "ring",
            Weight.WARNING,
            f"{len(self.spec.hosts)} members. Training on several together is experimental.",
            "It pays only with long rows and a wired network; one faster computer over ssh is the safer choice.",
        )
        for place in far_places(self.spec):
            for finding in OverSsh(place).check():
                yield replace(finding, sentence=f"{place.host}: {finding.sentence}")
