"""The archive keeps every byte of a file, one copy of each content, and none that another one holds."""

from __future__ import annotations

import io
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import zstandard
from library_making import EVERYTHING, fill, make_exchange, make_session, make_source, make_transcript

from curator.core.errors import LibraryError, NotFoundError
from curator.core.row import State
from curator.library import archive_files, schema
from curator.library.library import Library


def names(library: Library) -> list[str]:
    """What lies in the archive's folder, as the names of files."""
    return sorted(path.name for path in (library.folder / "archive").rglob("*") if path.is_file())


def marked(library: Library, path: str = "/there/a.jsonl", key: str = "s") -> None:
    """A file of one session in which something is marked."""
    library.set_state(fill(library, 1, path, key), State.CLEAN)


def grown(library: Library, path: str, content: str) -> None:
    """The importer has read the file anew."""
    library.store(make_source(path, content), make_transcript(make_session([make_exchange(0)])))


def put(library: Library, data: bytes, at: int = 0) -> None:
    library.archive.put(library.archive.due()[at], io.BytesIO(data))


def test_what_is_decided_in_a_file_makes_a_copy_of_it_due(library: Library) -> None:
    ids = fill(library, 2, "/a.jsonl", "a") + fill(library, 1, "/b.jsonl", "b", first=7)
    assert library.archive.due() == []
    for decide in (
        lambda: library.set_state(ids[:1], State.REJECTED),
        lambda: library.set_flag(ids[1:2], True),
        lambda: library.set_tag(ids[2:], "good", True),
    ):
        decide()
        assert library.archive.due()
    assert [source.path for source in library.archive.due()] == ["/a.jsonl", "/b.jsonl"]


def test_a_copy_holds_every_byte_and_is_due_no_more(library: Library, tmp_path: Path) -> None:
    marked(library)
    data = bytes(range(256)) * 20_000 + b"half a line"
    put(library, data)
    assert library.archive.due() == []
    (copy,) = library.archive.copies()
    assert (copy.path, copy.size, copy.is_newest) == ("/there/a.jsonl", len(data), True)
    assert 0 < copy.packed < copy.size
    assert library.archive.examine(copy) == ""
    library.archive.take_out(copy, tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == data
    (exchange,) = library.exchange_ids(EVERYTHING)
    assert library.archive.of_exchange(exchange) == copy


def test_any_tool_can_unpack_a_copy(library: Library) -> None:
    marked(library)
    put(library, b"line\n" * 1_000)
    (file,) = (library.folder / "archive").rglob("*.zst")
    assert zstandard.ZstdDecompressor().stream_reader(file.open("rb")).read() == b"line\n" * 1_000


def test_a_file_that_grew_is_copied_anew_and_the_shorter_copy_goes(library: Library) -> None:
    marked(library)
    put(library, b"one\n")
    grown(library, "/there/a.jsonl", "longer")
    put(library, b"one\ntwo\n")
    (copy,) = library.archive.copies()
    assert copy.size == 8
    assert names(library) == [f"{copy.sha256}.zst"]


def test_a_file_that_was_written_anew_leaves_its_earlier_copy(library: Library, tmp_path: Path) -> None:
    marked(library)
    put(library, b"what was there before\n")
    grown(library, "/there/a.jsonl", "other")
    put(library, b"other\n")
    first, second = library.archive.copies()
    assert (first.is_newest, second.is_newest) == (False, True)
    library.archive.take_out(first, tmp_path / "before")
    assert (tmp_path / "before").read_bytes() == b"what was there before\n"


def test_of_a_file_that_is_always_written_anew_the_last_five_stay(library: Library) -> None:
    marked(library)
    for number in range(8):
        grown(library, "/there/a.jsonl", str(number))
        put(library, f"{number} is all there is".encode())
    assert [copy.size for copy in library.archive.copies()] == [17] * 5
    assert len(names(library)) == 5


def test_a_file_that_goes_back_to_what_it_was_has_that_as_its_newest_copy(library: Library) -> None:
    marked(library)
    for number, data in enumerate((b"first", b"other", b"first")):
        grown(library, "/there/a.jsonl", str(number))
        put(library, data)
    assert [(copy.is_newest, archive_files.place(Path(), bytes.fromhex(copy.sha256)).name in names(library))
            for copy in library.archive.copies()] == [(False, True), (True, True)]  # fmt: skip
    assert library.archive.due() == []


def test_two_files_with_the_same_content_share_one_copy(library: Library) -> None:
    marked(library, "/a.jsonl", "a")
    library.set_state(fill(library, 1, "/b.jsonl", "b", first=5), State.CLEAN)
    put(library, b"the same\n")
    put(library, b"the same\n")
    assert len(library.archive.copies()) == 2
    assert len(names(library)) == 1
    grown(library, "/a.jsonl", "more")
    put(library, b"the same\nand more\n")
    assert len(names(library)) == 2, "the other file still needs it"


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "damaged"),
        (lambda path: path.write_bytes(b"not packed at all"), "damaged"),
        (lambda path: path.write_bytes(zstandard.compress(b"other words that are as long")), "damaged"),
        (lambda path: path.write_bytes(zstandard.compress(b"x" * 10_000_000)), "damaged"),
    ],
    ids=["gone", "cut", "garbage", "other content", "far too long"],
)
def test_a_copy_that_is_not_what_was_put_in_is_told_and_never_given_out(
    library: Library, tmp_path: Path, harm: object, words: str
) -> None:
    marked(library)
    put(library, b"a line that is as long as it is.\n" * 3)
    (copy,) = library.archive.copies()
    harm(archive_files.place(library.archive.folder, bytes.fromhex(copy.sha256)))  # type: ignore[operator]
    assert words in library.archive.examine(copy)
    with pytest.raises(LibraryError) as error:
        library.archive.take_out(copy, tmp_path / "out")
    assert words in error.value.message and error.value.hint
    assert list(tmp_path.glob("*out*")) == []


def test_a_copy_that_is_gone_is_made_again_while_the_file_is_there(library: Library) -> None:
    marked(library)
    put(library, b"line\n")
    (copy,) = library.archive.copies()
    archive_files.place(library.archive.folder, bytes.fromhex(copy.sha256)).unlink()
    put(library, b"line\n")
    assert library.archive.copies()[0].id == copy.id
    assert library.archive.examine(copy) == ""


def test_nothing_that_is_there_is_overwritten(library: Library, tmp_path: Path) -> None:
    marked(library)
    put(library, b"line\n")
    mine = tmp_path / "mine.jsonl"
    mine.write_text("mine")
    with pytest.raises(FileExistsError):
        library.archive.take_out(library.archive.copies()[0], mine)
    assert mine.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["mine.jsonl"]


def test_a_copy_nobody_made_is_not_found(library: Library) -> None:
    with pytest.raises(NotFoundError) as error:
        library.archive.copy(12)
    assert "archive list" in error.value.hint


def test_a_stopped_copy_leaves_nothing_and_stays_due(library: Library) -> None:
    marked(library)
    stop = threading.Event()
    stop.set()
    with pytest.raises(archive_files.CopyStoppedError):
        library.archive.put(library.archive.due()[0], io.BytesIO(b"line\n"), stop)
    assert names(library) == [] and len(library.archive.due()) == 1


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """The system takes no more than so many bytes a file, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    told = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, told)


def test_a_full_disk_is_a_sentence_and_loses_nothing(library: Library) -> None:
    marked(library)
    put(library, b"line\n")
    before = library.archive.copies()
    grown(library, "/there/a.jsonl", "longer")
    noise = b"line\n" + os.urandom(3 << 20)
    with no_file_larger_than(1 << 20), pytest.raises(LibraryError) as error:
        put(library, noise)
    assert "disk is full" in error.value.message and "Nothing was lost" in error.value.hint
    assert library.archive.copies() == before
    assert library.archive.examine(before[0]) == ""
    assert len(names(library)) == 1
    put(library, noise)
    assert library.archive.examine(library.archive.copies()[0]) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only there is such a folder at hand")
def test_a_copy_is_kept_where_a_folder_cannot_be_flushed(monkeypatch: pytest.MonkeyPatch, library: Library) -> None:
    settle = archive_files.settle_folder
    monkeypatch.setattr(
        archive_files, "settle_folder", lambda folder: settle(Path("/proc/self"))
    )  # the kernel refuses it
    descriptor = os.open("/proc/self", os.O_RDONLY)
    try:
        with pytest.raises(OSError, match="Invalid argument"):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    marked(library)
    put(library, b"line\n")
    assert library.archive.due() == [] and len(names(library)) == 1


def test_what_a_killed_process_left_behind_goes_an_hour_later(library: Library) -> None:
    folder = library.archive.folder
    folder.mkdir()
    old, new = folder / "a.part", folder / "b.part"
    for part in (old, new):
        part.write_bytes(b"half")
    os.utime(old, (1_000_000_000, 1_000_000_000))
    library.archive.sweep()
    assert names(library) == ["b.part"]


def test_a_library_from_before_the_archive_knows_what_to_copy(library_folder: Path) -> None:
    from importlib import import_module

    first = import_module("curator.library.migrations.versions.0001_first_tables")
    library_folder.mkdir()
    with closing(sqlite3.connect(library_folder / "library.db", isolation_level=None)) as db:
        for statement in (schema._VERSION_TABLE, *first.STATEMENTS, "INSERT INTO alembic_version VALUES ('0001')"):
            db.execute(statement)
        for number, state in ((1, 0), (2, 1)):
            db.execute(
                "INSERT INTO source(id, path, size, mtime_ns, inode, head_hash, content_hash, format, status, root)"
                f" VALUES ({number}, '/{number}', 1, 1, 1, x'', x'{number:02}', 'codex', 'present', 0)"
            )
            db.execute(f"INSERT INTO session VALUES ({number}, {number}, 's{number}', '', '', '', '', '', '', '', 0"
                       ", 0, 0, 0, 0, 0, 0, 0, 0, 0)")  # fmt: skip
            db.execute(f"INSERT INTO exchange VALUES ({number}, {number}, 'k', 0, 0, 0, 0, 0, {state}, 0, 0, 0"
                       f", 0, 0, x'', 0, 0, 0, 0)")  # fmt: skip
    library = Library.open(library_folder)
    assert [source.path for source in library.archive.due()] == ["/2"]
    library.close()


def test_a_library_from_before_sessions_of_databases_were_copied_knows_which_to_copy(library: Library) -> None:
    folder, path = library.folder, "/home/opencode.db"
    decided, *_ = fill(library, 2, path, "ses_1") + fill(library, 1, "/b.jsonl", "b", first=7)
    library.set_state([decided], State.CLEAN)
    library.record_problem(path, 3, "The line is not valid JSON.")
    library.close()
    with closing(sqlite3.connect(folder / "library.db", isolation_level=None)) as db:
        db.execute("UPDATE source SET format = 'opencode-db' WHERE path = ?", (path,))
        for undo in (
            "DROP TABLE store",
            "DROP INDEX archive_copy_of_session",
            "ALTER TABLE archive_copy DROP COLUMN session_id",
            "ALTER TABLE session DROP COLUMN kept",
            "ALTER TABLE problem RENAME TO problem_new",
            "CREATE TABLE problem (path TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT DEFAULT '' NOT NULL,"
            " PRIMARY KEY (path, line))",
            "INSERT INTO problem SELECT * FROM problem_new",
            "DROP TABLE problem_new",
            "UPDATE alembic_version SET version_num = '0003'",
        ):
            db.execute(undo)
    again = Library.open(folder)
    assert again.archive.due() == []
    (store,) = again.archive.due_sessions()
    assert (store.path, [session.key for session in store.sessions]) == (path, ["ses_1"])
    assert again.problems() == [(path, 3, "The line is not valid JSON.")]
    assert again.check() == []
    again.close()


KILLED = """
import io, os, signal, sys
from pathlib import Path
from curator.library.library import Library

class Dying(io.BytesIO):
    def read(self, size=-1):
        if self.tell() >= 3 << 20:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(size)

library = Library.open(Path(sys.argv[1]))
library.archive.put(library.archive.due()[0], Dying(os.urandom(5 << 20)))
"""


def test_a_process_that_is_killed_in_the_middle_of_a_copy_costs_nothing(library: Library) -> None:
    marked(library)
    put(library, b"line\n")
    grown(library, "/there/a.jsonl", "longer")
    before = library.archive.copies()
    library.close()
    done = subprocess.run([sys.executable, "-c", KILLED, str(library.folder)], check=False)
    assert done.returncode == -signal.SIGKILL
    again = Library.open(library.folder)
    assert again.archive.copies() == before and again.archive.examine(before[0]) == ""
    assert [source.path for source in again.archive.due()] == ["/there/a.jsonl"]
    assert len([name for name in names(again) if name.endswith(".part")]) == 1
    put(again, b"line\nmore\n")
    assert [copy.size for copy in again.archive.copies()] == [10]
    again.close()
