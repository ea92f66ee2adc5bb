"""Databases of other programs: read with their log while their owner goes on, polled, never written to."""

from __future__ import annotations

import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from foreign_stores import OPENCODE, ForeignStore, opencode_turn
from library_making import texts

from curator.core.errors import CuratorError, UnreadableFileError
from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.formats.versions import OF_FORMAT
from curator.ingest.importer import Importer, import_files
from curator.library.foreign import ForeignDatabase
from curator.library.library import Library


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ForeignStore]:
    (tmp_path / "data").mkdir()
    with ForeignStore(tmp_path / "data" / "opencode.db", OPENCODE + opencode_turn(1, "First?", "One.")) as made:
        yield made


def test_what_stands_only_in_the_log_is_read_while_the_owner_goes_on(library: Library, store: ForeignStore) -> None:
    assert store.path.with_name("opencode.db-wal").stat().st_size
    before = store.path.read_bytes()
    report, _ = import_files(library, [store.path.parent])
    assert (report.new, report.problems) == (1, ())
    assert texts(library) == [("First?", "One.")]
    store.write(opencode_turn(2, "Second?", "Two."))
    report, _ = import_files(library, [store.path.parent])
    assert (report.new, report.unchanged) == (1, 1)
    assert texts(library) == [("First?", "One."), ("Second?", "Two.")]
    assert store.path.read_bytes() == before
    again, _ = import_files(library, [store.path.parent])
    assert (again.new, again.updated, again.unchanged) == (0, 0, 2)


def test_nothing_is_read_again_before_something_changed(
    library: Library, store: ForeignStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.ingest.stores.BYTES_A_SECOND", float("inf"))  # it needs no rest
    library.add_watched(str(store.path.parent), "OpenCode")
    with Importer(library) as importer:
        importer.run([store.path.parent], is_scan=True)
        assert importer.changed_stores() == []
        store.write(opencode_turn(2, "Second?", "Two."))
        assert importer.changed_stores() == [str(store.path)]
        importer.run(importer.changed_stores(), is_scan=True)
        assert len(texts(library)) == 2
        assert importer.changed_stores() == []


def test_a_large_database_rests_after_it_was_read(
    library: Library, store: ForeignStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.ingest.stores.BYTES_A_SECOND", 1)
    library.add_watched(str(store.path.parent), "OpenCode")
    with Importer(library) as importer:
        importer.run([store.path.parent], is_scan=True)
        store.write(opencode_turn(2, "Second?", "Two."))
        assert importer.changed_stores() == []
        importer.run([store.path.parent], is_scan=True)
        assert len(texts(library)) == 1
        importer.run([store.path])  # a person asks for it: now
        assert len(texts(library)) == 2


def test_an_owner_that_was_killed_leaves_a_log_that_is_read(library: Library, store: ForeignStore) -> None:
    store.kill()
    report, _ = import_files(library, [store.path])
    assert (report.new, report.problems) == (1, ())


def test_reading_that_breaks_off_takes_nothing_out_of_the_library(
    library: Library, store: ForeignStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = "INSERT INTO session VALUES ('ses_2', 'p', NULL, 'Milk', '/home', NULL, 1767225700000, 1767225706000);"
    store.write(second + opencode_turn(2, "Second?", "Two.", "ses_2"))
    import_files(library, [store.path])
    # The later session's messages cannot be reached any more, as on a damaged page: reading ends there.
    store.write(opencode_turn(3, "Third?", "Three."))
    rows = ForeignDatabase.rows

    def broken(db: ForeignDatabase, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        if values == ("ses_2",):
            raise UnreadableFileError("The database cannot be read: database disk image is malformed.")
        return rows(db, query, *values)

    monkeypatch.setattr(ForeignDatabase, "rows", broken)
    report, _ = import_files(library, [store.path])
    assert [reason for _, _, reason in report.problems] == [
        "The database cannot be read: database disk image is malformed."
    ]
    assert texts(library) == [("First?", "One."), ("Second?", "Two."), ("Third?", "Three.")]


def test_a_copy_and_a_checkpoint_make_no_second_exchange(library: Library, store: ForeignStore, tmp_path: Path) -> None:
    import_files(library, [store.path])
    store.close()  # the log goes into the file
    report, _ = import_files(library, [store.path])
    assert (report.new, report.updated, report.unchanged) == (0, 0, 1)
    shutil.copy(store.path, tmp_path / "backup.db")
    report, _ = import_files(library, [tmp_path / "backup.db"])
    assert report.new == 0
    assert len(library.exchange_ids(ExchangeQuery())) == 1


def test_a_database_inside_a_zip_is_read(library: Library, store: ForeignStore, tmp_path: Path) -> None:
    store.close()
    with zipfile.ZipFile(tmp_path / "backup.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(store.path, "share/opencode.db")
    report, _ = import_files(library, [tmp_path / "backup.zip"])
    assert (report.new, report.problems) == (1, ())


@pytest.mark.parametrize("damage", ["cut", "header only", "garbage", "unknown"])
def test_a_damaged_or_unknown_database_gets_a_sentence(
    library: Library, store: ForeignStore, tmp_path: Path, damage: str
) -> None:
    store.close()
    path = tmp_path / "state.db"
    whole = store.path.read_bytes()
    if damage == "unknown":
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE something(other)")
    else:
        garbage = whole[:100] + b"\xff" * (len(whole) - 100)
        path.write_bytes({"cut": whole[:5_000], "header only": whole[:16], "garbage": garbage}[damage])
    report, _ = import_files(library, [path])
    [(where, line, reason)] = report.problems
    assert (report.new, where, line) == (0, str(path), 0)
    assert reason.endswith(".")
    silent, _ = import_files(library, [store.path.parent])
    assert (silent.new, silent.problems) == (1, ())


def test_a_database_that_its_owner_holds_alone_is_told_and_read_later(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.library.foreign._BUSY_SECONDS", 0.05)
    path = tmp_path / "opencode.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as owner:
        owner.executescript(OPENCODE + opencode_turn(1, "First?", "One."))
        owner.execute("PRAGMA locking_mode = EXCLUSIVE")
        owner.execute("BEGIN EXCLUSIVE")
        report, _ = import_files(library, [path])
        [(_, _, reason)] = report.problems
        assert "Another program holds" in reason
        owner.execute("ROLLBACK")
    report, _ = import_files(library, [path])
    assert (report.new, report.problems) == (1, ())


def bubbles(composer: str, *said: str) -> str:
    """A conversation of Cursor, its bubbles asked and answered in turn."""
    heads = ", ".join(f'{{"bubbleId": "b{number}"}}' for number in range(len(said)))
    rows = [
        f'(\'composerData:{composer}\', \'{{"composerId": "{composer}", "fullConversationHeadersOnly": [{heads}]}}\')'
    ]
    for number, words in enumerate(said):
        bubble = f'{{"type": {1 + number % 2}, "bubbleId": "b{number}", "text": "{words}"}}'
        rows.append(f"('bubbleId:{composer}:b{number}', '{bubble}')")
    return f"INSERT INTO cursorDiskKV VALUES {', '.join(rows)};"


CURSOR = """
    CREATE TABLE ItemTable (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB);
    CREATE TABLE cursorDiskKV (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB);
"""


def test_of_a_database_whose_rows_tell_what_is_new_no_more_is_read(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.ingest.stores.BYTES_A_SECOND", 1)  # it would rest for hours
    monkeypatch.setattr("curator.ingest.stores.CHANGES_SECONDS", 0)
    library.add_watched(str(tmp_path), "Cursor")
    path = tmp_path / "state.vscdb"
    script = CURSOR + bubbles("s1", "First?", "One.") + bubbles("s2", "Second?", "Two.", "Third?", "Three.")
    with ForeignStore(path, script) as store, Importer(library) as importer:

        def read() -> tuple[int, int, int]:
            assert importer.changed_stores() == [str(path)]
            report, _ = importer.run(importer.changed_stores(), is_scan=True)
            return report.new, report.updated, report.unchanged

        first, _ = importer.run([tmp_path], is_scan=True)
        assert first.new == 3
        store.write(bubbles("s1", "First?", "One.", "And then?", "Two."))
        assert read() == (1, 0, 1)  # the other conversation was not looked at
        store.write(bubbles("s3", "Fourth?", "Four."))
        assert read() == (1, 0, 0)
        store.write("DELETE FROM cursorDiskKV WHERE key LIKE '%s1%'; UPDATE ItemTable SET value = 3;")
        assert read() == (0, 0, 0)
        assert len(texts(library)) == 3  # nobody had decided about what was deleted
        store.write("VACUUM;")
        store.write(bubbles("s3", "Fourth?", "Four!"))
        assert read() == (0, 1, 2)  # its rows may be numbered anew: all of it is read
        named, _ = importer.run([path])
        assert (named.new, named.unchanged) == (0, 3)
    assert len(texts(library)) == 3


def test_an_agent_at_work_costs_no_more_than_what_it_writes(
    library: Library, store: ForeignStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.ingest.stores.BYTES_A_SECOND", 1)  # it would rest for hours
    monkeypatch.setattr("curator.ingest.stores.CHANGES_SECONDS", 0)
    library.add_watched(str(store.path.parent), "OpenCode")
    other = "INSERT INTO session VALUES ('ses_2', 'p', NULL, 'Milk', '/home', NULL, 1767225700000, 1767225706000);"
    store.write(other + opencode_turn(2, "Second?", "Two.", "ses_2") + opencode_turn(3, "Third?", "Three.", "ses_2"))
    with Importer(library) as importer:
        importer.run([store.path.parent], is_scan=True)
        store.write(opencode_turn(4, "Fourth?", "Four."))
        report, _ = importer.run(importer.changed_stores(), is_scan=True)
        assert (report.new, report.updated, report.unchanged) == (1, 0, 1)  # the other session was not looked at
        store.write("UPDATE part SET data = replace(data, 'Three', 'Drei')")
        report, _ = importer.run(importer.changed_stores(), is_scan=True)
        assert (report.new, report.updated, report.unchanged) == (0, 1, 1)
        store.write("UPDATE session SET revert = '{\"messageID\": \"msg_0004a\"}' WHERE id = 'ses_1'")
        importer.run(importer.changed_stores(), is_scan=True)
    told = texts(library)
    fresh = Library.open(library.folder.parent / "fresh")
    import_files(fresh, [store.path])
    assert told == texts(fresh)
    fresh.close()


def test_a_database_that_was_put_in_the_place_of_another_is_read_whole(
    library: Library, store: ForeignStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.ingest.stores.BYTES_A_SECOND", 1)
    monkeypatch.setattr("curator.ingest.stores.CHANGES_SECONDS", 0)
    library.add_watched(str(store.path.parent), "OpenCode")
    store.write("INSERT INTO session (id) VALUES ('ses_2');" + opencode_turn(2, "Second?", "Two.", "ses_2"))
    with Importer(library) as importer:
        importer.run([store.path.parent], is_scan=True)
        store.close()
        shutil.copy(store.path, tmp_path / "before.db")
        with closing(sqlite3.connect(tmp_path / "before.db")) as db:
            db.executescript("DELETE FROM session WHERE id = 'ses_2';")
        (tmp_path / "before.db").replace(store.path)
        importer.run(importer.changed_stores(), is_scan=True)
    assert texts(library) == [("First?", "One.")]


def test_what_the_library_could_not_take_is_read_again(
    library: Library, store: ForeignStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.ingest.stores.BYTES_A_SECOND", 1)
    monkeypatch.setattr("curator.ingest.stores.CHANGES_SECONDS", 0)
    library.add_watched(str(store.path.parent), "OpenCode")
    with Importer(library) as importer:
        importer.run([store.path.parent], is_scan=True)
        store.write(opencode_turn(2, "Second?", "Two."))
        with closing(sqlite3.connect(library.folder / "library.db", isolation_level=None)) as other:
            other.execute("CREATE TRIGGER full BEFORE INSERT ON exchange BEGIN SELECT RAISE(ABORT, 'full'); END")
            with pytest.raises(CuratorError):
                importer.run(importer.changed_stores(), is_scan=True)
            other.execute("DROP TRIGGER full")
        importer.run(importer.changed_stores(), is_scan=True)
    assert texts(library) == [("First?", "One."), ("Second?", "Two.")]


def test_what_cannot_be_read_of_a_session_is_told_until_the_whole_is_read_again(
    library: Library, store: ForeignStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.ingest.stores.BYTES_A_SECOND", 1)
    monkeypatch.setattr("curator.ingest.stores.CHANGES_SECONDS", 0)
    library.add_watched(str(store.path.parent), "OpenCode")
    store.write("INSERT INTO session (id) VALUES ('ses_2');" + opencode_turn(2, "Second?", "Two.", "ses_2"))
    store.write("UPDATE message SET data = 'nothing' WHERE id = 'msg_0002b'")
    store.write("UPDATE message SET data = 'nothing' WHERE id = 'msg_0002a'")
    told = [(str(store.path), 0, f"The message msg_0002{end} is not readable.") for end in "ab"]
    with Importer(library) as importer:
        importer.run([store.path.parent], is_scan=True)
        assert library.problems() == told
        store.write(opencode_turn(3, "Third?", "Three."))
        importer.run(importer.changed_stores(), is_scan=True)
        assert library.problems() == told
        store.write("DELETE FROM message WHERE id LIKE 'msg_0002%'")
        importer.run([store.path])
    assert library.problems() == []
    assert ("Third?", "Three.") in texts(library)


def test_a_folder_that_is_watched_again_counts_all_of_its_databases(
    library: Library, store: ForeignStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.ingest.stores.BYTES_A_SECOND", 1)
    monkeypatch.setattr("curator.ingest.stores.CHANGES_SECONDS", 0)
    root, _ = library.add_watched(str(store.path.parent), "OpenCode")
    with Importer(library) as importer:
        importer.run([store.path.parent], root=root, is_scan=True)
        library.remove_watched(root)
        again, _ = library.add_watched(str(store.path.parent), "OpenCode")
        importer.forget_known()
        importer.run([store.path.parent], root=again, is_scan=True)
    assert library.counts().roots == ((again, "OpenCode", 1),)


def restarted(library: Library) -> Library:
    """The library as Curator finds it when it is started again."""
    library.close()
    return Library.open(library.folder)


@pytest.fixture
def two_sessions(library: Library, store: ForeignStore, monkeypatch: pytest.MonkeyPatch) -> ForeignStore:
    """A watched database of two sessions that was read once, and that would rest for hours otherwise."""
    monkeypatch.setattr("curator.ingest.stores.BYTES_A_SECOND", 1)
    monkeypatch.setattr("curator.ingest.stores.CHANGES_SECONDS", 0)
    store.write("INSERT INTO session (id) VALUES ('ses_2');" + opencode_turn(2, "Second?", "Two.", "ses_2"))
    library.add_watched(str(store.path.parent), "OpenCode")
    with Importer(library) as importer:
        importer.run([store.path.parent], is_scan=True)
    return store


def read_again(library: Library, store: ForeignStore) -> tuple[int, int, int]:
    """What is read of the store by somebody who starts now: new, updated and unchanged exchanges."""
    with Importer(library) as importer:
        report, _ = importer.run([store.path.parent], is_scan=True)
    return report.new, report.updated, report.unchanged


def test_after_a_start_a_database_is_read_on_from_where_it_was(library: Library, two_sessions: ForeignStore) -> None:
    two_sessions.write(opencode_turn(3, "Third?", "Three."))
    again = restarted(library)
    assert read_again(again, two_sessions) == (1, 0, 1)  # the other session was not looked at
    two_sessions.write(opencode_turn(4, "Fourth?", "Four."))
    once_more = restarted(again)
    assert read_again(once_more, two_sessions) == (1, 0, 2)
    once_more.close()


@pytest.mark.parametrize("reason", ["other reading", "clock", "too old", "problem", "way of reading", "other file"])
def test_what_may_not_be_read_on_from_is_read_whole(
    library: Library, two_sessions: ForeignStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    two_sessions.write(opencode_turn(3, "Third?", "Three."))
    if reason == "problem":
        library.record_problem(str(two_sessions.path), 0, "Another program holds the database for itself.")
    elif reason == "way of reading":
        monkeypatch.setitem(OF_FORMAT, "opencode-db", 9)
    elif reason == "other file":
        two_sessions.close()
        shutil.copy(two_sessions.path, tmp_path / "same.db")
        (tmp_path / "same.db").replace(two_sessions.path)
    else:
        change = {
            "other reading": "UPDATE source SET content_hash = x'00'",
            "clock": "UPDATE store SET read = read + 3600000",
            "too old": "UPDATE store SET read = 0",
        }[reason]
        with closing(sqlite3.connect(library.folder / "library.db", isolation_level=None)) as other:
            other.execute(change)
    again = restarted(library)
    assert read_again(again, two_sessions) == (1, 0, 2)
    again.close()


def test_a_session_that_was_deleted_is_missed_at_once_and_what_was_decided_about_stays(
    library: Library, two_sessions: ForeignStore
) -> None:
    two_sessions.write(opencode_turn(3, "Third?", "Three.", "ses_2"))
    assert read_again(library, two_sessions) == (1, 0, 1)
    (decided,) = [card.id for card in library.cards(library.exchange_ids(ExchangeQuery())) if card.prompt == "Second?"]
    library.set_state([decided], State.CLEAN)
    two_sessions.write(
        "DELETE FROM part WHERE session_id = 'ses_2'; DELETE FROM message WHERE session_id = 'ses_2';"
        "DELETE FROM session WHERE id = 'ses_2'"
    )
    two_sessions.write(opencode_turn(4, "Fourth?", "Four."))
    assert read_again(library, two_sessions) == (1, 0, 1)
    assert sorted(texts(library)) == [("First?", "One."), ("Fourth?", "Four."), ("Second?", "Two.")]
    assert library.exchange(decided).source_is_gone
