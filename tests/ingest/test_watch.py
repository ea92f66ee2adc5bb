"""Watched folders: a real watcher over real files; every change is awaited through what the watcher says."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from claude_sessions import ClaudeSession
from foreign_stores import OPENCODE, ForeignStore, opencode_turn

from curator.core.changes import Changes
from curator.core.query import ExchangeQuery, ImportProgress, ImportReport
from curator.ingest import hints, watch
from curator.ingest.catching_up import CatchUp
from curator.ingest.watch import Watcher
from curator.library.library import Library
from curator.library.records import GONE, PRESENT

EVERYTHING = ExchangeQuery(everything=True)
LONG = 120.0  # seconds; a ceiling for a busy machine


class Heard:
    """Collects what a watcher says and waits, without sleeping, until something is so."""

    def __init__(self) -> None:
        self.reports: list[ImportReport] = []
        self.changes: list[Changes] = []
        self._said = threading.Condition()

    def __call__(self, report: ImportReport, changes: Changes) -> None:
        with self._said:
            self.reports.append(report)
            self.changes.append(changes)
            self._said.notify_all()

    def until(self, is_so: Callable[[], bool]) -> None:
        with self._said:
            assert self._said.wait_for(is_so, LONG), f"never so; heard {self.reports}"


@pytest.fixture
def folder(tmp_path: Path, library: Library) -> Path:
    path = tmp_path / "-home-me watched"
    path.mkdir()
    library.add_watched(str(path), "Watched")
    return path


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def watcher(library: Library, folder: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watcher]:
    monkeypatch.setattr(hints, "TICK_SECONDS", 0.1)
    made = Watcher(library, heard)
    yield made
    made.stop()


def texts(library: Library) -> list[str]:
    return sorted(library.exchange(id).prompt for id in library.exchange_ids(EVERYTHING))


def begin(watcher: Watcher, heard: Heard, folder: Path, library: Library) -> ClaudeSession:
    """A watcher that follows a folder with one session in it, and has said so."""
    session = ClaudeSession(folder / "-p" / "s.jsonl")
    session.exchange("First?", "One.")
    watcher.start()
    heard.until(lambda: bool(heard.reports) and texts(library) == ["First?"])  # it is stored before it is told
    return session


def test_what_was_there_before_is_imported_first(
    watcher: Watcher, heard: Heard, folder: Path, library: Library
) -> None:
    begin(watcher, heard, folder, library)
    assert heard.reports[0].new == 1
    [record] = library.sources()
    assert record.root == library.watched_folders()[0].id


def test_a_file_that_grows_is_followed_also_in_pieces(
    watcher: Watcher, heard: Heard, folder: Path, library: Library
) -> None:
    session = begin(watcher, heard, folder, library)
    session.exchange("Second?", "Two.")
    heard.until(lambda: texts(library) == ["First?", "Second?"])
    rest = session.lines("Third ü?", "Three.", tools=0)
    at = rest.index("ü".encode()) + 1
    session.write(rest[:at])
    session.write(rest[at:])
    heard.until(lambda: texts(library) == ["First?", "Second?", "Third ü?"])
    assert all(report.problems == () for report in heard.reports)


def test_files_that_appear_in_folders_that_appear_are_found(
    watcher: Watcher, heard: Heard, folder: Path, library: Library
) -> None:
    begin(watcher, heard, folder, library)
    for number in range(20):
        session = ClaudeSession(folder / f"new {number}" / "日本語" / "s.jsonl", seed=number + 10)
        session.exchange(f"Number {number}?", "Yes.")
    heard.until(lambda: len(texts(library)) == 21)


def test_a_renamed_file_keeps_its_exchanges(watcher: Watcher, heard: Heard, folder: Path, library: Library) -> None:
    session = begin(watcher, heard, folder, library)
    [before] = library.exchange_ids(EVERYTHING)
    (folder / "-q").mkdir()
    session.path = session.path.rename(folder / "-q" / "other.jsonl")
    heard.until(lambda: library.exchange(before).path == str(session.path))
    session.exchange("Second?", "Two.")
    heard.until(lambda: texts(library) == ["First?", "Second?"])
    assert [(record.path, record.status) for record in library.sources()] == [(str(session.path), PRESENT)]


def test_a_renamed_folder_keeps_its_exchanges(watcher: Watcher, heard: Heard, folder: Path, library: Library) -> None:
    session = begin(watcher, heard, folder, library)
    [before] = library.exchange_ids(EVERYTHING)
    (folder / "-p").rename(folder / "-renamed")
    heard.until(lambda: library.exchange(before).path == str(folder / "-renamed" / "s.jsonl"))
    session.path = folder / "-renamed" / "s.jsonl"
    session.exchange("Second?", "Two.")
    heard.until(lambda: texts(library) == ["First?", "Second?"])
    assert not library.exchange(before).source_is_gone


def test_a_file_that_is_replaced_is_read_again(watcher: Watcher, heard: Heard, folder: Path, library: Library) -> None:
    session = begin(watcher, heard, folder, library)
    other = ClaudeSession(folder.parent / "elsewhere.jsonl", seed=5)
    other.exchange("Other?", "Other.")
    other.path.replace(session.path)
    heard.until(lambda: texts(library) == ["Other?"])


def test_a_file_cut_short_is_read_again(watcher: Watcher, heard: Heard, folder: Path, library: Library) -> None:
    session = begin(watcher, heard, folder, library)
    size = session.path.stat().st_size
    session.exchange("Second?", "Two.")
    heard.until(lambda: texts(library) == ["First?", "Second?"])
    os.truncate(session.path, size)
    heard.until(lambda: texts(library) == ["First?"])


def test_a_deleted_file_leaves_its_exchanges_and_says_so(
    watcher: Watcher, heard: Heard, folder: Path, library: Library
) -> None:
    session = begin(watcher, heard, folder, library)
    [id] = library.exchange_ids(EVERYTHING)
    session.path.unlink()
    heard.until(lambda: library.exchange(id).source_is_gone)
    assert texts(library) == ["First?"]
    session.path.touch()
    session.exchange("Again?", "Yes.")
    heard.until(lambda: "Again?" in texts(library))
    assert [record.status for record in library.sources()] == [PRESENT]


def test_a_deleted_folder_marks_every_file_in_it(
    watcher: Watcher, heard: Heard, folder: Path, library: Library
) -> None:
    session = begin(watcher, heard, folder, library)
    session.path.unlink()
    session.path.parent.rmdir()
    heard.until(lambda: [record.status for record in library.sources()] == [GONE])


def test_a_folder_that_goes_away_is_missing_and_is_followed_again_when_it_is_back(
    watcher: Watcher, heard: Heard, folder: Path, library: Library
) -> None:
    session = begin(watcher, heard, folder, library)
    away = folder.with_name("unplugged")
    folder.rename(away)
    heard.until(lambda: "missing" in watcher.notice or any(changes.watched for changes in heard.changes))
    assert library.watched_folders()[0].is_missing
    assert [record.status for record in library.sources()] == [PRESENT]
    away.rename(folder)
    heard.until(lambda: sum(changes.watched for changes in heard.changes) == 2)
    session.exchange("Back?", "Yes.")
    heard.until(lambda: texts(library) == ["Back?", "First?"])
    assert [record.status for record in library.sources()] == [PRESENT]


def test_a_folder_that_is_added_or_removed_while_watching(
    watcher: Watcher, heard: Heard, folder: Path, library: Library, tmp_path: Path
) -> None:
    session = begin(watcher, heard, folder, library)
    other = ClaudeSession(tmp_path / "second" / "s.jsonl", seed=7)
    other.exchange("Second folder?", "Yes.")
    library.add_watched(str(tmp_path / "second"), "Second")
    watcher.refresh()
    heard.until(lambda: "Second folder?" in texts(library))
    library.remove_watched(library.watched_folders()[0].id)
    watcher.refresh()
    session.exchange("Unseen?", "No.")
    other.exchange("Seen?", "Yes.")
    heard.until(lambda: "Seen?" in texts(library))
    assert "Unseen?" not in texts(library)


def test_a_burst_of_writes_is_gathered(watcher: Watcher, heard: Heard, folder: Path, library: Library) -> None:
    session = begin(watcher, heard, folder, library)
    before, began = len(heard.reports), time.monotonic()
    for number in range(200):
        session.exchange(f"{number}?", "Yes.", tools=0)
    heard.until(lambda: len(texts(library)) == 201)
    reports, seconds = len(heard.reports) - before, time.monotonic() - began
    assert reports <= 2 + seconds / hints.QUIET_SECONDS  # a slow machine may take all day, and has as many pauses


def test_when_the_system_has_no_watch_left_it_is_polled_with_a_notice(
    watcher: Watcher, heard: Heard, folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def schedule(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(watch.Observer, "schedule", schedule)
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.1)
    session = begin(watcher, heard, folder, library)
    session.exchange("Polled?", "Yes.")
    heard.until(lambda: texts(library) == ["First?", "Polled?"])
    assert "no watch left" in watcher.notice


def test_lost_events_make_everything_be_scanned(
    watcher: Watcher, heard: Heard, folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = begin(watcher, heard, folder, library)
    monkeypatch.setattr(watch._Handler, "on_any_event", lambda self, event: None)
    session.exchange("Lost?", "Found.")
    logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed; filesystem events were lost")
    heard.until(lambda: texts(library) == ["First?", "Lost?"])


def test_other_files_are_not_even_opened(watcher: Watcher, heard: Heard, folder: Path, library: Library) -> None:
    session = begin(watcher, heard, folder, library)
    (folder / "history.jsonl").write_text("{broken\n")
    (folder / "notes.md").write_text("Nothing to see.")
    (folder / "a.meta.json").write_text("{}")
    (folder / "link.jsonl").symlink_to(session.path)
    session.exchange("Second?", "Two.")
    heard.until(lambda: texts(library) == ["First?", "Second?"])
    assert len(library.sources()) == 1
    assert all(report.problems == () for report in heard.reports)


def test_a_library_that_cannot_be_written_is_told_and_tried_again(
    watcher: Watcher, heard: Heard, folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.1)
    session = begin(watcher, heard, folder, library)
    told = threading.Event()
    real = Watcher._complain

    def complain(self: Watcher, error: Exception) -> None:
        real(self, error)
        told.set()

    monkeypatch.setattr(Watcher, "_complain", complain)
    lock = sqlite3.connect(library.folder / "library.db", isolation_level=None)
    try:
        lock.execute("BEGIN IMMEDIATE")
        session.exchange("Locked?", "Yes.")
        assert told.wait(LONG)
        assert watcher.notice
        lock.execute("ROLLBACK")
    finally:
        lock.close()
    heard.until(lambda: texts(library) == ["First?", "Locked?"])


def test_stopping_leaves_no_thread_behind(watcher: Watcher, heard: Heard, folder: Path, library: Library) -> None:
    before = set(threading.enumerate())
    begin(watcher, heard, folder, library)
    watcher.stop()
    watcher.stop()
    left = [thread for thread in threading.enumerate() if thread not in before and "writer" not in thread.name]
    for thread in left:  # watchdog's own reader ends by itself
        thread.join(LONG)
    assert not [thread for thread in left if thread.is_alive()]


def many(folder: Path, count: int) -> None:
    for number in range(count):
        ClaudeSession(folder / "-p" / f"{number}.jsonl", seed=100 + number).exchange(f"Number {number}?", "Yes.")


def test_the_first_scan_says_how_far_it_is_and_when_it_is_over(library: Library, folder: Path, tmp_path: Path) -> None:
    many(folder, 5)
    many(tmp_path / "second", 3)
    library.add_watched(str(tmp_path / "second"), "Second")
    told: list[ImportProgress | None] = []
    over = threading.Event()

    def progress(how_far: ImportProgress | None) -> None:
        told.append(how_far)
        if how_far is None:
            over.set()

    watcher = Watcher(library, Heard(), progress=progress)
    watcher.start()
    try:
        assert over.wait(LONG)
    finally:
        watcher.stop()
    assert told[0] == ImportProgress()
    assert [(p.files, p.total) for p in told[1:-1] if p is not None] == [(n, 8) for n in range(1, 9)]
    assert told.count(None) == 1
    roots = {record.root for record in library.sources()}
    assert roots == {folder.id for folder in library.watched_folders()}


def test_a_stopped_scan_keeps_what_is_in_and_the_next_start_reads_the_rest(library: Library, folder: Path) -> None:
    many(folder, 40)
    over = threading.Event()

    def progress(how_far: ImportProgress | None) -> None:
        if how_far is None:
            over.set()
        elif how_far.files == 3:
            watcher.stop_scan()

    heard = Heard()
    watcher = Watcher(library, heard, progress=progress)
    watcher.start()
    try:
        assert over.wait(LONG)
        assert 3 <= len(library.sources()) < 40
        heard.until(lambda: bool(heard.reports))
        before = len(library.sources())
        watcher.rescan()
        ClaudeSession(folder / "-p" / "late.jsonl", seed=7).exchange("Late?", "Yes.")
        heard.until(lambda: "Late?" in texts(library))
        assert len(library.sources()) == before + 1
        assert "stopped" in watcher.notice
    finally:
        watcher.stop()
    heard = Heard()
    again = Watcher(library, heard)
    again.start()
    try:
        heard.until(lambda: len(texts(library)) == 41)
    finally:
        again.stop()


def test_what_a_program_writes_to_its_databases_log_is_found_without_an_event(
    watcher: Watcher, heard: Heard, folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch._Handler, "on_any_event", lambda self, event: None)
    with ForeignStore(folder / "opencode.db", OPENCODE + opencode_turn(1, "First?", "One.")) as store:
        watcher.start()
        heard.until(lambda: texts(library) == ["First?"])
        store.write(opencode_turn(2, "Second?", "Two."))
        heard.until(lambda: texts(library) == ["First?", "Second?"])


def test_a_copy_in_another_followed_folder_is_gone_when_it_is_deleted_after_its_original(
    library: Library, tmp_path: Path
) -> None:
    session = ClaudeSession(tmp_path / "one" / "a.jsonl")
    session.exchange("Why?", "Because.")
    copy = tmp_path / "two" / "b.jsonl"
    copy.parent.mkdir()
    copy.write_bytes(session.path.read_bytes())
    folders = {library.add_watched(str(place.parent), "W")[0]: str(place.parent) for place in (session.path, copy)}
    catch_up = CatchUp(library, lambda report, changes: None, None, threading.Event(), 30.0)
    catch_up.scan(folders, threading.Event(), lambda progress: None)
    (only,) = library.exchange_ids(EVERYTHING)
    for place, is_gone in ((session.path, False), (copy, True)):
        place.unlink()
        catch_up.look_at(folders, {str(place)})
        assert library.exchange(only).source_is_gone == is_gone
