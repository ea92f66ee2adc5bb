"""What deleted exchanges leave free goes back to the disk: a little at a time, and nothing is lost by it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from library_making import EVERYTHING, make_exchange, make_session, make_source, make_transcript

from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.library import spare_pages
from curator.library.library import Library

BEGINNING = """
import resource, sys
from pathlib import Path
from curator.library import spare_pages
from curator.library.connections import connect_writer
spare_pages._LEAST = 1
path = Path(sys.argv[1])
"""
KILLED = """
spare_pages.STEP = 1
db = connect_writer(path)
def step():
    db.execute("BEGIN IMMEDIATE")
    has_more = spare_pages.give_back(db)
    db.execute("COMMIT")
    return has_more
while step():
    print("a step", flush=True)
"""
ON_A_FULL_DISK = """
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))  # an index of the WAL, and 4 pages in it
from curator.library.library import Library
library = Library.open(path.parent)
library._backup.join()
library.close()
print(library.notices)
"""
WITHOUT_ROOM = """
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size // 2, resource.RLIM_INFINITY))
"""


@pytest.fixture
def emptied(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A library whose two files were emptied by their owner, but for one exchange that was marked. It was closed."""
    monkeypatch.setattr(spare_pages, "_LEAST", 1)
    for path in ("/a.jsonl", "/b.jsonl"):
        exchanges = [make_exchange(number, f"{path} {number}", "many words " * 800) for number in range(60)]
        library.store(make_source(path, path), make_transcript(make_session(exchanges, path)))
    library.set_state([library.exchange_ids(EVERYTHING)[0]], State.CLEAN)
    for path in ("/a.jsonl", "/b.jsonl"):
        library.store(make_source(path, "emptied"), make_transcript(make_session([make_exchange(999)], path)))
    library.close()
    return library


def file_of(library: Library) -> Path:
    return library.folder / "library.db"


def pages_of(path: Path) -> tuple[int, int, int]:
    """Pages, free ones, and the way they can be given back."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        db.execute("INSERT INTO search(search, rank) VALUES ('integrity-check', 1)")
        names = ("page_count", "freelist_count", "auto_vacuum")
        pages, free, kind = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
        return pages, free, kind


def next_day(folder: Path) -> None:
    """Open the library for as long as the day's backup takes, and what comes after that."""
    again = Library.open(folder)
    assert again._backup is not None
    again._backup.join()
    again.close()


def assert_whole(folder: Path) -> None:
    again = Library.open(folder)
    try:
        assert (again.notices, again.counts().total) == ([], 3)
        (row,) = again.rows()
        assert row.response == "many words " * 800
        assert list(again.exchange_ids(ExchangeQuery(text="many words", everything=True))) == [row.id]
    finally:
        again.close()


def test_the_day_after_the_file_is_as_small_as_what_is_in_it(emptied: Library) -> None:
    path = file_of(emptied)
    pages, free, _ = pages_of(path)
    assert free > pages // 2
    before = path.stat().st_size
    next_day(emptied.folder)
    pages, free, _ = pages_of(path)
    assert path.stat().st_size < before // 2 and free * 8 < pages
    assert_whole(emptied.folder)


def test_a_little_that_is_free_is_left_for_the_next_import(library: Library) -> None:
    exchanges = [make_exchange(number, "", "many words " * 800) for number in range(30)]
    for kept in (exchanges, exchanges[:10]):
        library.store(make_source("/a.jsonl", str(len(kept))), make_transcript(make_session(kept)))
    library.close()
    before = pages_of(file_of(library))
    next_day(library.folder)
    assert pages_of(file_of(library)) == before and before[1] > 0


@pytest.mark.parametrize("after", [1, 20])
def test_who_is_killed_while_giving_back_loses_nothing(emptied: Library, after: int) -> None:
    command = [sys.executable, "-c", BEGINNING + KILLED, str(file_of(emptied))]
    giving = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert giving.stdout is not None
    for _ in range(after):
        assert giving.stdout.readline() == "a step\n"
    giving.kill()
    giving.communicate()
    pages_of(file_of(emptied))
    assert_whole(emptied.folder)


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size")
def test_a_full_disk_ends_it_without_a_word(emptied: Library) -> None:
    before = pages_of(file_of(emptied))
    told = subprocess.run(
        [sys.executable, "-c", BEGINNING + ON_A_FULL_DISK, str(file_of(emptied))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Today's backup" in told.stdout and told.stdout.count("', '") == 0 and told.stderr == ""
    assert pages_of(file_of(emptied)) == before
    assert_whole(emptied.folder)


def begun_before(path: Path) -> None:
    """Make the file one of a library that was begun before files could be made shorter."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA auto_vacuum = 0")
        db.execute("VACUUM")


def test_an_older_library_is_made_able_to_with_its_migration(emptied: Library) -> None:
    path = file_of(emptied)
    begun_before(path)
    assert pages_of(path)[2] == 0
    spare_pages.make_able(path)
    assert pages_of(path)[2] == spare_pages.INCREMENTAL
    assert_whole(emptied.folder)


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size")
def test_where_there_is_no_room_to_make_it_able_it_stays_as_it_is(emptied: Library) -> None:
    path = file_of(emptied)
    begun_before(path)
    before = path.read_bytes()
    code = BEGINNING + WITHOUT_ROOM + "spare_pages.make_able(path)"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    assert path.read_bytes() == before
    assert_whole(emptied.folder)
