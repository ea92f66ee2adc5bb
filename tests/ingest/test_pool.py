"""Parser processes: real ones, that are killed, stopped and replaced."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest
from claude_sessions import ClaudeSession
from job_running import wait_until
from parser_asking import COMMAND, answered, framed, long_export

from curator.ingest import parser_process
from curator.ingest.parser import (
    Failed,
    Parsed,
    ParseRequest,
    Piece,
    decode_answer,
    encode,
    parse,
    read_frame,
)
from curator.ingest.parser_process import ParserLostError, ParserProcess, ParserSlowError
from curator.ingest.pool import ParserPool
from curator.services import crashes

LONG = 120.0  # seconds; a ceiling for a busy machine
LEFT_OUT = "It is left out until it changes or is imported by itself."


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"messages":[{"role":"user","content":"Why?"},{"role":"assistant","content":"Because."}]}\n')
    return path


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_parser_answers_one_file_after_the_other(transcript: Path) -> None:
    parser = ParserProcess(COMMAND)
    try:
        first = answered(parser, ParseRequest(str(transcript)), LONG)
        pid = parser.pid
        second = answered(parser, ParseRequest(str(transcript), root=7), LONG)
    finally:
        parser.close()
    assert isinstance(first, Parsed) and isinstance(second, Parsed)
    assert first.source.size == transcript.stat().st_size
    assert first.source.inode == transcript.stat().st_ino
    assert second.source.root == 7
    assert pid and not is_running(pid)


def test_the_pieces_of_a_large_file_make_what_reading_it_at_once_makes(tmp_path: Path, transcript: Path) -> None:
    path = long_export(tmp_path / "conversations.json", 12)
    parser = ParserProcess(COMMAND)
    try:
        answer = answered(parser, ParseRequest(str(path)), LONG)
        after = answered(parser, ParseRequest(str(transcript)), LONG)
    finally:
        parser.close()
    assert answer == parse(ParseRequest(str(path)))
    assert isinstance(answer, Parsed) and [s.key for s in answer.transcript.sessions] == [f"c{n}" for n in range(12)]
    assert isinstance(after, Parsed) and len(after.transcript.sessions) == 1


def test_a_large_file_comes_in_several_frames_of_bounded_size(tmp_path: Path) -> None:
    path = long_export(tmp_path / "conversations.json", 12)
    served = subprocess.run(
        COMMAND, input=framed(encode(ParseRequest(str(path)))), stdout=subprocess.PIPE, check=True, timeout=LONG
    )
    answers = io.BytesIO(served.stdout)
    frames = []
    while (body := read_frame(answers)) is not None:
        frames.append(body)
    assert len(frames) == 5 and max(map(len, frames)) < 400_000
    assert [type(decode_answer(body)) for body in frames] == [Piece] * 4 + [Parsed]


def test_a_parser_that_dies_between_two_pieces_gave_nothing(tmp_path: Path) -> None:
    script = f"""
        import sys
        from pathlib import Path
        from curator.ingest.parser import Piece, encode, read_frame, write_frame
        read_frame(sys.stdin.buffer)
        if not Path({str(tmp_path / "tried")!r}).exists():
            Path({str(tmp_path / "tried")!r}).touch()
            write_frame(sys.stdout.buffer, encode(Piece([])))
            sys.exit(1)
        from curator.ingest.parser import ParseRequest, parse
        write_frame(sys.stdout.buffer, encode(parse(ParseRequest({str(tmp_path / "c.json")!r}))))
    """
    long_export(tmp_path / "c.json", 1)
    with ParserPool(1, command=[sys.executable, "-c", textwrap.dedent(script)]) as pool:
        answer = pool.submit([(ParseRequest("any"), 0)]).result()[0]
    assert isinstance(answer, Parsed) and len(answer.transcript.sessions) == 1


def test_a_file_that_cannot_be_read_gets_a_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with ParserPool(1) as pool:
        answers = pool.submit(
            [(ParseRequest(str(tmp_path / name)), 0) for name in ("pipe", "gone", "link", "")]
        ).result()
    assert all(isinstance(answer, Failed) and not answer.is_quarantined for answer in answers)
    assert [answer.reason for answer in answers if isinstance(answer, Failed)] == [
        "It is not a file that holds text, but a pipe, a socket or a device.",
        "It cannot be read: no such file or directory.",
        "It cannot be read: too many levels of symbolic links.",
        "It cannot be read: is a directory.",
    ]


def test_a_file_that_may_not_be_read_gets_a_reason(transcript: Path) -> None:
    transcript.chmod(0)
    drop = "os.setgroups([]); os.setgid(65534); os.setuid(65534)" if os.geteuid() == 0 else "pass"
    serve = "from curator.ingest.parser import serve; import curator.ingest.reading, os"
    with ParserPool(1, command=[sys.executable, "-c", f"{serve}; {drop}; serve()"]) as pool:
        answer = pool.submit([(ParseRequest(str(transcript)), 0)]).result(timeout=LONG)[0]
    assert answer == Failed("It cannot be read: permission denied.")


def test_a_parser_that_is_killed_is_lost_and_the_next_one_answers(transcript: Path) -> None:
    parser = ParserProcess(COMMAND)
    try:
        answered(parser, ParseRequest(str(transcript)), LONG)
        os.kill(parser.pid, signal.SIGKILL)
        with pytest.raises(ParserLostError):
            answered(parser, ParseRequest(str(transcript)), LONG)
        parser.close()
        assert isinstance(answered(parser, ParseRequest(str(transcript)), LONG), Parsed)
    finally:
        parser.close()


def test_a_parser_that_hangs_is_replaced_and_the_file_is_read_by_another(transcript: Path) -> None:
    with ParserPool(1, patience=600) as pool:
        pool.submit([(ParseRequest(str(transcript)), 0)]).result()
        [hanging] = pool.pids
        os.kill(hanging, signal.SIGSTOP)
        asked = time.monotonic()
        answer = pool.submit([(ParseRequest(str(transcript)), 4 << 20)])
        [parser] = pool._parsers
        wait_until(lambda: parser._deadline < float("inf"), "the file being asked for")
        assert parser._deadline >= asked + 604, "its patience, and a second for each of its 4 MB"
        assert not answer.done() and hanging in pool.pids
        parser._deadline = time.monotonic()
        assert isinstance(answer.result(timeout=LONG)[0], Parsed)
        assert hanging not in pool.pids
        assert not is_running(hanging)


def test_each_of_several_files_has_its_own_time_and_those_after_a_slow_one_are_read(
    tmp_path: Path, transcript: Path
) -> None:
    program = tmp_path / "parser.py"
    program.write_text(
        textwrap.dedent(
            """
            import time
            from curator.ingest import parser
            real = parser.parse
            def parse(request, **how):
                while request.root == 3:
                    pass
                if request.root != 5:
                    time.sleep(0.4)  # six of them take longer than one may
                return real(request, **how)
            parser.parse = parse
            parser.serve()
            """
        )
    )
    with ParserPool(1, patience=2.0, command=[sys.executable, str(program)]) as pool:
        pool.submit([(ParseRequest(str(transcript), root=5), 200 << 20)]).result()  # with all the time to start in
        [first] = pool.pids
        given = pool.submit([(ParseRequest(str(transcript), root=root), 0) for root in (0, 1, 2, 4, 6, 7)]).result()
        assert [one.source.root for one in given if isinstance(one, Parsed)] == [0, 1, 2, 4, 6, 7]
        assert [first] == list(pool.pids)
        given = pool.submit([(ParseRequest(str(transcript), root=root), 0) for root in (5, 3, 5)]).result(LONG)
        assert first not in pool.pids
    before, bad, after = given
    assert isinstance(before, Parsed) and isinstance(after, Parsed)
    assert isinstance(bad, Failed) and bad.is_quarantined and "came to no end in 2 seconds, twice" in bad.reason


def test_a_parser_that_does_nothing_at_all_is_not_waited_for_as_long_as_its_large_file_may_take(
    transcript: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parser_process, "_REST", 1.0)
    with ParserPool(1, patience=600) as pool:
        pool.submit([(ParseRequest(str(transcript)), 0)]).result()
        [hanging] = pool.pids
        os.kill(hanging, signal.SIGSTOP)
        answer = pool.submit([(ParseRequest(str(transcript)), 0)])
        assert isinstance(answer.result(timeout=LONG)[0], Parsed) and not is_running(hanging)
        monkeypatch.setattr(pool._parsers[0], "_command", [sys.executable, "-c", "import time; time.sleep(600)"])
        os.kill(pool.pids[0], signal.SIGKILL)
        [bad] = pool.submit([(ParseRequest(str(transcript)), 0)]).result(timeout=LONG)
    assert isinstance(bad, Failed) and bad.is_quarantined
    assert bad.reason.startswith("Reading it came to no end in 1 seconds, twice.")


def test_a_parser_that_dies_by_itself_after_its_time_broke_down_and_was_not_slow() -> None:
    program = "import sys; from curator.ingest.parser import read_frame; read_frame(sys.stdin.buffer); sys.exit(3)"
    parser = ParserProcess([sys.executable, "-c", program])
    try:
        with pytest.raises(ParserLostError) as lost:
            answered(parser, ParseRequest("any"), 0.0)
    finally:
        assert parser.close() == 3
    assert not isinstance(lost.value, ParserSlowError)


def test_where_a_parser_came_to_no_end_is_told(tmp_path: Path, transcript: Path) -> None:
    program = tmp_path / "parser.py"
    program.write_text(
        textwrap.dedent(
            """
            from curator.ingest import parser
            real = parser.parse
            def read_for_ever(request, **how):
                while request.root == 7:
                    pass
                return real(request, **how)
            parser.parse = read_for_ever
            parser.serve()
            """
        )
    )
    with ParserPool(1, patience=2.0, command=[sys.executable, str(program)]) as pool:
        pool.submit([(ParseRequest(str(transcript)), 200 << 20)]).result()  # with all the time to start in
        bad = pool.submit([(ParseRequest(str(transcript), root=7), 0)]).result(timeout=LONG)[0]
    assert isinstance(bad, Failed) and bad.is_quarantined
    assert bad.reason == f"Reading it came to no end in 2 seconds, twice. {LEFT_OUT}"
    assert crashes.look_at_parts() in (1, 2), "the second may have had no time to begin"
    text = crashes.read(crashes.reports()[-1].path)
    assert "It came to no end, and was ended." in text and "in read_for_ever" in text


def test_what_a_parser_said_in_passing_is_no_crash_when_it_is_wanted_no_more(tmp_path: Path, transcript: Path) -> None:
    program = tmp_path / "parser.py"
    program.write_text(
        textwrap.dedent(
            """
            import os, signal
            from curator.ingest import parser
            real = parser.parse
            def parse(request, **how):
                os.kill(os.getpid(), signal.SIGUSR1)  # its time was over just as it had read the file
                return real(request, **how)
            parser.parse = parse
            parser.serve()
            """
        )
    )
    with ParserPool(1, command=[sys.executable, str(program)]) as pool:
        assert isinstance(pool.submit([(ParseRequest(str(transcript)), 0)]).result(timeout=LONG)[0], Parsed)
    assert crashes.look_at_parts() == 0 and crashes.reports() == []


def test_a_file_that_costs_two_parsers_is_left_out_and_the_others_are_read(tmp_path: Path, transcript: Path) -> None:
    deadly = tmp_path / "deadly.jsonl"
    deadly.write_bytes(transcript.read_bytes())
    log = tmp_path / "starts"
    program = tmp_path / "parser.py"
    program.write_text(
        textwrap.dedent(
            f"""
            import os, signal
            from curator.ingest import parser
            open({str(log)!r}, "a").write("x")
            real = parser.parse
            def parse(request, **how):
                if "deadly" in request.path:
                    os.kill(os.getpid(), signal.SIGSEGV)
                return real(request, **how)
            parser.parse = parse
            parser.serve()
            """
        )
    )
    with ParserPool(1, command=[sys.executable, str(program)]) as pool:
        together = [
            (ParseRequest(str(path), root=number), 0) for number, path in enumerate((transcript, deadly, transcript))
        ]
        before, bad, after = pool.submit(together).result(timeout=LONG)
    assert isinstance(before, Parsed) and isinstance(after, Parsed)
    assert (before.source.root, after.source.root) == (0, 2)
    assert isinstance(bad, Failed) and bad.is_quarantined
    assert bad.reason == f"The program that reads it broke down over it, twice. {LEFT_OUT}"
    assert len(log.read_text()) == 3  # the first, its replacement, and the one that read the last file
    assert crashes.look_back() is None, "the app itself is well"
    told = [crashes.read(report.path) for report in crashes.reports()]
    assert len(told) == 2 and all("A parser ended unexpectedly." in text and "in parse" in text for text in told)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_file_over_which_the_system_ends_the_reader_says_so(tmp_path: Path, transcript: Path) -> None:
    program = tmp_path / "parser.py"
    program.write_text("import os, signal, sys\nsys.stdin.buffer.read(8)\nos.kill(os.getpid(), signal.SIGKILL)\n")
    with ParserPool(1, command=[sys.executable, str(program)]) as pool:
        bad = pool.submit([(ParseRequest(str(transcript)), 0)]).result(timeout=LONG)[0]
    assert isinstance(bad, Failed) and bad.is_quarantined
    assert bad.reason.startswith("The system ended the program that reads it, perhaps for want of memory, twice.")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_file_may_take_longer_while_others_keep_the_processor_from_it(tmp_path: Path, transcript: Path) -> None:
    request = ParseRequest(str(transcript))
    (tmp_path / "answer").write_bytes(framed(encode(parse(request))))
    program = tmp_path / "parser.py"  # gets a tenth of a processor, and has its answer after three times its time
    program.write_text(
        "import sys, time\n"
        "sys.stdin.buffer.read(8)\n"
        "end = time.monotonic() + 1.5\n"
        "while time.monotonic() < end:\n"
        "    until = time.process_time() + 0.005\n"
        "    while time.process_time() < until:\n"
        "        pass\n"
        "    time.sleep(0.045)\n"
        f"sys.stdout.buffer.write(open({str(tmp_path / 'answer')!r}, 'rb').read())\n"
        "sys.stdout.buffer.flush()\n"
        "sys.stdin.buffer.read()\n"
    )
    with ParserPool(1, patience=0.5, command=[sys.executable, str(program)]) as pool:
        assert pool.submit([(request, 0)]).result(timeout=LONG)[0] == parse(request)
        program.write_text("while True:\n    pass\n")  # for the next process
        os.kill(pool.pids[0], signal.SIGKILL)
        bad = pool.submit([(request, 0)]).result(timeout=LONG)[0]
    assert isinstance(bad, Failed) and bad.is_quarantined and "came to no end" in bad.reason


def test_closing_a_pool_ends_its_processes_in_the_middle_of_a_file(transcript: Path) -> None:
    pool = ParserPool(2, patience=600)
    for _ in range(2):
        pool.submit([(ParseRequest(str(transcript)), 0)]).result()
    pids = pool.pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    waiting = [pool.submit([(ParseRequest(str(transcript)), 0)]) for _ in range(4)]
    pool.close()
    assert pids and not any(map(is_running, pids))
    assert all(future.cancelled() or isinstance(future.result()[0], Failed) for future in waiting)


def test_a_process_that_cannot_be_started_is_a_sentence_and_tried_again(transcript: Path, tmp_path: Path) -> None:
    program = tmp_path / "curator"
    with ParserPool(1, command=[str(program), "--parser"]) as pool:
        answer = pool.submit([(ParseRequest(str(transcript)), 0)]).result(LONG)[0]
        assert isinstance(answer, Failed) and not answer.is_quarantined
        assert answer.reason.startswith("The process that reads it could not be started: ")
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m curator "$@"\n')
        program.chmod(0o755)
        if sys.platform != "win32":  # it starts no scripts
            assert isinstance(pool.submit([(ParseRequest(str(transcript)), 0)]).result(LONG)[0], Parsed)


def test_a_parser_that_is_dismissed_as_it_starts_is_not_waited_for(
    transcript: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = ParserPool(1, patience=600, command=[sys.executable, "-c", "import time; time.sleep(600)"])
    [parser] = pool._parsers
    real, may_start, is_starting = parser._words.start, threading.Event(), threading.Event()

    def start(command: list[str]) -> subprocess.Popen[bytes]:
        is_starting.set()
        assert may_start.wait(60)
        return real(command)

    def dismiss() -> None:
        ParserProcess.dismiss(parser)  # there is no process yet that it could end
        may_start.set()

    monkeypatch.setattr(parser._words, "start", start)
    monkeypatch.setattr(parser, "dismiss", dismiss)
    answer = pool.submit([(ParseRequest(str(transcript)), 0)])
    assert is_starting.wait(60)
    closing = threading.Thread(target=pool.close, daemon=True)
    closing.start()
    closing.join(60)
    try:
        assert not closing.is_alive(), "it waits for an answer that comes in ten minutes"
        assert answer.result() == [Failed("The import was stopped.")] and pool.pids == ()
    finally:
        for pid in pool.pids:
            os.kill(pid, signal.SIGKILL)


def test_a_parser_ends_when_its_parent_dies(transcript: Path) -> None:
    parent = psutil.Popen(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from curator.ingest.pool import ParserPool\n"
            "from curator.ingest.parser import ParseRequest\n"
            "pool = ParserPool(1)\n"
            f"pool.submit([(ParseRequest({str(transcript)!r}), 0)]).result()\n"
            "print(pool.pids[0], flush=True)\n"
            "sys.stdin.read()\n",
        ],
        stdin=-1,
        stdout=-1,
    )
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    assert psutil.wait_procs([child], timeout=LONG)[1] == []
    parent.stdin.close()
    parent.stdout.close()


def test_a_file_that_grows_is_read_on_by_the_process_that_knows_it(tmp_path: Path, transcript: Path) -> None:
    session = ClaudeSession(tmp_path / "s.jsonl")
    with ParserPool(2) as pool:
        for number in range(4):
            session.exchange(f"Question {number}", "An answer.", tools=1)
            other = pool.submit([(ParseRequest(str(transcript)), 100)])
            answer = pool.submit([(ParseRequest(str(session.path), grows=True), 100)]).result(LONG)[0]
            assert answer == parse(ParseRequest(str(session.path)))
            assert isinstance(other.result(LONG)[0], Parsed)
            assert [str(session.path) in parser.remembers for parser in pool._parsers].count(True) >= 1
