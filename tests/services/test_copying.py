"""What is marked in another program's database is kept whole, one session after the other, and can be had again."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest
import zstandard
from foreign_stores import OPENCODE, ForeignStore, opencode_turn

from curator.core.archive import ArchivedCopy
from curator.core.errors import LibraryError
from curator.core.query import ExchangeQuery, ExchangeView
from curator.core.row import State
from curator.library import archive_files
from curator.services import archiving, browsing, curation, importing
from curator.services.workspace import Workspace

LONG = "a line that a tool wrote\n" * 200
TOOL = {
    "type": "tool",
    "callID": "c1",
    "tool": "bash",
    "state": {"status": "completed", "input": {"command": "make"}, "output": LONG},
}
SECOND = "INSERT INTO session (id, title) VALUES ('ses_2', 'Milk');" + opencode_turn(9, "Milk?", "Yes.", "ses_2")
GONE = (
    "DELETE FROM part WHERE session_id = 'ses_1'; DELETE FROM message WHERE session_id = 'ses_1';"
    "DELETE FROM session WHERE id = 'ses_1'"
)


@pytest.fixture(autouse=True)
def nobody_else_copies(ws: Workspace) -> None:
    """The thread that copies shortly after a mark is through; these tests say when it is done."""
    archiving.follow(ws).stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ForeignStore]:
    """OpenCode at work, with two sessions; a tool wrote more in the first than is shown."""
    (tmp_path / "data").mkdir()
    tool = f"INSERT INTO part VALUES ('prt_0001aa', 'msg_0001b', 'ses_1', 1, '{json.dumps(TOOL)}');"
    script = OPENCODE + opencode_turn(1, "First?", "One.") + tool + SECOND
    with ForeignStore(tmp_path / "data" / "opencode.db", script) as made:
        yield made


def marked(ws: Workspace, store: ForeignStore, prompt: str = "First?") -> int:
    """The exchange that begins so, marked; its copy is made."""
    importing.import_paths(ws, [store.path])
    (exchange,) = (card.id for card in browsing.cards(ws, everything(ws)) if card.prompt == prompt)
    curation.mark(ws, [exchange], State.CLEAN)
    assert archiving.catch_up(ws) == []
    return exchange


def everything(ws: Workspace) -> list[int]:
    return list(browsing.exchange_ids(ws, ExchangeQuery(everything=True)))


def held(ws: Workspace, copy: ArchivedCopy) -> bytes:
    path = archive_files.place(ws.library.archive.folder, bytes.fromhex(copy.sha256))
    with path.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as plain:
        return plain.read()


def told(ws: Workspace) -> list[tuple[object, ...]]:
    """All that is held of each exchange that is shown, but for ids and for where it was found."""
    views = [browsing.exchange(ws, id) for id in browsing.exchange_ids(ws, ExchangeQuery())]
    own = {"id", "session", "session_exchanges", "path", "source_is_gone", "is_archived", "state"}
    names = [field.name for field in fields(ExchangeView) if field.name not in own]
    return sorted([tuple(getattr(view, name) for name in names) for view in views], key=repr)


def test_only_what_was_marked_is_copied_with_all_that_a_tool_wrote(ws: Workspace, store: ForeignStore) -> None:
    exchange = marked(ws, store)
    (copy,) = archiving.copies(ws)
    assert (copy.path, copy.session, copy.title) == (str(store.path), "ses_1", "Tea")
    assert json.dumps(LONG)[1:-1].encode() in held(ws, copy)
    assert b"Milk" not in held(ws, copy)
    assert archiving.copy_of(ws, exchange) == copy
    others = [id for id in everything(ws) if id != exchange]
    assert [archiving.copy_of(ws, other) for other in others] == [None] * len(others)
    assert [found.reason for found in archiving.verify(ws)] == [""]


def test_a_restored_copy_gives_an_empty_library_the_very_same_and_this_one_nothing_more(
    ws: Workspace, store: ForeignStore, tmp_path: Path
) -> None:
    marked(ws, store)
    marked(ws, store, "Milk?")
    before = told(ws)
    with pytest.raises(LibraryError) as error:
        archiving.restore(ws, 1)
    assert "opencode.db" in error.value.message and "--to" in error.value.hint
    paths = [archiving.restore(ws, copy.id, tmp_path / "out") for copy in archiving.copies(ws)]
    assert sorted(path.name for path in paths) == ["opencode-ses_1.jsonl", "opencode-ses_2.jsonl"]
    importing.import_paths(ws, [tmp_path / "out"])
    assert told(ws) == before
    paths[0].rename(tmp_path / "out" / "any name")  # a file that is named itself may be called anything
    with Workspace.open(tmp_path / "new") as fresh:
        report = importing.import_paths(fresh, [tmp_path / "out" / "any name", paths[1]])
        assert (report.new, report.problems) == (2, ())
        assert told(fresh) == before


def test_a_session_that_grew_is_copied_anew_and_others_are_not(ws: Workspace, store: ForeignStore) -> None:
    marked(ws, store)
    marked(ws, store, "Milk?")
    first, second = archiving.copies(ws)
    places = [archive_files.place(ws.library.archive.folder, bytes.fromhex(one.sha256)) for one in (first, second)]
    stamps = [place.stat().st_mtime_ns for place in places]
    store.write(opencode_turn(3, "Third?", "Three."))
    importing.import_paths(ws, [store.path])
    assert archiving.catch_up(ws) == []
    milk, tea = sorted(archiving.copies(ws), key=lambda copy: copy.title)
    assert (milk, places[1].stat().st_mtime_ns) == (second, stamps[1])
    assert (tea.title, tea.size > first.size, tea.is_newest) == ("Tea", True, True)
    assert not places[0].exists()  # the new one begins with what it held
    after = archiving.copies(ws)
    assert archiving.catch_up(ws) == [] and archiving.copies(ws) == after


def test_a_session_that_is_gone_from_its_database_keeps_its_copy_and_says_so(
    ws: Workspace, store: ForeignStore
) -> None:
    exchange = marked(ws, store)
    store.write(GONE)
    importing.import_paths(ws, [store.path])
    assert archiving.catch_up(ws) == []
    (copy,) = archiving.copies(ws)
    assert copy.source_is_gone and copy.is_newest
    assert browsing.exchange(ws, exchange).source_is_gone
    assert archiving.copy_of(ws, exchange) == copy
    assert [found.reason for found in archiving.verify(ws)] == [""]


def test_what_was_taken_back_in_a_session_is_still_in_an_earlier_copy(ws: Workspace, store: ForeignStore) -> None:
    exchange = marked(ws, store)
    store.write(opencode_turn(3, "Third?", "Three."))
    store.write("DELETE FROM part WHERE message_id LIKE 'msg_0001%'; DELETE FROM message WHERE id LIKE 'msg_0001%'")
    importing.import_paths(ws, [store.path])
    assert archiving.catch_up(ws) == []
    first, second = archiving.copies(ws)
    assert (first.is_newest, second.is_newest, second.source_is_gone) == (False, True, False)
    assert archiving.copy_of(ws, exchange) == first
    (third,) = (card.id for card in browsing.cards(ws, everything(ws)) if card.prompt == "Third?")
    assert archiving.copy_of(ws, third) == second


@pytest.mark.parametrize("fault", ["damaged", "missing"])
def test_a_damaged_copy_is_made_anew_while_the_session_is_there(ws: Workspace, store: ForeignStore, fault: str) -> None:
    marked(ws, store)
    (copy,) = archiving.copies(ws)
    place = archive_files.place(ws.library.archive.folder, bytes.fromhex(copy.sha256))
    if fault == "damaged":
        place.write_bytes(place.read_bytes()[:-9] + os.urandom(9))
    else:
        place.unlink()
    ((examined),) = archiving.verify(ws)
    assert examined.reason
    assert archiving.mend(ws, copy)
    assert [found.reason for found in archiving.verify(ws)] == [""]
    store.write(GONE)
    importing.import_paths(ws, [store.path])
    place.unlink()
    (copy,) = archiving.copies(ws)
    assert not archiving.mend(ws, copy)


@pytest.mark.parametrize("fault", ["locked", "no database", "gone"])
def test_a_database_that_cannot_be_read_is_a_sentence_and_what_was_there_stays(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("curator.services.copying._AGAIN", 3600.0)  # what is “at once” on a busy machine
    path = tmp_path / "opencode.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as owner:
        owner.executescript(OPENCODE + opencode_turn(1, "First?", "One.") + SECOND)
        importing.import_paths(ws, [path])
        first, second = everything(ws)
        curation.mark(ws, [first], State.CLEAN)
        assert archiving.catch_up(ws) == []
        before = archiving.copies(ws)
        if fault == "locked":
            owner.execute("BEGIN EXCLUSIVE")
        elif fault == "gone":
            path.unlink()
        else:
            path.write_text("no database any more")
        curation.mark(ws, [second], State.CLEAN)
        problems = archiving.catch_up(ws)
        said = {"locked": "Another program holds the database", "no database": "It is no database any more."}
        if fault == "gone":
            assert problems == []
        else:
            (problem,) = problems
            assert problem.startswith("What you marked in “opencode.db” was not copied: " + said[fault])
        assert archiving.copies(ws) == before
        assert archiving.catch_up(ws) == []  # not tried again at once
        if fault == "locked":
            owner.execute("ROLLBACK")
            monkeypatch.setattr("curator.services.copying._AGAIN", 0.0)
            assert archiving.catch_up(ws) == []
            assert len(archiving.copies(ws)) == len(before) + 1


def test_an_archive_that_takes_nothing_is_a_sentence_and_the_session_is_copied_later(
    ws: Workspace, store: ForeignStore
) -> None:
    importing.import_paths(ws, [store.path])
    folder = ws.library.archive.folder
    folder.write_text("a file is in the way")
    curation.mark(ws, everything(ws), State.CLEAN)
    (problem,) = archiving.catch_up(ws)
    assert "could not be stored" in problem
    folder.unlink()
    assert archiving.catch_up(ws) == []
    assert [copy.session for copy in archiving.copies(ws)] == ["ses_1", "ses_2"]
