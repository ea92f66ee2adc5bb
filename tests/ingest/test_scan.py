"""What dragged paths mean: files, folders and zips, and whatever else lies about on a disk."""

from __future__ import annotations

import os
import socket
import struct
import zipfile
from pathlib import Path

import pytest

from curator.formats.reader import PACKED
from curator.ingest import zips
from curator.ingest.names import is_transcript_name
from curator.ingest.scan import BARE, Listing, list_files


def names(listing: Listing, below: Path) -> list[str]:
    return [os.path.relpath(found.name, below) for found in listing.files]


def reasons(listing: Listing, below: Path) -> dict[str, str]:
    return {os.path.relpath(path, below): reason for path, reason in listing.problems}


def test_a_folder_is_walked_and_a_file_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a" / "deep").mkdir(parents=True)
    (tmp_path / "a" / "deep" / "one.jsonl").write_text("{}\n")
    (tmp_path / "a" / "two.json").write_text("[]")
    (tmp_path / "a" / "picture.png").write_bytes(b"x")
    alone = tmp_path / "anything at all"
    alone.write_text("You: hello\n")
    listing = list_files([tmp_path / "a", alone])
    assert names(listing, tmp_path) == ["a/two.json", "a/deep/one.jsonl", "anything at all"]
    assert [found.is_named for found in listing.files] == [False, False, True]
    assert listing.problems == []


def test_a_session_that_a_person_packed_is_told_and_not_passed_over(tmp_path: Path) -> None:
    for name in ("old.jsonl.gz", "Older.JSONL.xz", "assets.json.gz", "sources.tar.gz"):
        (tmp_path / name).write_bytes(b"\x1f\x8b")
    listing = list_files([tmp_path])
    assert listing.files == [] and reasons(listing, tmp_path) == {"old.jsonl.gz": PACKED, "Older.JSONL.xz": PACKED}


@pytest.mark.parametrize("name", ["-Users-me-app", "with space", "日本語 ünïcödé", "semi;colon'quote\"", "new\nline"])
def test_any_name_works(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / f"{name}.jsonl").write_text("{}\n")
    assert names(list_files([folder]), tmp_path) == [f"{name}/{name}.jsonl"]
    assert names(list_files([folder / f"{name}.jsonl"]), tmp_path) == [f"{name}/{name}.jsonl"]


def test_a_name_with_a_leading_dash_works_from_the_folder_it_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "-home-me").mkdir()
    (tmp_path / "-home-me" / "-s.jsonl").write_text("{}\n")
    monkeypatch.chdir(tmp_path)
    assert names(list_files(["-home-me"]), tmp_path) == ["-home-me/-s.jsonl"]


def test_a_folder_that_was_named_and_holds_nothing_of_the_kind_gets_a_sentence(tmp_path: Path) -> None:
    bare, other = tmp_path / "bare" / "inner", tmp_path / "bare-not"
    bare.mkdir(parents=True)
    other.mkdir()
    (bare / "session.dat").write_bytes(b"{}")
    (other / "a.jsonl").write_bytes(b"{}")
    assert list_files([bare.parent, other]).problems == [(str(bare.parent), BARE)]
    assert list_files([other, bare.parent]).problems == [(str(bare.parent), BARE)], "beside one called bare-not"
    assert list_files([other, other]).problems == [] == list_files([tmp_path, other]).problems
    assert list_files([bare.parent], are_named=False).problems == []


def test_a_name_that_is_no_text_is_told_with_a_readable_path(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.jsonl"
    os.close(os.open(raw, os.O_CREAT | os.O_WRONLY))
    listing = list_files([tmp_path])
    assert listing.files == []
    [(path, reason)] = listing.problems
    assert path.encode("utf-8").endswith("caf\ufffd.jsonl".encode())
    assert "name is not valid text" in reason


def test_the_same_file_named_twice_or_through_a_link_counts_once(tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text("{}\n")
    (tmp_path / "link").symlink_to(file)
    listing = list_files([file, tmp_path / "link", file])
    assert names(listing, tmp_path) == ["one.jsonl"]


def test_links_pipes_and_sockets_inside_a_folder_are_refused_with_a_reason(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    (top / "real.jsonl").write_text("{}\n")
    (top / "around").symlink_to(top)
    (top / "link.jsonl").symlink_to(top / "real.jsonl")
    (top / "image.png").symlink_to(top / "real.jsonl")
    os.mkfifo(top / "pipe.jsonl")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(top / "s.jsonl"))
        listing = list_files([top])
    assert names(listing, top) == ["real.jsonl"]
    told = reasons(listing, top)
    assert set(told) == {"around", "link.jsonl", "pipe.jsonl", "s.jsonl"}
    assert told["around"].startswith("It is a link.")
    assert "pipe" in told["pipe.jsonl"]


def test_a_link_that_leads_to_itself_and_a_path_that_is_not_there_are_problems(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    listing = list_files([tmp_path / "loop", tmp_path / "nothing"])
    assert listing.files == []
    assert len(listing.problems) == 2
    assert all(reason.startswith("It cannot be read") for _, reason in listing.problems)


def test_a_named_pipe_is_a_problem_and_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    listing = list_files([tmp_path / "pipe"])
    assert listing.files == []
    assert "pipe" in listing.problems[0][1]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("5f0c.jsonl", True),
        ("chat.JSON", True),
        ("notes.md", True),
        ("9.jsonl.reset.2026-05-01", True),
        ("9.trajectory.jsonl", False),
        ("agent-1.meta.json", False),
        ("sessions.json", False),
        ("history.jsonl", False),
        ("journal.jsonl", False),
        ("9.jsonl.bak-1", False),
        ("._chat.json", False),
        ("auth.json", False),
        ("opencode.db", True),
        ("state.vscdb", True),
        ("opencode.db-wal", False),
        ("rows.CSV", True),
        ("run.traj", True),
        ("MyActivity.html", True),
        ("My Activity.html", True),
        ("MeineAktivit\u00e4ten.html", True),
        ("MonActivite\u0301.html", True),
        ("Minhaatividade.html", True),
        ("activity-list.html", False),
        ("chat.html", False),
    ],
)
def test_side_files_of_the_tools_are_left_out(name: str, is_one: bool) -> None:
    assert is_transcript_name(name) is is_one


def test_a_zip_gives_whatever_may_be_a_transcript(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", "[]")
        archive.writestr("sub/rollout-1.jsonl", "{}")
        archive.writestr("tasks/1/ui_messages.json", "[]")
        archive.writestr("tasks/1/api_conversation_history.json", "[]")
        archive.writestr("chat.html", "<html>")
        archive.writestr("__MACOSX/._conversations.json", "x")
        archive.writestr("node_modules/a/b.json", "{}")
        archive.writestr("package.json", "{}")
    listing = list_files([path])
    assert names(listing, path) == ["conversations.json", "sub/rollout-1.jsonl", "tasks/1/ui_messages.json"]
    assert [found.unpacked for found in listing.files] == [2, 2, 2]
    assert listing.problems == []


@pytest.mark.parametrize(
    "name", ["../../evil.json", "/etc/evil.json", "a/../../evil.json", "C:/evil.json", "..\\e.json"]
)
def test_a_name_that_leads_out_of_the_zip_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", "[]")
        archive.writestr(name, "[]")
    listing = list_files([path])
    assert names(listing, path) == ["conversations.json"]
    [(_, reason)] = listing.problems
    assert "leads out of the zip" in reason


def test_links_and_zips_inside_a_zip_get_a_sentence_each(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    link = zipfile.ZipInfo("passwd.json")
    link.create_system = 3
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("inner.zip", b"PK")
    listing = list_files([path])
    assert listing.files == []
    told = reasons(listing, path)
    assert told["passwd.json"].startswith("It is a link.")
    assert told["inner.zip"].startswith("It is a zip inside the zip.")


def test_what_a_zip_says_it_unpacks_to_is_counted_over_all_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zips, "_RATIO_COUNTS_FROM", 1_000)
    monkeypatch.setattr(zips, "MAX_RATIO", 1)
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(9):
            archive.writestr(f"{number}.json", b" " * 600)
    listing = list_files([path])
    assert sum(found.unpacked for found in listing.files) <= max(1_000, path.stat().st_size)
    assert len(listing.files) + len(listing.problems) == 9
    assert listing.problems
    assert all("unpacks to far more" in reason for _, reason in listing.problems)


def test_what_tells_a_conversation_better_stands_for_its_sibling(tmp_path: Path) -> None:
    for folder, names_there in (
        ("tasks/1", ["ui_messages.json", "api_conversation_history.json"]),
        ("brain/logs", ["transcript.jsonl", "transcript_full.jsonl"]),
        ("tasks/2", ["api_conversation_history.json"]),
        ("chatSessions", ["a.json", "a.jsonl", "b.json"]),
        ("other", ["a.json", "a.jsonl"]),
        ("wires/1", ["context.jsonl", "wire.jsonl"]),
        ("wires/2", ["context.jsonl"]),
    ):
        (tmp_path / folder).mkdir(parents=True)
        for name in names_there:
            (tmp_path / folder / name).write_text("[]")
    expected = ["brain/logs/transcript_full.jsonl"]
    expected += ["chatSessions/a.jsonl", "chatSessions/b.json", "other/a.json", "other/a.jsonl"]
    expected += ["tasks/1/ui_messages.json", "tasks/2/api_conversation_history.json"]
    expected += ["wires/1/wire.jsonl", "wires/2/context.jsonl"]
    assert names(list_files([tmp_path]), tmp_path) == expected
    each = [str(path) for path in sorted(tmp_path.rglob("*.json*"))]
    assert sorted(names(list_files(each, are_named=False), tmp_path)) == expected
    assert len(list_files(each).files) == 13


def test_a_database_is_stamped_together_with_its_log(tmp_path: Path) -> None:
    path = tmp_path / "opencode.db"
    path.write_bytes(b"SQLite format 3\0")
    [before] = list_files([tmp_path]).files
    (tmp_path / "opencode.db-wal").touch()
    [empty] = list_files([tmp_path]).files
    assert empty == before
    (tmp_path / "opencode.db-wal").write_bytes(b"x" * 10)
    [after] = list_files([tmp_path]).files
    assert after.size == before.size + 10
    assert after.mtime_ns == max((tmp_path / name).stat().st_mtime_ns for name in ("opencode.db", "opencode.db-wal"))


def test_a_zip_without_transcripts_is_told_only_when_it_was_named(tmp_path: Path) -> None:
    path = tmp_path / "code.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("main.py", "1")
    assert "no file that may be" in list_files([path]).problems[0][1]
    assert list_files([tmp_path]).problems == []


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 and then nothing", b"not a zip at all", b"PK\x05\x06" + bytes(4)]
)
def test_a_broken_zip_is_a_problem(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.zip"
    path.write_bytes(content)
    [(_, reason)] = list_files([path]).problems
    assert reason == "It is no zip, or only a part of one. Fetch it again."


def test_a_zip_that_claims_a_million_files_is_refused_before_its_directory_is_read(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, *([0] * 4), 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    body = entry * 1_000
    wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1_000_000, 1_000_000, len(body), 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(body), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(body + wide + locator + end)
    [(_, reason)] = list_files([path]).problems
    assert reason == "The zip holds more than 100,000 files. Unpack it first."


def test_an_encrypted_conversation_is_told(tmp_path: Path) -> None:
    path = tmp_path / "locked.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", "[]")
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    listing = list_files([path])
    assert listing.files == []
    assert "encrypted" in listing.problems[0][1]


def test_a_folder_that_goes_away_while_it_is_walked_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.jsonl").write_text("{}\n")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("/a"):
            (tmp_path / "a" / "1.jsonl").unlink(missing_ok=True)
            (tmp_path / "a").rmdir()
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    listing = list_files([tmp_path])
    assert listing.files == []
    assert reasons(listing, tmp_path)["a"] == "It cannot be read: no such file or directory."
