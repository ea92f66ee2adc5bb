"""A worker's log that is full is begun anew while the worker writes on."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from curator.core.job import LOG_FILE
from curator.engine.own_log import shorten
from curator.engine.watching import _read_from

TALKER = "import sys\nfor line in sys.stdin: print(line.strip() * 40, flush=True); print('done', file=sys.stderr)"


def test_a_full_log_is_begun_anew_under_the_process_that_writes_it(tmp_path: Path) -> None:
    log = tmp_path / LOG_FILE
    with (
        log.open("ab") as output,
        subprocess.Popen(
            [sys.executable, "-c", TALKER], stdin=subprocess.PIPE, stdout=output, stderr=subprocess.PIPE
        ) as process,
    ):
        assert process.stdin is not None and process.stderr is not None

        def say(word: bytes) -> None:
            process.stdin.write(word + b"\n")
            process.stdin.flush()
            assert process.stderr.readline() == b"done\n"

        for _ in range(30):
            say(b"first")
        assert not shorten(log, 6_100) and shorten(log, 6_000)
        say(b"later")
    assert log.read_bytes() == b"later" * 40 + b"\n"
    assert (tmp_path / "worker.1.log").read_bytes() == (b"first" * 40 + b"\n") * 29, "a torn line is left out"
    assert _read_from(log, 6_000).startswith("later"), "where it stood before it was begun anew counts no more"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["worker.1.log", LOG_FILE]


def test_a_log_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert not shorten(tmp_path / LOG_FILE)


def test_a_full_disk_leaves_the_log_as_it_is_and_nothing_beside_it(tmp_path: Path) -> None:
    log = tmp_path / LOG_FILE
    log.write_bytes(b"a line\n" * 1_000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))
    try:
        assert not shorten(log, 7_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert log.read_bytes() == b"a line\n" * 1_000
    assert [path.name for path in tmp_path.iterdir()] == [LOG_FILE]
