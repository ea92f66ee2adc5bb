"""Watches over the computer while a terminal follows a run, as a window does."""

from __future__ import annotations

import threading
from types import TracebackType

from curator.cli.output import tell
from curator.core.errors import CuratorError
from curator.services import care, training
from curator.services.workspace import Workspace

LOOK_SECONDS = 2.0
"""How often `care.watch` wants to be called."""


class Attending:
    """While it is entered, runs are paused under pressure and go on after it, from a thread of its own."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._is_over = threading.Event()
        self._looking = threading.Lock()
        self._told: set[str] = set()
        self._thread = threading.Thread(target=self._watch, name="care", daemon=True)

    def __enter__(self) -> Attending:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def goes_on(self, run_id: int) -> bool:
        """Whether a run that has been paused goes on by itself as long as somebody watches."""
        with self._looking:  # a pause is asked for before it is marked
            return care.goes_on_by_itself(training.run(self._ws, run_id))

    def wait(self, run_id: int) -> None:
        """Return when the run goes on, or no longer waits to do so."""
        while self.goes_on(run_id) and not self._is_over.wait(LOOK_SECONDS / 4):
            pass

    def _watch(self) -> None:
        while not self._is_over.wait(LOOK_SECONDS):
            try:
                with self._looking:
                    training.look(self._ws)  # it looks at the records of runs, which nobody else keeps here
                    care.watch(self._ws)
                self._tell_strain()
            except CuratorError:
                continue  # the run goes on without; the next look may do better

    def _tell_strain(self) -> None:
        """Say what is strained, each thing once: a window shows it as long as it lasts, a terminal would fill up."""
        for finding in care.strain():
            if finding.subject not in self._told:
                self._told.add(finding.subject)
                tell(f"{finding.sentence} {finding.hint}".strip())
