"""Marking something keeps the whole file behind it, and what was kept can be had again when the file is gone."""

from __future__ import annotations

import sqlite3
import threading
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
import zstandard
from claude_sessions import ClaudeSession

from curator.core.archive import ArchivedCopy
from curator.core.changes import Changes
from curator.core.errors import LibraryError
from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.services import archiving, browsing, curation, importing
from curator.services.workspace import Workspace

SEEDS = Path(__file__).parents[1] / "formats" / "seeds"


@pytest.fixture
def session(tmp_path: Path) -> ClaudeSession:
    made = ClaudeSession(tmp_path / "-app" / "session.jsonl")
    made.exchange("How does it begin?", "With a line.")
    return made


def mark_all(ws: Workspace) -> Changes:
    return curation.mark(ws, browsing.exchange_ids(ws, ExchangeQuery(everything=True)), State.CLEAN)


def archived(ws: Workspace, count: int = 1) -> list[ArchivedCopy]:
    """The copies once there are so many: they are made in another thread, which says so."""
    made = threading.Event()
    unsubscribe = ws.subscribe(lambda changes: made.set() if changes.archive else None)
    try:
        while len(found := archiving.copies(ws)) < count:
            assert made.wait(120), "no copy was made"
            made.clear()
    finally:
        unsubscribe()
    return found


def test_a_mark_keeps_the_whole_file_and_the_file_may_go(ws: Workspace, session: ClaudeSession, tmp_path: Path) -> None:
    importing.import_paths(ws, [session.path])
    assert archiving.copies(ws) == []
    data = session.path.read_bytes()
    mark_all(ws)
    (copy,) = archived(ws)
    assert (copy.path, copy.size, copy.format) == (str(session.path), len(data), "claude-code")
    session.path.unlink()
    assert archiving.restore(ws, copy.id, tmp_path / "elsewhere").read_bytes() == data
    assert archiving.restore(ws, copy.id) == session.path
    assert session.path.read_bytes() == data
    (exchange,) = browsing.exchange_ids(ws, ExchangeQuery())
    assert archiving.copy_of(ws, exchange) == copy


def test_what_is_closed_at_once_is_copied_all_the_same(library_folder: Path, session: ClaudeSession) -> None:
    with Workspace.open(library_folder) as ws:
        importing.import_paths(ws, [session.path])
        mark_all(ws)
    with Workspace.open(library_folder) as ws:
        assert [copy.size for copy in archiving.copies(ws)] == [session.path.stat().st_size]


def test_a_file_that_grew_is_kept_as_it_is_now(ws: Workspace, session: ClaudeSession) -> None:
    importing.import_paths(ws, [session.path])
    mark_all(ws)
    (before,) = archived(ws)
    session.exchange("And how does it go on?", "With another.")
    importing.import_paths(ws, [session.path])
    assert archiving.catch_up(ws) == []
    (after,) = archiving.copies(ws)
    assert (after.size, after.id == before.id) == (session.path.stat().st_size, False)
    assert [found.reason for found in archiving.verify(ws)] == [""]


def test_a_file_that_goes_back_to_what_it_was_has_that_as_its_newest_copy(
    ws: Workspace, session: ClaudeSession
) -> None:
    whole = session.path.read_bytes()
    other = ClaudeSession(session.path.with_name("other.jsonl"), seed=9)
    other.exchange("How does it end?", "With a full stop.")
    for data in (whole, other.path.read_bytes(), whole):
        session.path.write_bytes(data)
        importing.import_paths(ws, [session.path])
        mark_all(ws)
        assert archiving.catch_up(ws) == []
    first, second = archiving.copies(ws)
    assert (first.size, first.is_newest, second.is_newest) == (len(whole), True, False)
    by_prompt = {card.prompt: card.id for card in browsing.cards(ws, browsing.exchange_ids(ws, ExchangeQuery()))}
    assert archiving.copy_of(ws, by_prompt["How does it begin?"]) == first
    assert archiving.copy_of(ws, by_prompt["How does it end?"]) == second


def test_nothing_is_overwritten(ws: Workspace, session: ClaudeSession, tmp_path: Path) -> None:
    importing.import_paths(ws, [session.path])
    mark_all(ws)
    (copy,) = archived(ws)
    with pytest.raises(LibraryError) as error:
        archiving.restore(ws, copy.id)
    assert "already" in error.value.message and "--to" in error.value.hint
    first, second = (archiving.restore(ws, copy.id, tmp_path / "out") for _ in range(2))
    assert (first.name, second.name) == ("session.jsonl", "session (2).jsonl")
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(LibraryError, match="cannot be made"):
        archiving.restore(ws, copy.id, blocked / "inside")


def test_the_file_inside_a_zip_is_what_is_kept(ws: Workspace, tmp_path: Path) -> None:
    data = (SEEDS / "chatgpt.json").read_bytes()
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("conversations.json", data)
    importing.import_paths(ws, [tmp_path / "export.zip"])
    mark_all(ws)
    (copy,) = archived(ws)
    assert copy.size == len(data)
    with pytest.raises(LibraryError) as error:
        archiving.restore(ws, copy.id)
    assert "inside a zip" in error.value.message
    assert archiving.restore(ws, copy.id, tmp_path).read_bytes() == data


@pytest.mark.parametrize("place", ["openclaw-agent.sqlite", "database-of-any-name", "backup.zip"])
def test_a_database_is_never_copied_but_its_marked_sessions_are_and_give_what_it_gave(
    ws: Workspace, tmp_path: Path, session: ClaudeSession, place: str
) -> None:
    store = tmp_path / (place if place != "backup.zip" else "agent.sqlite")
    with closing(sqlite3.connect(store)) as writing:
        writing.executescript((SEEDS / "openclaw.sql").read_text(encoding="utf-8"))
        writing.execute("CREATE TABLE auth(token)")
        writing.execute("INSERT INTO auth VALUES ('sk-nobody-may-copy-this')")
        writing.commit()
    path = tmp_path / place
    if path != store:
        with zipfile.ZipFile(path, "w") as packed:
            packed.write(store, "state/agent.sqlite")
    importing.import_paths(ws, [path, session.path])
    mark_all(ws)
    copies = archived(ws, 3)
    assert sorted(copy.session for copy in copies) == ["", "5b6e-1", "5b6e-2"]
    assert {copy.format for copy in copies if copy.session} == {"openclaw"}
    assert archiving.catch_up(ws) == []
    assert archiving.copies(ws) == copies
    rows = curation.rows(ws)
    path.unlink()
    importing.import_paths(ws, [tmp_path])
    assert len(rows) > 1 and curation.rows(ws) == rows
    assert not [file for file in ws.library.folder.rglob("*") if file.is_file() and b"sk-nobody" in _plain(file)]


def _plain(file: Path) -> bytes:
    """The bytes of a file of the library; of a packed one, those that it holds."""
    if file.suffix != ".zst":
        return file.read_bytes()
    with file.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as plain:
        return plain.read()


def test_a_file_can_be_kept_though_nothing_in_it_is_marked(ws: Workspace, session: ClaudeSession) -> None:
    importing.import_paths(ws, [session.path])
    archiving.keep(ws, [source.id for source in ws.library.sources()])
    assert [copy.path for copy in archived(ws)] == [str(session.path)]


def test_a_file_that_is_gone_before_it_is_copied_costs_the_others_nothing(ws: Workspace, tmp_path: Path) -> None:
    paths = []
    for seed in (1, 2):
        made = ClaudeSession(tmp_path / f"{seed}.jsonl", seed=seed)
        made.exchange(f"Question {seed}?", f"Answer {seed}.")
        paths.append(made.path)
    importing.import_paths(ws, paths)
    paths[0].unlink()
    mark_all(ws)
    assert [copy.path for copy in archived(ws)] == [str(paths[1])]
    assert archiving.catch_up(ws) == []


def test_an_archive_that_cannot_be_written_is_a_sentence_and_the_marks_stay(
    library_folder: Path, session: ClaudeSession
) -> None:
    with Workspace.open(library_folder) as ws:
        importing.import_paths(ws, [session.path])
        (library_folder / "archive").write_text("a file is in the way")
        mark_all(ws)
    (notice,) = ws.take_notices()
    assert "could not be stored" in notice and "Nothing was lost" in notice
    (library_folder / "archive").unlink()
    with Workspace.open(library_folder) as ws:
        assert len(curation.rows(ws)) == 1
        assert archiving.catch_up(ws) == []
        assert len(archiving.copies(ws)) == 1


def exchanges_of(ws: Workspace) -> list[tuple[object, ...]]:
    """Everything that is held of each exchange but the ids and the file of this library."""
    ids = browsing.exchange_ids(ws, ExchangeQuery(everything=True))
    views = [browsing.exchange(ws, id) for id in ids]
    return sorted(
        (v.prompt, v.response, v.steps, v.steering, v.signals, v.started, v.model, v.first_line, v.last_line, v.title)
        for v in views
    )
