"""What goes wrong on real computers: kills, full disks, locks, torn and broken files."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from library_making import EVERYTHING, fill, make_exchange, make_session, make_source, make_transcript

from curator.core.errors import LibraryError
from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.library import backups
from curator.library.library import Library

WRITING = """
import sys
from pathlib import Path
sys.path.insert(0, "tests/support")
from library_making import *
from curator.core.row import State
library = Library.open(Path(sys.argv[1]))
n = 0
while True:
    exchanges = [make_exchange(n * 20 + i) for i in range(20)]
    library.store(make_source(f"/gone/{n}", str(n)), make_transcript(make_session(exchanges, key=f"s{n}")))
    newest = max(library.exchange_ids(EVERYTHING))
    library.set_state([newest], State.CLEAN)
    library.edit_row(newest, f"edited {n}", "text")
    n += 1
    print(n, flush=True)
"""


@pytest.mark.parametrize("after", [1, 4, 9])
def test_nothing_committed_is_lost_when_the_writer_is_killed(library_folder: Path, after: int) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITING, str(library_folder)], stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert writer.stdout is not None
    told = 0
    for line in writer.stdout:
        told = int(line)
        if told >= after:
            break
    writer.kill()  # in the middle of whatever it writes now
    rest = writer.stdout.read().split()
    writer.wait()
    writer.stdout.close()
    told = int(rest[-1]) if rest else told
    library = Library.open(library_folder)
    assert library.notices == []
    total = library.counts().total
    assert total >= told * 20 and total % 20 == 0, "each file whole or not at all"
    rows = library.rows()
    assert len(rows) >= told and sum(row.revision > 0 for row in rows) >= told
    assert {f"edited {n}" for n in range(told)} <= {row.prompt for row in rows}
    assert len(library.exchange_ids(ExchangeQuery(text="edited"))) >= told
    library.close()
    with closing(sqlite3.connect(library_folder / "library.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        db.execute("INSERT INTO search(search, rank) VALUES ('integrity-check', 1)")


def test_a_full_disk_changes_nothing_and_is_said(library: Library) -> None:
    ids = fill(library, 5)

    def limit(pages: str) -> None:
        library._writer.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchone())

    limit("1")  # SQLite takes the present size instead: not a page more
    exchanges = [make_exchange(100 + n, response="words " * 2_000) for n in range(50)]
    big = make_transcript(make_session(exchanges, key="big"))
    with pytest.raises(LibraryError) as error:
        library.store(make_source("/big.jsonl"), big)
    assert "disk is full" in error.value.message and error.value.hint
    assert sorted(library.exchange_ids(EVERYTHING)) == ids
    library.set_state(ids[:1], State.CLEAN)
    limit("1000000")
    assert library.store(make_source("/big.jsonl"), big).new == 50
    assert library.counts().total == 55


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_disk_without_a_byte_to_spare_keeps_nobody_out(library: Library) -> None:
    ids = fill(library, 2)
    library.close()
    mark = library.folder / "library.open"
    assert mark.read_bytes() == b"left", "as long as the word for being open: to write that takes no room"
    mark.unlink()
    mark.symlink_to("/dev/full")
    again = Library.open(library.folder)
    assert sorted(again.exchange_ids(EVERYTHING)) == ids
    again.set_state(ids[:1], State.CLEAN)
    again.close()


def test_while_another_process_writes_reads_go_on_and_writes_say_why(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(library, 3)
    library._writer.run(lambda db: db.execute("PRAGMA busy_timeout = 200").fetchone())
    holding = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None); db.execute('BEGIN IMMEDIATE');"
        "print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", holding, str(library.folder / "library.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None and other.stdout.readline() == "held\n"
    assert len(library.cards(ids)) == 3
    with pytest.raises(LibraryError) as error:
        library.set_state(ids, State.CLEAN)
    assert "Another program is writing" in error.value.message
    other.communicate("")
    assert library.set_state(ids, State.CLEAN).exchanges == set(ids)


def test_two_processes_see_each_others_decisions(library: Library) -> None:
    ids = fill(library, 2)
    code = (
        "import sys; from pathlib import Path\n"
        "from curator.library.library import Library; from curator.core.row import State\n"
        "library = Library.open(Path(sys.argv[1])); library.set_state([int(sys.argv[2])], State.CLEAN); library.close()"
    )
    subprocess.run([sys.executable, "-c", code, str(library.folder), str(ids[0])], check=True)
    assert [row.id for row in library.rows()] == [ids[0]]
    assert library.undo().words == "Undid: Mark exchange clean"


def _leave_uncleanly(library: Library) -> None:
    """End as after a kill: the mark that it is open stays."""
    library.close()
    (library.folder / "library.open").write_bytes(b"open")


def _damage(path: Path) -> None:
    """Write over pages in the middle of the file."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        for place in range(4096, size, 8192):
            file.seek(place)
            file.write(os.urandom(2048))


def test_a_damaged_library_is_set_aside_and_the_newest_backup_restored(library: Library) -> None:
    ids = fill(library, 30)
    library.set_state(ids[:4], State.CLEAN)
    path = library.folder / "library.db"
    kept = backups.make_backup(path, "daily")
    library.set_state(ids[4:6], State.CLEAN)
    _leave_uncleanly(library)
    _damage(path)
    damaged = path.read_bytes()
    again = Library.open(library.folder)
    (notice,) = again.notices
    assert "damaged" in notice and kept.name in notice
    assert len(again.rows()) == 4
    (aside,) = library.folder.glob("library-damaged-*.db")
    assert aside.read_bytes() == damaged
    again.close()
    calm = Library.open(library.folder)
    assert calm.notices == [] and len(calm.rows()) == 4
    calm.close()


@pytest.mark.parametrize("content", [b"this is not a database" * 1000, b""])
def test_a_file_that_is_no_database_is_replaced_by_the_newest_backup(library: Library, content: bytes) -> None:
    fill(library, 3)
    path = library.folder / "library.db"
    backups.make_backup(path, "daily")
    library.close()
    path.write_bytes(content)
    again = Library.open(library.folder)
    assert again.notices and again.counts().total == 3
    again.close()


def test_a_damaged_backup_is_passed_over(library: Library) -> None:
    fill(library, 30)
    path = library.folder / "library.db"
    older, newer = backups.make_backup(path, "daily"), backups.make_backup(path, "daily")
    _leave_uncleanly(library)
    _damage(path)
    _damage(newer)
    again = Library.open(library.folder)
    assert older.name in again.notices[0] and again.counts().total == 30
    again.close()


def test_a_damaged_library_without_a_backup_begins_anew_and_says_so(library: Library) -> None:
    fill(library, 3)
    library.close()
    (library.folder / "library.db").write_bytes(b"garbage" * 5000)
    again = Library.open(library.folder)
    assert "no backup" in again.notices[0] and again.counts().total == 0
    assert fill(again, 2)
    again.close()


def test_a_torn_journal_loses_only_what_was_torn(library: Library, tmp_path: Path) -> None:
    for n in range(10):
        fill(library, 3, f"/gone/{n}", key=f"s{n}", first=n * 3)
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("library.db", "library.db-wal"):
        (copy / name).write_bytes((library.folder / name).read_bytes())
    journal = (copy / "library.db-wal").read_bytes()
    (copy / "library.db-wal").write_bytes(journal[: len(journal) * 2 // 3 + 11])
    (copy / "library.open").write_bytes(b"open")
    again = Library.open(copy)
    total = again.counts().total
    assert again.notices == [] and 0 < total < 30 and total % 3 == 0
    for n in range(10):
        fill(again, 3, f"/gone/{n}", key=f"s{n}", first=n * 3)
    assert again.counts().total == 30
    again.close()


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LibraryError) as error:
        Library.open(tmp_path / "file" / "library")
    assert "cannot be used" in error.value.message and "choose another place" in error.value.hint


def test_a_closed_library_says_so(library: Library) -> None:
    library.close()
    library.close()
    for use in (library.counts, library.undo, lambda: library.set_setting("a", "b")):
        with pytest.raises(LibraryError, match="closed"):
            use()


def test_a_write_that_fails_leaves_nothing_behind(library: Library) -> None:
    ids = fill(library, 2)

    def work(db: sqlite3.Connection) -> None:
        db.execute("UPDATE exchange SET state = 1")
        raise KeyError("halfway")

    with pytest.raises(KeyError):
        library._writer.run(work)
    assert library.rows() == []
    assert library.set_state(ids, State.CLEAN)


def test_many_threads_read_and_write_at_once(library: Library) -> None:
    ids = fill(library, 40)
    failures: list[BaseException] = []

    def work(own: list[int]) -> None:
        try:
            for number in own:
                library.set_state([number], State.CLEAN)
                assert library.row(number).state is State.CLEAN
                assert library.exchange_ids(ExchangeQuery(text="question"))
                library.cards(ids[:5])
        except BaseException as error:  # noqa: BLE001 - whatever happens in a thread is what the test is about
            failures.append(error)

    threads = [threading.Thread(target=work, args=(ids[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert library.counts().clean == 40
    for _ in ids:
        library.undo()
    assert library.counts().clean == 0


def _wreck(path: Path) -> None:
    """Write over the last page of the exchanges, which opening the library does not look at."""
    with closing(sqlite3.connect(path)) as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'exchange'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        head = file.read(12)
        assert head[0] == 5, "a table of several pages"
        file.seek((int.from_bytes(head[8:], "big") - 1) * size)
        file.write(b"\xff" * size)


def test_damage_that_was_met_is_mended_by_the_next_start(library: Library) -> None:
    for n in range(10):
        fill(library, 30, f"/gone/{n}", key=f"s{n}", first=n * 30)
    path = library.folder / "library.db"
    kept = backups.make_backup(path, "daily")
    library.close()
    _wreck(path)
    met = Library.open(library.folder)
    assert met.notices == []
    with pytest.raises(LibraryError, match="damaged") as caught:
        met.check()
    met.close()
    assert "Start Curator again" in caught.value.hint
    again = Library.open(library.folder)
    assert kept.name in again.notices[0] and again.counts().total == 300 and again.check() == []
    again.close()


def test_a_backup_of_a_damaged_library_drives_out_none_from_before(library: Library) -> None:
    for n in range(10):
        fill(library, 30, f"/gone/{n}", key=f"s{n}", first=n * 30)
    path = library.folder / "library.db"
    kept = [backups.make_backup(path, "daily") for _ in range(backups.KEPT)][::-1]
    library.close()
    for backup in kept:
        os.utime(backup, (0, 0))
    _wreck(path)
    met = Library.open(library.folder)
    met.close()  # waits for the backup
    assert "damaged" in met.notices[0] and backups.backups(path) == kept
    assert not list(kept[0].parent.glob("*.part"))
    again = Library.open(library.folder)
    assert kept[0].name in again.notices[0] and again.counts().total == 300
    again.close()
