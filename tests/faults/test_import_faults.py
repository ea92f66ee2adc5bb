"""What goes wrong while transcripts come in: the importer killed, a parser that hangs or dies, hostile lines, a full
disk, files that become others. Nothing is lost, nothing comes twice, and each fault is a sentence."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from children import children_called
from claude_sessions import ClaudeSession
from library_making import texts

from curator.core.errors import LibraryError
from curator.core.query import ImportProgress
from curator.ingest import parsing
from curator.ingest.catching_up import CatchUp
from curator.ingest.importer import Importer, import_files
from curator.ingest.parser import Parsed, ParseRequest
from curator.ingest.pool import ParserPool
from curator.library.library import Library
from curator.library.records import SET_ASIDE

PATIENCE = 6.0  # seconds: what hangs is waited for so long, and a parser on a busy machine comes up in less


def project(folder: Path, sessions: int, exchanges: int = 1) -> list[ClaudeSession]:
    made = [ClaudeSession(folder / f"s{number:03}.jsonl", seed=number + 1) for number in range(sessions)]
    for number, session in enumerate(made):
        for turn in range(exchanges):
            session.exchange(f"Question {turn} of {number}?", f"Answer {turn} of {number}.")
    return made


def test_killing_the_importing_program_again_and_again_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    project(tmp_path / "p", sessions=60, exchanges=3)
    place = tmp_path / "library"
    Library.open(place).close()
    program = (
        "import sys; from pathlib import Path; from curator.library.library import Library\n"
        "from curator.ingest import job; job.BATCH_EXCHANGES = 9\n"
        "from curator.ingest.importer import import_files\n"
        "library = Library.open(Path(sys.argv[1]))\n"
        "tell = lambda progress: print(progress.files, flush=True)\n"
        "import_files(library, [sys.argv[2]], progress=tell)\n"
    )
    chance = random.Random(7)
    for _ in range(5):
        command = [sys.executable, "-c", program, str(place), str(tmp_path / "p")]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(chance.randint(1, 12)):  # somewhere in the files that are left
                process.stdout.readline()
            process.kill()
    library = Library.open(place)
    try:
        assert library.check() == []
        held = texts(library)
        assert len(held) == len(set(held))
        report, _ = import_files(library, [tmp_path / "p"])
        assert report.new + report.unchanged == 180
        assert report.new < 180  # what was committed before each end stayed
        assert len(texts(library)) == len(set(texts(library))) == 180
    finally:
        library.close()


def dying_parser(folder: Path, deed: str) -> tuple[list[str], Path]:
    """A parser that does `deed` over every file whose name says so, and a log of how often it was started."""
    log = folder / "starts"
    program = folder / "parser.py"
    program.write_text(
        "import os, signal, time\n"
        "from curator.ingest import parser\n"
        f"open({str(log)!r}, 'a').write('x')\n"
        "real = parser.parse\n"
        "def parse(request, **how):\n"
        "    if 'deadly' in request.path:\n"
        f"        {deed}\n"
        "    return real(request, **how)\n"
        "parser.parse = parse\n"
        "parser.serve()\n"
    )
    return [sys.executable, str(program)], log


@pytest.mark.parametrize(
    "deed", ["os.kill(os.getpid(), signal.SIGSEGV)", "while True: signal.pause()"], ids=["dies", "hangs"]
)
def test_a_file_that_costs_two_parsers_is_set_aside_also_after_a_restart(
    library: Library, library_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    monkeypatch.setattr(parsing, "SMALL_JOB", -1)
    project(tmp_path / "p", sessions=2)
    bad = ClaudeSession(tmp_path / "p" / "deadly.jsonl", seed=99)
    bad.exchange("Boom?", "Boom.")
    command, log = dying_parser(tmp_path, deed)
    with Importer(library, command=command, patience=PATIENCE) as importer:
        report, _ = importer.run([tmp_path / "p"], is_scan=True)
    assert report.new == 2
    [(path, line, reason)] = report.problems
    assert (path, line) == (str(bad.path), 0)
    assert "left out" in reason
    assert [record.path for record in library.sources() if record.status == SET_ASIDE] == [str(bad.path)]

    starts = len(log.read_text())
    again = Library.open(library_folder)
    try:
        with Importer(again, command=command, patience=PATIENCE) as importer:
            report, _ = importer.run([tmp_path / "p"], is_scan=True)
            assert report.problems == ()
            assert len(log.read_text()) == starts
            assert (path, 0, reason) in again.problems()
            report, _ = importer.run([tmp_path / "p"])  # a person asks: the problem is told again, at no cost
            assert (path, 0, reason) in report.problems
            assert len(log.read_text()) == starts
        report, _ = import_files(again, [bad.path])  # named itself, and by a parser that lives
        assert (report.new, report.problems, again.problems()) == (1, (), [])
    finally:
        again.close()


@pytest.mark.parametrize("growth", ["same stamp", "grown"])
def test_a_file_that_was_set_aside_is_read_when_it_changes(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, growth: str
) -> None:
    monkeypatch.setattr(parsing, "SMALL_JOB", -1)
    bad = ClaudeSession(tmp_path / "p" / "deadly.jsonl", seed=99)
    bad.exchange("Boom?", "Boom.")
    command, _ = dying_parser(tmp_path, "os._exit(3)")
    with Importer(library, command=command) as importer:
        importer.run([tmp_path / "p"], is_scan=True)
    if growth == "grown":
        bad.exchange("Better?", "Yes.")
    with Importer(library) as importer:
        report, _ = importer.run([tmp_path / "p"], is_scan=True)
    assert report.new == (2 if growth == "grown" else 0)


def test_an_import_that_waits_for_a_hanging_parser_stops_when_it_is_asked_to(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsing, "SMALL_JOB", -1)
    ClaudeSession(tmp_path / "p" / "deadly.jsonl").exchange("Boom?", "Boom.")
    command, log = dying_parser(tmp_path, f"open({str(tmp_path / 'reached')!r}, 'w').close(); signal.pause()")
    os.mkfifo(tmp_path / "pipe")
    cancel = threading.Event()

    def stop_when_reached() -> None:
        while not (tmp_path / "reached").exists():
            threading.Event().wait(0.01)
        cancel.set()

    asking = threading.Thread(target=stop_when_reached)
    asking.start()
    with Importer(library, command=command, patience=600.0) as importer:
        report, _ = importer.run([tmp_path / "p"], cancel=cancel)
    asking.join()
    assert (report.files, report.new) == (0, 0)
    assert len(log.read_text()) == 1
    assert children_called(str(tmp_path / "parser.py")) == []


HOSTILE = {
    "200 MB line": b'{"type":"user","message":"' + b"x" * 64 + b'"}',
    "deep nesting": b"[" * 100_000,
    "lone surrogate": b'{"type":"user","uuid":"u9","message":{"role":"user","content":"\\ud83d"}}',
    "NaN": b'{"type":"user","uuid":"u9","x":NaN,"y":1e999}',
    "invalid UTF-8": b'{"type":"user","uuid":"u9","message":{"role":"user","content":"caf\xe9"}}',
    "NUL": b'{"type":"user","uuid":"u9","message":{"role":"user","content":"a\\u0000b"}}\x00\x00',
    "array": b"[1,2,3]",
    "wrong types": b'{"type":7,"uuid":[],"message":{"role":{},"content":9}}',
    "huge number": b'{"type":"user","n":' + b"9" * 5_000 + b"}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_line_costs_nothing_but_itself(library: Library, tmp_path: Path, name: str) -> None:
    session = ClaudeSession(tmp_path / "s.jsonl")
    session.exchange("First?", "One.", tools=0)
    with session.path.open("ab") as file:
        file.write(HOSTILE[name])
        if name == "200 MB line":
            file.truncate(file.tell() + (200 << 20))  # a hole in the file: no disk is filled
            file.seek(0, os.SEEK_END)
        file.write(b"\n")
    session.exchange("Second?", "Two.", tools=0)
    report, _ = import_files(library, [session.path])
    assert {("First?", "One."), ("Second?", "Two.")} <= set(texts(library))
    assert all(line == 3 for _, line, _ in report.problems)
    assert library.check() == []


def test_a_line_of_200_megabytes_is_passed_over_within_bounded_memory(tmp_path: Path) -> None:
    session = ClaudeSession(tmp_path / "s.jsonl")
    session.exchange("First?", "One.", tools=0)
    with session.path.open("ab") as file:
        file.truncate(file.tell() + (200 << 20))
        file.seek(0, os.SEEK_END)
        file.write(b"\n")
    session.exchange("Second?", "Two.", tools=0)
    bounded = (
        "import resource; from curator.ingest.parser import serve\n"
        f"resource.setrlimit(resource.RLIMIT_DATA, ({150 << 20}, {150 << 20}))\n"
        "serve()\n"
    )
    with ParserPool(1, command=[sys.executable, "-c", bounded]) as pool:
        answer = pool.submit([(ParseRequest(str(session.path)), 200 << 20)]).result(timeout=120)[0]
    assert isinstance(answer, Parsed)
    [(line, reason)] = answer.transcript.problems
    assert (line, "64 MB" in reason) == (3, True)
    assert sum(len(each.exchanges) for each in answer.transcript.sessions) == 2


def test_a_file_cut_short_while_a_parser_maps_it_costs_the_parser_and_not_the_import(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGBUS in the process that reads; another one reads what is left."""
    monkeypatch.setattr(parsing, "SMALL_JOB", -1)
    session = ClaudeSession(tmp_path / "p" / "deadly.jsonl")
    session.exchange("First?", "One.", tools=0)
    size = session.path.stat().st_size
    session.exchange("Long?", "x" * (2 << 20), tools=0)
    cut = f"os.truncate(request.path, {size}) if os.path.getsize(request.path) > {size} else None"
    deed = f"import mmap; m = mmap.mmap(os.open(request.path, 0), 0, access=mmap.ACCESS_READ); {cut}; m[-1]"
    command, log = dying_parser(tmp_path, deed)
    with Importer(library, command=command) as importer:
        report, _ = importer.run([tmp_path / "p"])
    assert (texts(library), report.problems) == ([("First?", "One.")], ())
    assert len(log.read_text()) == 2


def test_a_full_disk_ends_the_import_with_a_sentence_and_the_next_one_goes_on(
    library_folder: Path, tmp_path: Path
) -> None:
    project(tmp_path / "p", sessions=40, exchanges=4)
    library = Library.open(library_folder)
    try:
        import_files(library, [tmp_path / "p" / "s000.jsonl"])
        before = texts(library)
        pages = library._writer.run(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
        library._writer.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 4}").fetchone())
        with pytest.raises(LibraryError) as full:
            import_files(library, [tmp_path / "p"])
        assert "full" in full.value.message
        assert set(before) <= set(texts(library))
        assert library.check() == []
        library._writer.run(lambda db: db.execute(f"PRAGMA max_page_count = {1 << 30}").fetchone())
        report, _ = import_files(library, [tmp_path / "p"])
        assert report.new + report.unchanged == 160
        assert len(texts(library)) == 160
    finally:
        library.close()


def test_a_clock_that_jumps_changes_nothing(library: Library, tmp_path: Path) -> None:
    """Size, inode and content decide; a time from the past or the future does not hide what was appended."""
    [session] = project(tmp_path / "p", sessions=1)
    with Importer(library) as importer:
        for year, number in ((2100, 1), (1971, 2), (2026, 3)):
            session.exchange(f"More {number}?", "Yes.")
            os.utime(session.path, ((year - 1970) * 31_536_000,) * 2)
            report, _ = importer.run([tmp_path / "p"], is_scan=True)
            assert len(texts(library)) == number + 1
            assert report.problems == ()


def test_same_size_and_time_but_another_file_is_read(library: Library, tmp_path: Path) -> None:
    [session] = project(tmp_path / "p", sessions=1)
    import_files(library, [session.path])
    info = session.path.stat()
    other = tmp_path / "other"
    other.write_bytes(session.path.read_bytes().replace(b"Answer 0", b"Reply: 0"))
    os.utime(other, ns=(info.st_atime_ns, info.st_mtime_ns))
    other.replace(session.path)
    assert (session.path.stat().st_size, session.path.stat().st_mtime_ns) == (info.st_size, info.st_mtime_ns)
    report, _ = import_files(library, [session.path])
    assert report.updated == 1
    assert texts(library) == [("Question 0 of 0?", "Reply: 0 of 0.")]


def test_a_file_that_becomes_something_else_between_listing_and_reading_gets_a_sentence(
    library: Library, tmp_path: Path
) -> None:
    sessions = project(tmp_path / "p", sessions=4)

    def swap(progress: ImportProgress) -> None:
        if progress.files == 1:
            for session, deed in zip(sessions[1:], (swap_for_pipe, swap_for_link, os.unlink), strict=True):
                deed(session.path)

    for number, session in enumerate(sessions):
        os.utime(session.path, (number, number))
    report, _ = import_files(library, [tmp_path / "p"], progress=swap)
    assert report.new == 1
    told = {Path(path).name: reason for path, _, reason in report.problems}
    assert "pipe" in told["s001.jsonl"]
    assert "too many levels of symbolic links" in told["s002.jsonl"]
    assert "no such file" in told["s003.jsonl"]


def swap_for_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def swap_for_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def test_a_scan_says_once_what_cannot_be_read_and_a_person_hears_it_each_time(library: Library, tmp_path: Path) -> None:
    project(tmp_path / "p", sessions=1)
    (tmp_path / "p" / "export.zip").write_bytes(b"PK\x03\x04 cut off")
    with Importer(library) as importer:
        assert len(importer.run([tmp_path / "p"], is_scan=True)[0].problems) == 1
        assert importer.run([tmp_path / "p"], is_scan=True)[0].problems == ()
        assert len(importer.run([tmp_path / "p"])[0].problems) == 1


def test_stopping_a_parser_from_outside_is_survived(library: Library, tmp_path: Path) -> None:
    """A computer that sleeps, or a person with a debugger: a stopped parser is given up after its patience."""
    project(tmp_path / "p", sessions=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "SMALL_JOB", -1)
        stopped: list[int] = []

        def stop_one(progress: ImportProgress) -> None:
            if not stopped:
                for child in children_called("--parser"):
                    child.send_signal(signal.SIGSTOP)
                    stopped.append(child.pid)

        with Importer(library, patience=PATIENCE) as importer:
            report, _ = importer.run([tmp_path / "p"], progress=stop_one)
    assert stopped
    assert (report.new, report.problems) == (3, ())


def test_a_file_that_could_not_be_read_and_was_deleted_is_no_problem_any_more(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    (folder / "broken.zip").write_bytes(b"PK\x03\x04")
    (folder / "opencode.db").write_bytes(b"SQLite format 3\0 and nothing more")
    root, _ = library.add_watched(str(folder), "W")
    library.record_problem(str(folder / "broken.zip"), 0, "It was like this before.")
    library.record_problem(str(tmp_path / "elsewhere.zip"), 0, "Another folder's matter.")
    catch_up = CatchUp(library, lambda report, changes: None, None, threading.Event(), 30.0)
    for _ in range(2):
        catch_up.scan({root: str(folder)}, threading.Event(), lambda progress: None)
        assert str(folder / "broken.zip") in {path for path, _, _ in library.problems()}
    (folder / "broken.zip").unlink()
    catch_up.scan({root: str(folder)}, threading.Event(), lambda progress: None)
    assert {Path(path).name for path, _, _ in library.problems()} <= {"elsewhere.zip", "opencode.db"}
