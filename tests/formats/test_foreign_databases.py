"""Databases of other programs, read while those programs have them open and write."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from curator.core.errors import UnreadableFileError
from curator.formats.chosen_sessions import open_sessions
from curator.formats.reader import read_transcript
from curator.library import foreign

SEEDS = Path(__file__).parent / "seeds"
WRITER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA wal_autocheckpoint = 0")
print("open", flush=True)
for line in sys.stdin:
    db.executescript(eval(line))
    print("written", flush=True)
"""
MORE = {
    "opencode-db": "INSERT INTO message VALUES"
    ' (\'msg_3\', \'ses_1\', 1767225607000, 0, \'{"role": "user", "time": {"created": 1767225607000}}\'),'
    ' (\'msg_4\', \'ses_1\', 1767225608000, 0, \'{"role": "assistant", "parentID": "msg_3"}\');'
    " INSERT INTO part VALUES ('prt_3', 'msg_3', 'ses_1', 3, '{\"type\": \"text\", \"text\": \"And black?\"}'),"
    " ('prt_4', 'msg_4', 'ses_1', 4, '{\"type\": \"text\", \"text\": \"Four.\"}');",
    "llm.responses": "INSERT INTO responses VALUES ('r3', 'm', 'And black?', '', 'Four.', 'c1', '2026-01-02', NULL);",
    "open-webui-db": "UPDATE chat SET chat = json_set(chat, '$.history.currentId', 'a2', '$.history.messages.u2',"
    ' json(\'{"id": "u2", "parentId": "a1", "role": "user", "content": "And black?"}\'), \'$.history.messages.a2\','
    ' json(\'{"id": "a2", "parentId": "u2", "role": "assistant", "content": "Four."}\'));',
}


class Program:
    """Another process that has a database open in WAL mode and never folds its log in."""

    def __init__(self, path: Path, process: subprocess.Popen[str]) -> None:
        self.path = path
        self.process = process
        assert self._said() == "open"

    def writes(self, script: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{script!r}\n")
        self.process.stdin.flush()
        assert self._said() == "written"

    def _said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def program(path: Path) -> Iterator[Program]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        yield Program(path, process)
        process.kill()


def told(path: Path) -> list[tuple[str, str, str]]:
    with foreign.opened(str(path)) as db:
        found = read_transcript(db, path.name)
    assert found.problems == ()
    return [(e.key, e.prompt, e.response) for s in found.sessions for e in s.exchanges]


@pytest.mark.parametrize("name", sorted(MORE))
def test_what_is_only_in_the_log_is_read_while_the_program_writes_and_after_it_was_killed(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "store.db"
    with program(path) as other:
        other.writes((SEEDS / f"{name}.sql").read_text(encoding="utf-8"))
        first = told(path)
        assert [answer for _, _, answer in first] == ["Two minutes."]
        before = path.read_bytes(), Path(f"{path}-wal").read_bytes()
        other.writes(MORE[name])
        grown = told(path)
        assert grown[:1] == first
        assert [said[1:] for said in grown[1:]] == [("And black?", "Four.")]
        assert path.read_bytes() == before[0]  # reading folds nothing in
        assert Path(f"{path}-wal").read_bytes().startswith(before[1])
    assert Path(f"{path}-wal").exists()
    assert told(path) == grown


@pytest.mark.parametrize("name", sorted(MORE))
def test_a_write_that_is_not_finished_is_not_seen(tmp_path: Path, name: str) -> None:
    path = tmp_path / "store.db"
    with program(path) as other:
        other.writes((SEEDS / f"{name}.sql").read_text(encoding="utf-8"))
        first = told(path)
        other.writes("BEGIN; " + MORE[name])
        assert told(path) == first
        other.writes("")  # the next script ends the transaction of the one before
        assert len(told(path)) == len(first) + 1


def test_a_damaged_database_gives_what_comes_before_the_damage_or_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with program(path) as other:
        other.writes("PRAGMA journal_mode = DELETE;" + (SEEDS / "opencode-db.sql").read_text(encoding="utf-8"))
    whole = path.read_bytes()
    page = int.from_bytes(whole[16:18], "big")
    for number in range(1, len(whole) // page):
        broken = tmp_path / f"broken-{number}.db"
        broken.write_bytes(whole[: number * page] + b"\xff" * page + whole[(number + 1) * page :])
        with foreign.opened(str(broken)) as db:
            found = read_transcript(db, broken.name)
        exchanges = [e for s in found.sessions for e in s.exchanges]
        assert found.problems or len(exchanges) == 1
        assert all("could not be read (" not in problem.reason for problem in found.problems)


def test_a_damaged_schema_whose_very_message_is_no_text_becomes_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with program(path) as other:
        other.writes("PRAGMA journal_mode = DELETE;" + (SEEDS / "opencode-db.sql").read_text(encoding="utf-8"))
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE message", b"CREATE \xff\xfeBLE message"))
    with pytest.raises(UnreadableFileError, match="the description of its tables is damaged"):
        told(path)


def test_two_conversations_that_say_to_be_the_same_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with program(path) as other:
        other.writes((SEEDS / "cursor-db.sql").read_text(encoding="utf-8"))
        tabs = [{"tabId": "t1", "bubbles": [{"type": "user", "text": f"Ask {n}?"}]} for n in range(2)]
        other.writes(f"UPDATE ItemTable SET value = '{json.dumps({'tabs': tabs})}'")
        with foreign.opened(str(path)) as db:
            found = read_transcript(db, path.name)
            assert [session.key for session in found.sessions] == ["s1", "t1", "t1#2"]
            for session in found.sessions:
                copied = open_sessions(db, path.name, frozenset({session.key}))
                assert [one.exchanges for one in copied.sessions()] == [session.exchanges]
