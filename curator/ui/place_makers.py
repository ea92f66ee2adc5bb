"""How each place but the Library is built: imported when it is first wanted."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.actions import Actions
    from curator.ui.tasks import Tasks


def load_views() -> None:
    """Import what the Library place is built from; call it off the window's thread."""
    importlib.import_module("curator.ui.open_library")


def load_place(name: str) -> str:
    """Import what a place is built from, off the window's thread: it takes up to half a second. Returns the name."""
    importlib.import_module(f"curator.ui.views.{name}_place")
    return name


def _dataset(ws: Workspace, tasks: Tasks, actions: Actions) -> QWidget:
    from curator.ui.views.dataset_place import DatasetPlace

    place: QWidget = DatasetPlace(ws, tasks, actions)
    return place


def _runs(ws: Workspace, tasks: Tasks, actions: Actions) -> QWidget:
    from curator.ui.views.runs_place import RunsPlace

    place: QWidget = RunsPlace(ws, tasks, actions)
    return place


def _mirror(ws: Workspace, tasks: Tasks, actions: Actions) -> QWidget:
    from curator.ui.views.mirror_place import MirrorPlace

    place: QWidget = MirrorPlace(ws, tasks, actions)
    return place


Maker = Callable[["Workspace", "Tasks", "Actions"], QWidget]
PLACE_MAKERS: dict[str, Maker] = {"dataset": _dataset, "runs": _runs, "mirror": _mirror}
"""Each builds a widget that is a Place."""
