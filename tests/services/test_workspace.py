"""The workspace: what a service is given, and who hears of what was written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from curator.core.changes import Changes
from curator.core.errors import LibraryError, ModelError
from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.services import importing
from curator.services.workspace import Workspace


def test_the_default_library_is_the_one_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURATOR_LIBRARY", str(tmp_path / "mine"))
    with Workspace.open() as ws:
        assert ws.folder == tmp_path / "mine"
        assert (tmp_path / "mine" / "library.db").is_file()


def test_a_place_where_no_library_can_be_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LibraryError) as caught:
        Workspace.open(tmp_path / "file" / "library")
    assert caught.value.message and caught.value.hint


def test_every_subscriber_hears_of_a_write_until_it_leaves(library_folder: Path) -> None:
    with Workspace.open(library_folder) as ws:
        one: list[Changes] = []
        two: list[Changes] = []
        leave = ws.subscribe(one.append)
        ws.subscribe(two.append)
        changes = Changes(exchanges=frozenset({1}))
        assert ws.publish(changes) is changes
        leave()
        leave()
        ws.publish(changes)
        ws.publish(Changes(words="nothing was touched"))
    assert (one, two) == ([changes], [changes, changes])


def test_a_subscriber_may_leave_while_it_is_told(library_folder: Path) -> None:
    with Workspace.open(library_folder) as ws:
        heard: list[Changes] = []

        def once(changes: Changes) -> None:
            heard.append(changes)
            leave()

        leave = ws.subscribe(once)
        ws.subscribe(heard.append)
        ws.publish(Changes(lists=True))
        ws.publish(Changes(lists=True))
    assert len(heard) == 3


def test_closing_does_what_was_asked_for_last_first_and_twice_is_fine(library_folder: Path) -> None:
    ws = Workspace.open(library_folder)
    done: list[str] = []
    ws.on_close(lambda: done.append("first"))
    ws.on_close(lambda: done.append("second"))
    ws.close()
    ws.close()
    assert done == ["second", "first"]


def test_what_asks_to_be_stopped_too_late_is_stopped_at_once(library_folder: Path) -> None:
    done: list[str] = []
    with Workspace.open(library_folder) as ws:
        ws.on_close(lambda: done.append("in time"))
        ws.stop()
        ws.on_close(lambda: done.append("too late"))
        assert done == ["in time", "too late"]
        assert ws.library.sources() == [], "the library is open still"
    assert len(done) == 2


def test_the_estimate_is_made_once_and_a_model_that_is_not_there_is_told(
    library_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path / "models"))
    with Workspace.open(library_folder) as ws:
        counter = ws.counter(None)
        assert counter.is_estimate
        assert counter.usage("Why?", "Because.").total > 0
        assert ws.counter(None) is counter
        with pytest.raises(ModelError):
            ws.counter("no such model")


def test_services_bring_neither_qt_nor_mlx() -> None:
    code = (
        "import sys, curator.services.workspace, curator.services.importing, curator.services.browsing, "
        "curator.services.curation\n"
        "print([name for name in ('PySide6', 'mlx', 'transformers', 'tokenizers', 'tiktoken') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_another_process_wrote_is_told_once_and_an_own_write_never(library_folder: Path) -> None:
    with Workspace.open(library_folder) as ws:
        importing.import_paths(ws, importing.sample_paths())
        first, second = ws.library.exchange_ids(ExchangeQuery())[:2]
        ws.library.set_state([first], State.CLEAN)
        heard: list[Changes] = []
        ws.subscribe(heard.append)
        assert not ws.look_around() and not heard
        words = [sys.executable, "-m", "curator", "--library", str(ws.folder), "mark", str(second), "clean"]
        subprocess.run(words, check=True, capture_output=True)
        told = ws.look_around()
        assert told.others and told.lists and told.rows and heard == [told]
        assert not ws.look_around() and len(heard) == 1
        ws.library.set_state([second], State.LATER)
        assert not ws.look_around()
