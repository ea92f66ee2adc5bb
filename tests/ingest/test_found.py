"""Folders that are what they were: compared with what they held, and never taken for it when they are not."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from curator.ingest.found import Folders, Found
from curator.ingest.scan import Listing, list_files

NAMES = ["a.jsonl", "b.json", "c.png", "d", "e.db", "f.zip", "ses_1.json", "ui_messages.json"]
NAMES += ["api_conversation_history.json", "session", "message", "events"]


def everything(listing: Listing) -> list[Found]:
    return sorted(listing.files + [file for folder in listing.folders for file in folder.files])


def change(folder: Path, kind: str, name: str) -> None:
    path = folder / name
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        return
    if kind == "file":
        path.write_text("{}\n" * len(os.listdir(folder)))
    elif kind == "folder":
        path.mkdir()
        (path / "inside.jsonl").write_text("{}\n")
    elif kind == "link":
        path.symlink_to(folder / "somewhere.jsonl")


_CHANGE = st.tuples(st.sampled_from(["file", "folder", "link", "nothing"]), st.sampled_from(NAMES))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(_CHANGE, max_size=4), min_size=1, max_size=5))
def test_whatever_changed_a_scan_finds_what_a_first_one_would(rounds: list[list[tuple[str, str]]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folders: Folders = {}
        for changes in rounds:
            for kind, name in changes:
                change(folder, kind, name)
            known = list_files([folder], are_named=False, folders=folders)
            fresh = list_files([folder], are_named=False)
            assert everything(known) == everything(fresh)
            assert (known.problems, known.names) == (fresh.problems, fresh.names)
            assert (known.count, known.weight) == (fresh.count, fresh.weight)


def test_a_folder_that_did_not_change_is_not_listed_anew(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "s.jsonl").write_text("{}\n")
    folders: Folders = {}
    list_files([tmp_path], are_named=False, folders=folders)
    (tmp_path / "two" / "s.jsonl").write_text("{}\n{}\n")
    again = list_files([tmp_path], are_named=False, folders=folders)
    assert [file.path for folder in again.folders for file in folder.files] == [str(tmp_path / "one" / "s.jsonl")]
    assert [(file.path, file.size) for file in again.files] == [(str(tmp_path / "two" / "s.jsonl"), 6)]


def test_a_file_that_is_met_twice_is_listed_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "s.jsonl").write_text("{}\n")
    folders: Folders = {}
    for _ in range(3):
        listing = list_files([tmp_path, tmp_path / "in"], are_named=False, folders=folders)
        assert [file.name for file in everything(listing)] == [str(tmp_path / "in" / "s.jsonl")]


def test_a_narrower_look_takes_nothing_for_known(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text("{}\n")
    folders: Folders = {}
    list_files([tmp_path], are_named=False, folders=folders)
    narrow = list_files([tmp_path], are_named=False, folders=folders, wanted=lambda path, is_folder: is_folder)
    assert everything(narrow) == []
