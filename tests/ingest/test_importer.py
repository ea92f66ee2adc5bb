"""Importing: real files into a real library, twice, cut short, with bad lines, and with parsers that are killed."""

from __future__ import annotations

import json
import os
import sys
import threading
import zipfile
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from children import children_called
from claude_sessions import ClaudeSession
from library_making import EVERYTHING, texts

from curator.core.changes import Changes
from curator.core.query import ImportProgress, ImportReport
from curator.core.row import State
from curator.formats.reader import UNKNOWN
from curator.ingest import job, parsing
from curator.ingest.importer import Importer, import_files
from curator.library.library import Library
from curator.library.records import GONE, PRESENT


@pytest.fixture
def in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have even the smallest file go to a parser process."""
    monkeypatch.setattr(parsing, "SMALL_JOB", -1)


def figures(report: ImportReport) -> tuple[int, int, int, int]:
    return report.files, report.new, report.updated, report.unchanged


def project(folder: Path, sessions: int, exchanges: int) -> list[ClaudeSession]:
    made = []
    for number in range(sessions):
        session = ClaudeSession(folder / f"-home-me-{number % 3}" / f"s{number}.jsonl", seed=number + 1)
        for turn in range(exchanges):
            session.exchange(f"Question {turn} of session {number}?", f"Answer {turn} of session {number}.")
        made.append(session)
    return made


def test_a_folder_is_imported_and_importing_it_again_changes_nothing(library: Library, tmp_path: Path) -> None:
    project(tmp_path / "p", sessions=4, exchanges=3)
    report, changes = import_files(library, [tmp_path / "p"])
    assert figures(report) == (4, 12, 0, 0)
    assert (report.sessions, report.exchanges, report.problems) == (4, 12, ())
    assert changes.lists and len(changes.exchanges) == 12
    before = texts(library)
    again, nothing = import_files(library, [tmp_path / "p"])
    assert figures(again) == (4, 0, 0, 12)
    assert (again.sessions, again.exchanges) == (4, 12)
    assert not nothing
    assert texts(library) == before


def test_a_touched_file_is_read_again_and_is_unchanged(library: Library, tmp_path: Path) -> None:
    [session] = project(tmp_path, sessions=1, exchanges=2)
    import_files(library, [session.path])
    os.utime(session.path, (1, 1))
    report, _ = import_files(library, [session.path])
    assert figures(report) == (1, 0, 0, 2)


def test_what_was_appended_is_new_and_what_grew_is_updated(library: Library, tmp_path: Path) -> None:
    session = ClaudeSession(tmp_path / "s.jsonl")
    session.exchange("First?", "One.")
    whole = session.lines("Second?", "Two.")
    records = whole.splitlines(keepends=True)
    session.write(b"".join(records[:-1]))  # asked, tools at work, no answer yet
    report, _ = import_files(library, [session.path])
    assert figures(report) == (1, 2, 0, 0)
    session.write(records[-1])
    session.exchange("Third?", "Three.")
    report, changes = import_files(library, [session.path])
    assert figures(report) == (1, 1, 1, 1)
    assert len(changes.exchanges) == 2
    assert texts(library) == [("First?", "One."), ("Second?", "Two."), ("Third?", "Three.")]


def test_decisions_stay_when_the_file_grows_or_is_replaced(library: Library, tmp_path: Path) -> None:
    session = ClaudeSession(tmp_path / "s.jsonl")
    session.exchange("Keep me?", "Yes.")
    import_files(library, [session.path])
    [id] = library.exchange_ids(EVERYTHING)
    library.set_state([id], State.CLEAN)
    session.exchange("More?", "More.")
    import_files(library, [session.path])
    assert library.exchange(id).state is State.CLEAN
    other = ClaudeSession(tmp_path / "other.jsonl", seed=9)
    other.exchange("Something else?", "Else.")
    other.path.replace(session.path)
    import_files(library, [session.path])
    view = library.exchange(id)
    assert (view.state, view.row_response) == (State.CLEAN, "Yes.")
    assert ("Something else?", "Else.") in texts(library)


def test_bad_lines_are_problems_with_their_numbers_and_the_rest_is_imported(library: Library, tmp_path: Path) -> None:
    session = ClaudeSession(tmp_path / "s.jsonl")
    session.exchange("First?", "One.", tools=0)
    session.write(b'{"type":"user","mess\n')
    session.exchange("Second?", "Two.", tools=0)
    report, _ = import_files(library, [session.path])
    assert report.new == 2
    [(path, line, reason)] = report.problems
    assert (path, line) == (str(session.path), 3)
    assert reason
    again, _ = import_files(library, [session.path])
    assert again.problems == report.problems


def test_a_line_that_is_still_being_written_is_no_problem(library: Library, tmp_path: Path) -> None:
    session = ClaudeSession(tmp_path / "s.jsonl")
    session.exchange("First?", "One.")
    rest = session.lines("Größer? 🚀", "Ja.", tools=0)
    at = rest.index("ö".encode()) + 1  # in the middle of a character
    session.write(rest[:at])
    report, _ = import_files(library, [session.path])
    assert (report.new, report.problems) == (1, ())
    session.write(rest[at:])
    report, _ = import_files(library, [session.path])
    assert (report.new, report.unchanged, report.problems) == (1, 1, ())


def test_empty_and_foreign_files(library: Library, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "data.json").write_text('{"just": "data"}')
    report, changes = import_files(library, [tmp_path])
    assert figures(report) == (2, 0, 0, 0)
    assert report.problems == ((str(tmp_path / "data.json"), 0, UNKNOWN),) and not changes
    report, _ = import_files(library, [tmp_path / "empty.jsonl", tmp_path / "data.json"])
    [(path, _, reason)] = report.problems
    assert path == str(tmp_path / "data.json")
    assert reason


def test_a_session_in_which_nobody_asked_is_told_where_it_was_named(library: Library, tmp_path: Path) -> None:
    [asked] = project(tmp_path / "p", sessions=1, exchanges=1)
    silent = tmp_path / "p" / "silent.jsonl"
    silent.write_text(json.dumps({"type": "summary", "summary": "Tea", "leafUuid": "a-1"}) + "\n")
    report, _ = import_files(library, [asked.path, silent])
    assert (report.new, report.problems) == (
        1,
        ((str(silent), 0, "It is a file of Claude Code in which nobody asked anything."),),
    )
    report, _ = import_files(library, [tmp_path / "p"])
    assert report.problems == (), "of a folder nobody asked for each file"


def test_what_cannot_be_read_is_told_and_the_rest_is_imported(library: Library, tmp_path: Path) -> None:
    project(tmp_path / "p", sessions=1, exchanges=1)
    (tmp_path / "p" / "loop").symlink_to(tmp_path / "p")
    os.mkfifo(tmp_path / "p" / "pipe.jsonl")
    (tmp_path / "p" / "broken.zip").write_bytes(b"PK\x03\x04")
    report, _ = import_files(library, [tmp_path / "p", tmp_path / "missing"])
    assert report.new == 1
    assert {Path(path).name for path, _, _ in report.problems} == {"loop", "pipe.jsonl", "broken.zip", "missing"}
    assert all(line == 0 and reason for _, line, reason in report.problems)


@pytest.mark.parametrize("name", ["-s.jsonl", "with space.jsonl", "日本語.jsonl", "a'b\"c.jsonl"])
def test_any_name_is_imported(library: Library, tmp_path: Path, name: str) -> None:
    ClaudeSession(tmp_path / "-home-me" / name).exchange("Why?", "So.")
    report, _ = import_files(library, [tmp_path / "-home-me" / name])
    assert (report.new, report.problems) == (1, ())
    [id] = library.exchange_ids(EVERYTHING)
    assert library.exchange(id).path == str(tmp_path / "-home-me" / name)


def test_a_renamed_file_that_grew_meanwhile_is_the_same_file(library: Library, tmp_path: Path) -> None:
    session = ClaudeSession(tmp_path / "old.jsonl")
    session.exchange("First?", "One.")
    import_files(library, [session.path])
    [id] = library.exchange_ids(EVERYTHING)
    session.path = session.path.rename(tmp_path / "new.jsonl")
    session.exchange("Second?", "Two.")
    report, _ = import_files(library, [tmp_path])
    assert figures(report) == (1, 1, 0, 1)
    assert library.exchange(id).path == str(tmp_path / "new.jsonl")
    assert [(record.path, record.status) for record in library.sources()] == [(str(session.path), PRESENT)]


def test_a_copy_is_already_here(library: Library, tmp_path: Path) -> None:
    session = ClaudeSession(tmp_path / "a.jsonl")
    session.exchange("First?", "One.")
    import_files(library, [session.path])
    (tmp_path / "b.jsonl").write_bytes(session.path.read_bytes())
    for _ in range(2):
        report, _ = import_files(library, [tmp_path / "b.jsonl"])
        assert figures(report) == (1, 0, 0, 1)
    assert len(library.exchange_ids(EVERYTHING)) == 1


def test_a_renamed_folder_is_one_write(library: Library, tmp_path: Path) -> None:
    for number in range(4):
        ClaudeSession(tmp_path / "old" / f"{number}.jsonl", seed=number + 1).exchange(f"Question {number}?", "So.")
    import_files(library, [tmp_path])
    before = {record.path.replace("/old/", "/new/"): record.id for record in library.sources()}
    (tmp_path / "old").rename(tmp_path / "new")
    told: list[Changes] = []
    import_files(library, [tmp_path], stored=told.append)
    assert {record.path: record.id for record in library.sources()} == before
    assert len(told[0].sources) == 4


def test_a_file_that_comes_back_is_no_longer_gone(library: Library, tmp_path: Path) -> None:
    session = ClaudeSession(tmp_path / "a.jsonl")
    session.exchange("First?", "One.")
    import_files(library, [session.path])
    library.mark_sources_gone([str(session.path)])
    assert library.sources()[0].status == GONE
    report, _ = import_files(library, [session.path])
    assert figures(report) == (1, 0, 0, 1)
    assert library.sources()[0].status == PRESENT


def test_a_zip_is_read_without_being_unpacked_beside_it(library: Library, tmp_path: Path) -> None:
    conversation = {
        "title": "T",
        "create_time": 1700000000.0,
        "current_node": "b",
        "mapping": {
            "r": {"id": "r", "parent": None, "children": ["a"], "message": None},
            "a": node("a", "r", ["b"], "user", "Why?"),
            "b": node("b", "a", [], "assistant", "Because."),
        },
        "conversation_id": "c1",
    }
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps([conversation]))
    report, _ = import_files(library, [tmp_path / "export.zip"])
    assert (figures(report), report.problems) == ((1, 1, 0, 0), ())
    [id] = library.exchange_ids(EVERYTHING)
    assert library.exchange(id).path == str(tmp_path / "export.zip" / "conversations.json")
    assert [path.name for path in tmp_path.iterdir() if path.name != "library"] == ["export.zip"]
    again, _ = import_files(library, [tmp_path / "export.zip"])
    assert figures(again) == (1, 0, 0, 1)


def node(id: str, parent: str, children: list[str], role: str, text: str) -> dict[str, object]:
    message = {
        "id": id,
        "author": {"role": role},
        "create_time": 1700000000.0,
        "content": {"content_type": "text", "parts": [text]},
        "status": "finished_successfully",
        "end_turn": True,
        "recipient": "all",
        "metadata": {},
    }
    return {"id": id, "parent": parent, "children": children, "message": message}


def test_a_zip_bomb_is_stopped_at_the_bytes_it_really_gives(library: Library, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", b"[" + b" " * (64 << 20) + b"]")
    report, _ = import_files(library, [tmp_path / "bomb.zip"])
    [(path, _, reason)] = report.problems
    assert path.endswith("bomb.zip/conversations.json")
    assert "unpacks to far more" in reason


def test_a_zip_that_is_damaged_inside_is_told(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", os.urandom(4_000).hex())
    data = bytearray(path.read_bytes())
    data[1_000:1_100] = bytes(100)
    path.write_bytes(data)
    report, _ = import_files(library, [path])
    [(where, _, reason)] = report.problems
    assert where == str(path / "conversations.json")
    assert reason.startswith("It cannot be unpacked")


@pytest.mark.usefixtures("in_processes")
def test_processes_give_the_same_library_as_the_calling_thread(library: Library, tmp_path: Path) -> None:
    project(tmp_path / "p", sessions=12, exchanges=4)
    report, _ = import_files(library, [tmp_path / "p"])
    assert figures(report) == (12, 48, 0, 0)
    other = Library.open(tmp_path / "other")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(parsing, "SMALL_JOB", 1 << 40)
            import_files(other, [tmp_path / "p"])
        assert [library.exchange(id) for id in library.exchange_ids(EVERYTHING)] == [
            other.exchange(id) for id in other.exchange_ids(EVERYTHING)
        ]
    finally:
        other.close()


@pytest.mark.usefixtures("in_processes")
def test_killing_the_parsers_again_and_again_loses_nothing(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsing, "_MANY", 2)
    monkeypatch.setattr(parsing, "_AHEAD", 2)  # of four parsers at most: no file is under way at two of the kills
    project(tmp_path / "p", sessions=40, exchanges=2)
    killed: dict[int, list[int]] = {}

    def kill_now_and_then(progress: ImportProgress) -> None:
        if progress.files % 9 == 1 and progress.files not in killed:
            killed[progress.files] = []
            for child in children_called("--parser"):
                with suppress(psutil.NoSuchProcess):
                    child.kill()
                    killed[progress.files].append(child.pid)

    report, _ = import_files(library, [tmp_path / "p"], progress=kill_now_and_then)
    assert len([pids for pids in killed.values() if pids]) >= 4
    assert (figures(report), report.problems) == ((40, 80, 0, 0), ())
    assert len(texts(library)) == 80


@pytest.mark.usefixtures("in_processes")
def test_a_file_on_which_two_parsers_die_is_left_out_reported_and_not_tried_again(
    library: Library, tmp_path: Path
) -> None:
    project(tmp_path / "p", sessions=3, exchanges=1)
    bad = ClaudeSession(tmp_path / "p" / "deadly.jsonl", seed=99)
    bad.exchange("Boom?", "Boom.")
    command, log = deadly_parser(tmp_path)
    with Importer(library, command=command) as importer:
        report, _ = importer.run([tmp_path / "p"], is_scan=True)
        assert (report.files, report.new) == (4, 3)
        [(path, line, reason)] = report.problems
        assert (path, line) == (str(bad.path), 0)
        assert "left out" in reason
        assert (path, 0, reason) in library.problems()
        starts = log.read_text()
        report, _ = importer.run([tmp_path / "p"], is_scan=True)
        assert report.problems == ()
        assert log.read_text() == starts
    report, _ = import_files(library, [bad.path])  # a parser that survives reads it, and the problem is over
    assert (report.new, library.problems()) == (1, [])


def deadly_parser(folder: Path) -> tuple[list[str], Path]:
    log = folder / "starts"
    program = folder / "parser.py"
    program.write_text(
        "import os, signal\n"
        "from curator.ingest import parser\n"
        f"open({str(log)!r}, 'a').write('x')\n"
        "real = parser.parse\n"
        "def parse(request, **how):\n"
        "    if 'deadly' in request.path:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return real(request, **how)\n"
        "parser.parse = parse\n"
        "parser.serve()\n"
    )
    return [sys.executable, str(program)], log


@pytest.mark.usefixtures("in_processes")
def test_an_import_that_is_cancelled_keeps_what_is_in_and_leaves_no_process(library: Library, tmp_path: Path) -> None:
    project(tmp_path / "p", sessions=40, exchanges=1)
    cancel = threading.Event()

    def stop_after_five(progress: ImportProgress) -> None:
        if progress.files == 5:
            cancel.set()

    report, _ = import_files(library, [tmp_path / "p"], progress=stop_after_five, cancel=cancel)
    assert figures(report) == (5, 5, 0, 0)
    assert report.left == 35
    assert len(texts(library)) == 5
    assert not children_called("--parser")
    rest, _ = import_files(library, [tmp_path / "p"])
    assert figures(rest) == (40, 35, 0, 5) and not rest.left


def test_of_a_zip_that_a_stop_left_unread_nothing_is_said(library: Library, tmp_path: Path) -> None:
    first, packed = project(tmp_path / "p", sessions=1, exchanges=1)[0].path, tmp_path / "z.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(first, "inside.jsonl")
    cancel = threading.Event()

    def stop_after_one(progress: ImportProgress) -> None:
        if progress.files == 1:
            cancel.set()

    report, _ = import_files(library, [first, packed], progress=stop_after_one, cancel=cancel)
    assert (report.files, report.left, report.problems) == (1, 1, ())


def test_progress_counts_files_and_bytes_to_the_end(library: Library, tmp_path: Path) -> None:
    sessions = project(tmp_path / "p", sessions=5, exchanges=1)
    heard: list[ImportProgress] = []
    import_files(library, [tmp_path / "p"], progress=heard.append)
    before = heard.pop(0)  # how many there are is known before the first is read, which may take a minute
    assert (before.files, before.total) == (0, 5)
    assert [progress.files for progress in heard] == [1, 2, 3, 4, 5]
    assert heard[-1].bytes == heard[-1].total_bytes == sum(session.path.stat().st_size for session in sessions)
    assert {progress.path for progress in heard} == {str(session.path) for session in sessions}


def test_changes_are_told_with_each_transaction(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "BATCH_EXCHANGES", 4)
    project(tmp_path / "p", sessions=4, exchanges=2)
    told: list[Changes] = []
    _, changes = import_files(library, [tmp_path / "p"], stored=told.append)
    assert [len(each.exchanges) for each in told] == [4, 4]
    assert changes.exchanges == told[0].exchanges | told[1].exchanges


def test_files_below_a_watched_folder_belong_to_it_however_they_come(library: Library, tmp_path: Path) -> None:
    project(tmp_path / "p", sessions=2, exchanges=1)
    import_files(library, [tmp_path / "p"])
    root, _ = library.add_watched(str(tmp_path / "p"), "P")
    assert library.sources(root) == []
    report, _ = import_files(library, [tmp_path / "p"])
    assert figures(report) == (2, 0, 0, 2)
    assert len(library.sources(root)) == 2


@pytest.mark.corpus
def test_the_published_transcripts_import_without_a_fault_and_twice(library: Library, corpus: Path) -> None:
    report, _ = import_files(library, [corpus])
    assert report.exchanges > 500
    assert report.new == report.exchanges - report.unchanged
    again, nothing = import_files(library, [corpus])
    assert (again.new, again.updated, again.exchanges) == (0, 0, report.exchanges)
    assert again.sessions == report.sessions
    assert not nothing


def test_progress_says_how_long_the_rest_takes_by_what_was_really_read(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = project(tmp_path / "p", sessions=6, exchanges=1)
    import_files(library, [session.path for session in sessions[:3]])
    monkeypatch.setattr(job, "_SECONDS_TO_JUDGE", 0.0)
    heard: list[ImportProgress] = []
    import_files(library, [tmp_path / "p"], progress=heard.append)
    left = [progress.seconds_left for progress in heard if progress.files]
    assert len(left) == 3
    assert all(seconds is not None for seconds in left)
    assert left[-1] == 0.0
    assert left[0] > left[-1]


def test_a_folder_of_a_few_tables_that_nobody_knows_names_them(library: Library, tmp_path: Path) -> None:
    for name in ("faq.csv", "faq.jsonl"):
        (tmp_path / name).write_text('{"q_text": "Where?", "a_text": "Here."}\n')
    (tmp_path / "empty.json").write_bytes(b"")
    (tmp_path / "notes.md").write_text("# Shopping\n")
    for _ in range(2):
        report, _ = import_files(library, [tmp_path])
        assert report.problems == tuple((str(tmp_path / name), 0, UNKNOWN) for name in ("faq.csv", "faq.jsonl"))
    (tmp_path / "chat.md").write_text("## User\n\nWhy?\n\n## Assistant\n\nBecause.\n")
    report, _ = import_files(library, [tmp_path])
    assert (report.new, report.problems) == (1, ())
