"""Importing and watching as a person does it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from claude_sessions import ClaudeSession

from curator.core.changes import Changes
from curator.core.errors import LibraryError, NotFoundError, UnreadableFileError
from curator.core.mapping import Mapping, guessed
from curator.core.query import ExchangeQuery
from curator.ingest.job import BATCH_EXCHANGES
from curator.services import browsing, importing
from curator.services.workspace import Workspace


@pytest.fixture
def session(tmp_path: Path) -> ClaudeSession:
    made = ClaudeSession(tmp_path / "-home-me" / "s.jsonl")
    made.exchange("Why does it fail?", "The port is taken.")
    return made


class Told:
    """The changes a workspace published, and a way to wait for one."""

    def __init__(self, ws: Workspace) -> None:
        self.changes: list[Changes] = []
        self._said = threading.Condition()
        ws.subscribe(self._hear)

    def _hear(self, changes: Changes) -> None:
        with self._said:
            self.changes.append(changes)
            self._said.notify_all()

    def until(self, is_so: Callable[[], bool]) -> None:
        with self._said:
            assert self._said.wait_for(is_so, 120)


def number(ws: Workspace) -> int:
    return len(browsing.exchange_ids(ws, ExchangeQuery()))


def test_an_import_publishes_what_came_in(ws: Workspace, session: ClaudeSession) -> None:
    told = Told(ws)
    report = importing.import_paths(ws, [session.path])
    assert (report.new, report.sessions) == (1, 1)
    [changes] = told.changes
    assert changes.exchanges == frozenset(browsing.exchange_ids(ws, ExchangeQuery()))
    assert importing.import_paths(ws, [str(session.path)]).unchanged == 1
    assert len(told.changes) == 1


def test_a_watched_folder_is_named_listed_and_removed(ws: Workspace, session: ClaudeSession) -> None:
    told = Told(ws)
    folder = session.path.parent
    assert importing.add_watched(ws, str(folder)).watched
    assert not importing.add_watched(ws, folder)
    [watched] = importing.watched(ws)
    assert (watched.path, watched.name, watched.is_missing) == (str(folder), "-home-me", False)
    assert importing.remove_watched(ws, folder).watched
    assert importing.watched(ws) == []
    importing.add_watched(ws, folder)
    importing.remove_watched(ws, importing.watched(ws)[0].id)
    assert importing.watched(ws) == []
    assert len(told.changes) == 4
    with pytest.raises(NotFoundError):
        importing.remove_watched(ws, folder)
    with pytest.raises(NotFoundError):
        importing.add_watched(ws, session.path)


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="these make no folder of such a name")
def test_a_folder_whose_name_cannot_be_stored_gets_a_sentence(ws: Workspace, tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(odd)
    with pytest.raises(UnreadableFileError, match=r"caf.” is not valid text"):
        importing.add_watched(ws, tmp_path, os.fsdecode(odd))
    assert importing.watched(ws) == [], "none of them is followed then"


def test_a_watched_folder_that_is_missing_says_so(ws: Workspace, session: ClaudeSession) -> None:
    folder = session.path.parent
    importing.add_watched(ws, folder)
    folder.rename(folder.with_name("away"))
    assert importing.watched(ws)[0].is_missing


def test_watching_follows_what_is_there_and_what_is_added(
    ws: Workspace, session: ClaudeSession, tmp_path: Path
) -> None:
    told = Told(ws)
    importing.add_watched(ws, session.path.parent)
    reports = []
    watching = importing.start_watching(ws, lambda report, changes: reports.append(report))
    told.until(lambda: number(ws) == 1)
    other = ClaudeSession(tmp_path / "other" / "s.jsonl", seed=3)
    other.exchange("Another?", "Another.")
    importing.add_watched(ws, tmp_path / "other")
    told.until(lambda: number(ws) == 2)
    other.exchange("One more?", "One more.")
    told.until(lambda: number(ws) == 3)
    watching.stop()
    watching.stop()
    assert sum(report.new for report in reports) == 3
    assert watching.notice == ""


def test_what_is_imported_by_hand_while_watching_is_not_imported_again(ws: Workspace, session: ClaudeSession) -> None:
    told = Told(ws)
    importing.add_watched(ws, session.path.parent)
    importing.start_watching(ws)
    told.until(lambda: number(ws) == 1)
    second = ClaudeSession(session.path.parent / "t.jsonl", seed=8)
    second.exchange("By hand?", "Yes.")
    importing.import_paths(ws, [second.path])
    session.exchange("Then?", "Yes.")
    told.until(lambda: number(ws) == 3)
    assert {(record.path, record.root) for record in ws.library.sources()} == {
        (str(session.path), 1),
        (str(second.path), 1),
    }


def test_closing_the_workspace_stops_watching(library_folder: Path, session: ClaudeSession) -> None:
    ws = Workspace.open(library_folder)
    importing.add_watched(ws, session.path.parent)
    importing.start_watching(ws)
    ws.close()
    assert "curator-watch" not in {thread.name for thread in threading.enumerate()}


def test_found_agents_know_what_is_watched(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.delenv("CODEX_HOME", raising=False)
    ClaudeSession(tmp_path / "claude" / "projects" / "-p" / "s.jsonl").exchange("Why?", "So.")
    [agent] = importing.found_agents(ws)
    assert (agent.name, agent.files, agent.is_watched) == ("Claude Code", 1, False)
    importing.add_watched(ws, agent.path)
    assert importing.found_agents(ws)[0].is_watched
    assert importing.watched(ws)[0].name == "Claude Code"
    assert not importing.found_agents()[0].is_watched


def test_the_samples_import_without_a_problem(ws: Workspace) -> None:
    samples = importing.sample_paths()
    assert len(samples) >= 3
    report = importing.import_paths(ws, samples)
    assert report.files == len(samples)
    assert report.new > 10
    assert report.problems == ()


ASKED = b'{"frage": "Wie tief ist der Brunnen?", "antwort": "Drei Meter."}\n'


def test_a_file_nobody_knows_is_read_by_the_fields_that_were_named_also_when_it_grows(
    ws: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "fragen.jsonl"
    path.write_bytes(ASKED)
    report = importing.import_paths(ws, [path])
    assert importing.unknown_files(report) == [str(path)]
    mapping = guessed(importing.fields_of(path))
    assert mapping == Mapping("frage", "antwort")
    assert [e.response for e in importing.preview_mapped(path, mapping)] == ["Drei Meter."]
    assert importing.import_mapped(ws, path, mapping).new == 1
    path.write_bytes(ASKED + ASKED.replace(b"tief", b"alt"))
    again = importing.import_paths(ws, [path])
    assert (again.new, again.unchanged, again.problems) == (1, 1, ())
    moved = path.rename(tmp_path / "andere.jsonl")
    moved.write_bytes(moved.read_bytes() + ASKED.replace(b"tief", b"breit"))
    report = importing.import_paths(ws, [moved])
    assert (report.new, report.unchanged) == (1, 2)


def test_a_mapped_file_in_a_watched_folder_is_followed_and_another_mapping_takes_the_place_of_the_first(
    ws: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    path = folder / "fragen.jsonl"
    path.write_bytes(ASKED)
    importing.import_mapped(ws, path, Mapping("antwort", "frage"))
    assert importing.import_mapped(ws, path, Mapping("frage", "antwort")).new == 1
    assert number(ws) == 1
    importing.add_watched(ws, folder)
    told = Told(ws)
    importing.start_watching(ws)
    with path.open("ab") as file:
        file.write(ASKED.replace(b"tief", b"alt"))
    told.until(lambda: any(change.exchanges for change in told.changes) and number(ws) == 2)


def test_a_mapping_that_fits_no_row_names_the_fields_and_is_not_kept(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "fragen.jsonl"
    path.write_bytes(ASKED)
    with pytest.raises(NotFoundError) as caught:
        importing.import_mapped(ws, path, Mapping("frage", "reply"))
    assert "frage, antwort" in caught.value.hint
    assert importing.import_paths(ws, [path]).new == 0
    with pytest.raises(UnreadableFileError):
        importing.fields_of(tmp_path / "nothing.jsonl")


def test_a_disk_that_fills_up_says_what_became_of_what_was_read_before(ws: Workspace, tmp_path: Path) -> None:
    line = '{{"messages":[{{"role":"user","content":"Why {0}?"}},{{"role":"assistant","content":"{1}"}}]}}\n'
    folder = tmp_path / "rows"
    folder.mkdir()
    for name in ("a", "b"):  # each as much as one transaction takes
        rows = (line.format(f"{name} {n}", f"Because of {n}. " * 5) for n in range(BATCH_EXCHANGES))
        (folder / f"{name}.jsonl").write_text("".join(rows))
    writer = ws.library._writer

    def fill(changes: Changes | None = None) -> None:
        if changes is not None and not changes.exchanges:
            return
        pages = writer.run(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
        writer.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchone())

    fill()
    with pytest.raises(LibraryError) as nothing:
        importing.import_paths(ws, [folder])
    assert "What was read before" not in nothing.value.hint
    writer.run(lambda db: db.execute(f"PRAGMA max_page_count = {1 << 30}").fetchone())
    ws.subscribe(fill)  # full from the first transaction on
    with pytest.raises(LibraryError, match="full") as some:
        importing.import_paths(ws, [folder])
    assert some.value.hint.endswith("What was read before that is in the library.")
    held = len(browsing.exchange_ids(ws, ExchangeQuery()))
    assert held == BATCH_EXCHANGES
