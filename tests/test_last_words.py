"""What a process says is kept where it died of a fault, and never grows without end."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest

from curator import paths
from curator.last_words import LastWords

TALKER = """
import sys
for line in sys.stdin:
    sys.stderr.write("x" * int(line) + "\\n")
    print("said", flush=True)
sys.stderr.write("Traceback (most recent call last):\\n  it was here\\n")
sys.exit(3)
"""


@pytest.fixture
def words() -> Iterator[LastWords]:
    made = LastWords("talker")
    yield made
    made.end(0)


def say(process: subprocess.Popen[bytes], size: int) -> None:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(b"%d\n" % size)
    process.stdin.flush()
    assert process.stdout.readline() == b"said\n"


def test_a_full_file_is_begun_anew_under_the_process_that_writes_it(words: LastWords) -> None:
    with words.start([sys.executable, "-c", TALKER]) as process:
        assert words._file is not None
        number = words._file.fileno()
        say(process, 900_000)
        words.shorten()
        assert os.fstat(number).st_size == 900_001, "it is not full yet"
        say(process, 900_000)
        words.shorten()
        assert os.fstat(number).st_size == 0
        say(process, 10)
        assert os.fstat(number).st_size == 11, "it goes on at the beginning"
    words.end(process.returncode)
    [kept] = (paths.log_folder() / "crashes").glob("talker-*.words")
    assert kept.read_text() == "x" * 10 + "\nTraceback (most recent call last):\n  it was here\n"
    words.shorten()  # there is no file any more, and nothing happens


def test_a_full_disk_leaves_nothing_half_kept(words: LastWords) -> None:
    with words.start([sys.executable, "-c", TALKER]) as process:
        say(process, 50_000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))
    try:
        words.end(process.returncode)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((paths.log_folder() / "crashes").iterdir()) == []
