"""Places of the window on a real library, without the window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtWidgets import QWidget

from curator.services.workspace import Workspace
from curator.ui.actions import Actions
from curator.ui.tasks import Tasks


class Stage:
    """A workspace, its tasks and the actions of a window that is not shown."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace.open(folder)
        self.tasks = Tasks(self.workspace)
        self.host = QWidget()
        self.actions = Actions(self.host)
        self.errors: list[object] = []
        self.tasks.failed.connect(self.errors.append)

    def close(self) -> None:
        """End the threads, then the library."""
        self.tasks.shutdown()
        self.workspace.close()
        self.host.deleteLater()


@contextmanager
def open_stage(folder: Path) -> Iterator[Stage]:
    """A stage that is closed whatever happens; work that failed without a listener fails the test."""
    stage = Stage(folder)
    try:
        yield stage
    finally:
        stage.close()
    assert stage.errors == []


def sessions_of(rows: int, per_session: int = 3) -> list[list[tuple[str, str]]]:
    """Rows that differ in words and length, in sessions of a few."""
    pairs = [(f"What does tool {n} mean?", "It means: " + "look into the log. " * (1 + n % 5)) for n in range(rows)]
    return [pairs[i : i + per_session] for i in range(0, rows, per_session)]
