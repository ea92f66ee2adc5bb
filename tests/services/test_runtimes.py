"""Places to train are remembered with the library."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from curator.core.errors import JobError, NotFoundError
from curator.core.machine import RuntimeKind, RuntimeSpec, Weight
from curator.services import runtimes
from curator.services.workspace import Workspace

OTHER = RuntimeSpec("other", RuntimeKind.PYTHON, python=sys.executable)


def test_this_computer_is_always_there_and_others_are_remembered(library_folder: Path) -> None:
    with Workspace.open(library_folder) as ws:
        assert runtimes.runtimes(ws) == [runtimes.HERE]
        assert runtimes.add(ws, OTHER).settings
    with Workspace.open(library_folder) as ws:
        assert runtimes.runtimes(ws) == [runtimes.HERE, OTHER]
        assert runtimes.get(ws, "other") == OTHER and runtimes.get(ws, "") == runtimes.HERE
        assert runtimes.remove(ws, "other").settings
        assert runtimes.runtimes(ws) == [runtimes.HERE]


def test_what_cannot_be_used_is_refused(library_folder: Path) -> None:
    with Workspace.open(library_folder) as ws:
        runtimes.add(ws, OTHER)
        with pytest.raises(JobError, match="already"):
            runtimes.add(ws, OTHER)
        with pytest.raises(JobError, match="needs a name"):
            runtimes.add(ws, RuntimeSpec(" ", RuntimeKind.PYTHON, python=sys.executable))
        with pytest.raises(JobError, match="no Python at"):
            runtimes.add(ws, RuntimeSpec("gone", RuntimeKind.PYTHON, python="/nowhere/python"))
        with pytest.raises(NotFoundError):
            runtimes.remove(ws, "nobody")
        (found,) = runtimes.check_spec(RuntimeSpec("gone", RuntimeKind.PYTHON, python="/nowhere/python"))
        assert found.weight is Weight.STOP
