"""Zips from anywhere: whatever is in one comes in, nothing gets out of it, and what is not read gets a sentence."""

from __future__ import annotations

import json
import resource
import threading
import zipfile
from pathlib import Path

import pytest
from claude_sessions import ClaudeSession

from curator.core.query import ExchangeQuery
from curator.ingest.catching_up import CatchUp
from curator.ingest.importer import import_files
from curator.library.library import Library

EVERYTHING = ExchangeQuery(everything=True)


def chat_rows(count: int) -> bytes:
    row = {"messages": [{"role": "user", "content": "Why {}?"}, {"role": "assistant", "content": "Because {}."}]}
    return b"".join(json.dumps(row).replace("{}", str(number)).encode() + b"\n" for number in range(count))


def test_every_transcript_in_a_zip_comes_in_whatever_it_is_called(library: Library, tmp_path: Path) -> None:
    session = ClaudeSession(tmp_path / "s.jsonl")
    session.exchange("In a backup?", "Yes.")
    with zipfile.ZipFile(tmp_path / "backup.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(session.path, ".claude/projects/-home-me/s.jsonl")
        archive.writestr("rows/train.jsonl", chat_rows(3))
        archive.writestr("README.md", "# Nothing said here")
        archive.writestr("settings.json", "{}")
        archive.writestr("inner.zip", b"PK")
    report, _ = import_files(library, [tmp_path / "backup.zip"])
    assert (report.new, report.sessions) == (4, 4)
    assert [(Path(path).name, reason[:27]) for path, _, reason in report.problems] == [
        ("inner.zip", "It is a zip inside the zip.")
    ]
    again, _ = import_files(library, [tmp_path / "backup.zip"])
    assert (again.new, again.unchanged) == (0, 4)
    (tmp_path / "s.jsonl").unlink()
    with zipfile.ZipFile(tmp_path / "nothing.zip", "w") as archive:
        archive.writestr("README.md", "# Nothing said here")
    report, _ = import_files(library, [tmp_path / "nothing.zip"])
    assert [reason for _, _, reason in report.problems] == ["The zip holds no transcript that Curator knows."]


def test_a_member_that_leaves_a_watched_zip_is_gone(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    root, _ = library.add_watched(str(folder), "W")
    catch_up = CatchUp(library, lambda report, changes: None, None, threading.Event(), 30.0)

    def write(*names: str) -> None:
        with zipfile.ZipFile(folder / "e.zip", "w") as archive:
            for name in names:
                archive.writestr(name, chat_rows(1).replace(b"Why", name.encode()))
        catch_up.scan({root: str(folder)}, threading.Event(), lambda progress: None)

    write("a.jsonl", "b.jsonl")
    assert {record.status for record in library.sources()} == {"present"}
    write("a.jsonl")
    assert {Path(r.path).name: r.status for r in library.sources()} == {"a.jsonl": "present", "b.jsonl": "gone"}
    (folder / "e.zip").unlink()
    catch_up.scan({root: str(folder)}, threading.Event(), lambda progress: None)
    assert {record.status for record in library.sources()} == {"gone"}
    assert len(library.exchange_ids(EVERYTHING)) == 2


def test_a_zip_bomb_of_many_files_and_one_that_lies_are_stopped(library: Library, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "many.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for number in range(3):
            archive.writestr(f"{number}.json", b"[" + b" " * (8 << 20) + b"]")
    lying = bytearray((tmp_path / "many.zip").read_bytes())
    at = lying.index(b"PK\x01\x02")
    lying[at + 24 : at + 28] = (1_000).to_bytes(4, "little")  # what the first file is said to unpack to
    (tmp_path / "lying.zip").write_bytes(lying)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name in ("many.zip", "lying.zip"):
        report, _ = import_files(library, [tmp_path / name])
        assert report.new == 0
        assert any("unpacks to far more" in reason for _, _, reason in report.problems)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10  # in KB


@pytest.mark.parametrize(
    ("inside", "words"),
    [("word/document.xml", "a Word document"), ("xl/workbook.xml", "an Excel workbook")],
)
def test_a_document_that_is_a_zip_says_what_to_save_it_as(
    library: Library, tmp_path: Path, inside: str, words: str
) -> None:
    path = tmp_path / "my chats.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(inside, "<x/>")
    report, _ = import_files(library, [path])
    [(told, line, reason)] = report.problems
    assert (told, line) == (str(path), 0) and words in reason


def test_of_a_zip_in_which_all_is_encrypted_one_sentence_is_said(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(30):
            archive.writestr(f"conversations-{number:03}.json", "[]")
    data = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + flags] |= 1
            at = data.find(mark, at + 4)
    path.write_bytes(data)
    report, _ = import_files(library, [path])
    assert report.problems == ((str(path), 0, "All that it holds is encrypted. Unpack the zip first."),)


def test_an_encrypted_zip_gets_a_sentence(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "locked.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", "[]")
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(data)
    report, _ = import_files(library, [path])
    assert [reason for _, _, reason in report.problems] == ["It is encrypted. Unpack the zip first."]
