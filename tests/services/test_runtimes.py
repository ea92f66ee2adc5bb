"""Places to train are remembered with the library."""

from __future__ import annotations

import json
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


def test_a_python_is_remembered_by_its_whole_path_and_links_are_left(
    library_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my env").mkdir()
    (tmp_path / "my env" / "python3").symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    with Workspace.open(library_folder) as ws:
        runtimes.add(ws, RuntimeSpec("near", RuntimeKind.PYTHON, python="my env/python3"))
        assert runtimes.get(ws, "near").python == str(tmp_path / "my env" / "python3")
        monkeypatch.setenv("PATH", str(tmp_path / "my env"))
        runtimes.add(ws, RuntimeSpec("known", RuntimeKind.PYTHON, python="python3"))
        assert runtimes.get(ws, "known").python == str(tmp_path / "my env" / "python3")


def test_a_place_of_a_newer_curator_is_kept(library_folder: Path) -> None:
    newer = {"name": "moon", "kind": "rocket", "fuel": 3}
    with Workspace.open(library_folder) as ws:
        ws.library.set_setting("runtimes", json.dumps([newer]))
        runtimes.add(ws, OTHER)
        assert runtimes.runtimes(ws) == [runtimes.HERE, OTHER]
        runtimes.remove(ws, "other")
        assert json.loads(ws.library.setting("runtimes", "")) == [newer]


def test_a_ring_with_a_member_that_is_no_host_is_refused(library_folder: Path) -> None:
    with Workspace.open(library_folder) as ws, pytest.raises(JobError, match="names no computer"):
        runtimes.add(ws, RuntimeSpec("ring", RuntimeKind.RING, hosts=("127.0.0.1", "-oProxyCommand=x")))


def test_the_usual_place_is_that_of_errands_where_it_is_a_python_here(library_folder: Path) -> None:
    with Workspace.open(library_folder) as ws:
        assert runtimes.usual(ws) == "" and runtimes.for_errands(ws) == {}
        with pytest.raises(NotFoundError):
            runtimes.make_usual(ws, "nobody")
        runtimes.add(ws, OTHER)
        runtimes.add(ws, RuntimeSpec("far", RuntimeKind.SSH, host="mac.example"))
        assert runtimes.make_usual(ws, "other").settings and runtimes.usual(ws) == "other"
        assert runtimes.for_errands(ws)["runtime"]["python"] == sys.executable
        runtimes.make_usual(ws, "far")
        assert runtimes.usual(ws) == "far" and runtimes.for_errands(ws) == {}
        runtimes.remove(ws, "far")
        assert runtimes.usual(ws) == ""
