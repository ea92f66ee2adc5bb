"""Imports what a command needs off the window's thread: some of it takes longer than a key may wait."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curator.ui.tasks import Tasks


def with_module(tasks: Tasks, name: str, call: Callable[[ModuleType], None]) -> None:
    """Call `call` on the window's thread with a module of this package, once it is there."""
    tasks.read(lambda: import_module(f"curator.ui.reporting.{name}"), call)
