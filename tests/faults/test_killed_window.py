"""The window's process is killed in the middle of things: nothing decided or typed is lost, nothing is double."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
from claude_sessions import ClaudeSession
from screen import screen

from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.services import browsing, curation, importing
from curator.services.workspace import Workspace

SITTING = Path(__file__).resolve().parent / "sitting.py"
EVERYTHING = ExchangeQuery(everything=True)


@pytest.fixture
def display() -> Iterator[str]:
    with screen() as number:
        yield number


def sit_and_be_killed(sitting: str, library: Path, folder: Path, display: str, *paths: Path) -> dict[str, Any]:
    """One sitting in a process of its own, killed as soon as it has said what there is; the answer is what it said."""
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    told = folder / f"{sitting}.json"
    log = folder / f"{sitting}.log"
    with log.open("wb") as words:
        command = [sys.executable, str(SITTING), sitting, str(library), str(folder), *map(str, paths)]
        window = subprocess.Popen(command, stdout=words, stderr=words, env=environment)
    try:
        end = time.monotonic() + 300
        while not told.exists():
            assert window.poll() is None, log.read_text(errors="replace")[-4000:]
            assert time.monotonic() < end, f"“{sitting}” took too long; {log.read_text(errors='replace')[-4000:]}"
            time.sleep(0.005)
        children = psutil.Process(window.pid).children(recursive=True)
    finally:
        window.kill()
        code = window.wait(timeout=120)
    assert code == -signal.SIGKILL
    assert psutil.wait_procs(children, timeout=120)[1] == [], "no parser lives on without its window"
    assert "Traceback" not in log.read_text(errors="replace"), log.read_text(errors="replace")[-4000:]
    return dict(json.loads(told.read_text(encoding="utf-8")))


def assert_sound(library: Path) -> None:
    """The database is whole, its references hold, and the search's index agrees with the texts."""
    with closing(sqlite3.connect(library / "library.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        db.execute("INSERT INTO search(search, rank) VALUES ('integrity-check', 1)")


@pytest.mark.window
def test_marks_edits_and_what_was_only_typed_survive_a_kill(tmp_path: Path, display: str) -> None:
    library = tmp_path / "library"
    told = sit_and_be_killed("deciding", library, tmp_path, display, *importing.sample_paths())
    with Workspace.open(library) as ws:
        assert ws.library.notices == []
        assert {row.id for row in curation.rows(ws)} == set(told["marked"])
        edited = browsing.exchange(ws, told["edited"])
        assert edited.row_response == f"{edited.response} And this is edit 1."
        assert edited.revision == 1 and edited.draft_response is None
        typed = browsing.exchange(ws, told["typed"])
        assert typed.draft_prompt == told["draft"] == f"Not yet saved: {typed.prompt}"
        assert (typed.row_prompt, typed.state, typed.revision) == (typed.prompt, State.UNREVIEWED, 0)
        undo = [curation.undo(ws).words for _ in range(4)]
        assert not any(row.revision for row in curation.rows(ws, frozenset(State))), undo
        assert curation.rows(ws) == [], "every act can still be undone"
        for _ in range(4):
            curation.redo(ws)
    assert_sound(library)
    found = sit_and_be_killed("reading", library, tmp_path, display)
    assert found["prompt"] == told["draft"]
    assert found["said"].startswith("unsaved draft")
    assert found["notice"] == ""


@pytest.mark.window
def test_an_import_that_was_killed_is_ended_by_the_next_one(tmp_path: Path, display: str) -> None:
    files, exchanges = 300, 8
    sessions = tmp_path / "sessions"
    for number in range(1, files + 1):
        session = ClaudeSession(sessions / f"{number}.jsonl", seed=number)
        for turn in range(exchanges):
            session.exchange(f"Question {turn} of session {number}?", f"Answer {turn} of session {number}. " * 20)
    library = tmp_path / "library"
    told = sit_and_be_killed("importing", library, tmp_path, display, sessions)
    with Workspace.open(library) as ws:
        assert ws.library.notices == []
        found = list(browsing.exchange_ids(ws, EVERYTHING))
        assert told["exchanges"] <= len(found) < files * exchanges, "the kill came in the middle"
        assert len(found) % exchanges == 0, "each file whole or not at all"
        curation.mark(ws, found[:5], State.CLEAN)
    assert_sound(library)
    with Workspace.open(library) as ws:
        report = importing.import_paths(ws, [sessions])
        assert report.problems == () and report.files == files
        assert (report.new, report.updated) == (files * exchanges - len(found), 0)
        ids = list(browsing.exchange_ids(ws, EVERYTHING))
        views = [browsing.exchange(ws, id) for id in ids]
        assert len({(view.path, view.key) for view in views}) == len({view.prompt for view in views}) == len(ids)
        assert len(ids) == files * exchanges and set(found) < set(ids)
        assert {row.id for row in curation.rows(ws)} == set(found[:5])
        assert browsing.counts(ws).hidden == 0, "nothing is taken for a duplicate"
    assert_sound(library)
