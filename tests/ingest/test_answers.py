"""What large files answer: held on the disk until it is stored, given in the file's order, and let go."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
import tempfile
from pathlib import Path

import pytest
from library_making import EVERYTHING, texts
from parser_asking import COMMAND, answered, framed, long_export

from curator.ingest import answers
from curator.ingest.answers import Long, NoRoomError, Spool, read_answer
from curator.ingest.importer import import_files
from curator.ingest.parser import Failed, Parsed, ParseRequest, Piece, encode, parse
from curator.ingest.parser_process import ParserProcess
from curator.ingest.pool import ParserPool
from curator.library.library import Library
from curator.library.packed import PackedSession

CONVERSATIONS = 24


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return long_export(tmp_path / "conversations.json", CONVERSATIONS)


@pytest.fixture
def little_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "HELD", 500_000)


def asked(path: Path) -> Parsed | Failed | Long:
    parser = ParserProcess(COMMAND)
    try:
        return answered(parser, ParseRequest(str(path)), 60)
    finally:
        parser.close()


def nameless_files() -> set[str]:
    """The temporary files without a name that this process holds open."""
    folder = Path("/proc/self/fd")
    found = set()
    for link in folder.iterdir():
        try:
            found.add(os.readlink(link))
        except OSError:
            continue
    return {place for place in found if place.startswith(tempfile.gettempdir()) and place.endswith("(deleted)")}


def test_what_lies_on_the_disk_comes_in_its_order_between_the_first_and_the_last(
    export: Path, little_held: None
) -> None:
    whole = parse(ParseRequest(str(export)))
    answer = asked(export)
    assert isinstance(answer, Long) and isinstance(whole, Parsed)
    assert 0 < len(answer.first) < CONVERSATIONS // 2
    assert list(answer.sessions()) == whole.transcript.sessions
    assert answer.parsed.source == whole.source
    assert answer.parsed.transcript.sessions == answer.first == []  # they were given away


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which files are open")
def test_the_file_on_the_disk_goes_with_the_answer(export: Path, little_held: None) -> None:
    before = nameless_files()
    answer = asked(export)
    assert isinstance(answer, Long) and len(nameless_files() - before) == 1
    del answer
    gc.collect()
    assert nameless_files() <= before


def test_a_large_file_is_the_same_library_whether_it_was_held_or_not(
    library: Library, export: Path, little_held: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, _ = import_files(library, [export])
    assert (report.new, report.sessions, report.problems) == (CONVERSATIONS, CONVERSATIONS, ())
    with contextlib.closing(Library.open(tmp_path / "other")) as other:
        monkeypatch.setattr(answers, "HELD", 1 << 40)
        import_files(other, [export])
        assert sorted(texts(library)) == sorted(texts(other))
        assert len(other.sessions()) == CONVERSATIONS


def test_a_copy_of_a_large_file_is_counted_and_not_stored(library: Library, export: Path, little_held: None) -> None:
    import_files(library, [export])
    copy = export.with_name("copy.json")
    copy.write_bytes(export.read_bytes())
    report, _ = import_files(library, [copy])
    assert (report.new, report.unchanged, report.sessions) == (0, CONVERSATIONS, CONVERSATIONS)
    assert len(library.exchange_ids(EVERYTHING)) == CONVERSATIONS


def test_a_large_file_that_was_moved_keeps_its_exchanges(library: Library, export: Path, little_held: None) -> None:
    import_files(library, [export])
    before = library.exchange_ids(EVERYTHING)
    moved = export.rename(export.with_name("elsewhere.json"))
    report, _ = import_files(library, [moved])
    assert (report.new, report.unchanged, report.updated) == (0, CONVERSATIONS, 0)
    assert library.exchange_ids(EVERYTHING) == before
    assert {library.exchange(id).path for id in before} == {str(moved)}


def test_without_room_for_a_large_file_it_gets_a_sentence_and_the_next_one_is_read(
    export: Path, little_held: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = long_export(tmp_path / "small.json", 1)
    with ParserPool(1) as pool:
        pool.submit([(ParseRequest(str(small)), 0)]).result()  # it has started
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        refused = pool.submit([(ParseRequest(str(export)), 0)]).result()[0]
        read = pool.submit([(ParseRequest(str(small)), 0)]).result()[0]
    told = f"What was read of it could not be put down in {tmp_path / 'gone'}: no such file or directory."
    assert refused == Failed(told)
    assert isinstance(read, Parsed) and len(read.transcript.sessions) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no disk that is always full")
def test_a_full_disk_is_told_and_not_taken_for_the_end_of_the_file(
    export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 — the spool's to close
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: full)
    with pytest.raises(NoRoomError, match="no space left on device"):
        Spool().add(b"a piece")


def test_an_answer_that_breaks_off_behind_what_lies_on_the_disk_is_none(little_held: None) -> None:
    session = PackedSession("k", "chatgpt", "A long title. " * 10_000, "", "", "person", "", "", [])
    pieces = [encode(Piece([session])) for _ in range(8)]
    assert read_answer(io.BytesIO(b"".join(map(framed, pieces)))) is None
