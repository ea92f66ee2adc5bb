"""Files that a person explained: remembered by path, and read the same way in parser processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curator.core.errors import UnreadableFileError
from curator.core.mapping import Mapping
from curator.ingest.importer import import_files
from curator.ingest.mapped import fields_in, first_exchanges, follow_move, mappings, remember
from curator.ingest.parsing import SMALL_JOB
from curator.library.library import Library

MAPPING = Mapping("frage", "antwort")


def test_what_was_said_of_a_file_is_kept_follows_it_and_can_be_said_anew(library: Library) -> None:
    remember(library, "/a", MAPPING)
    remember(library, "/b", Mapping("x", "y", "z"))
    assert mappings(library) == {"/a": MAPPING, "/b": Mapping("x", "y", "z")}
    follow_move(library, "/a", "/c")
    assert not follow_move(library, "/nowhere", "/d")
    remember(library, "/b", MAPPING)
    assert mappings(library) == {"/c": MAPPING, "/b": MAPPING}


@pytest.mark.parametrize("spoilt", ["{", "[]", "3", '{"/a": 3, "/b": ["x"], "/c": ["x", "y", "z", "w"]}'])
def test_a_spoilt_memory_is_an_empty_one(library: Library, spoilt: str) -> None:
    library.set_setting("mappings", spoilt)
    assert mappings(library) == {}


def test_a_large_file_is_read_by_its_mapping_in_a_parser_process(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "fragen.jsonl"
    row = {"frage": "Wie tief?", "antwort": "Drei Meter. " * 200}
    rows = SMALL_JOB // len(json.dumps(row)) + 2
    path.write_text("".join(json.dumps({**row, "frage": f"Wie tief ist {n}?"}) + "\n" for n in range(rows)))
    assert path.stat().st_size > SMALL_JOB
    remember(library, str(path), MAPPING)
    report, _ = import_files(library, [path])
    assert (report.new, report.problems) == (rows, ())
    again, _ = import_files(library, [path], afresh=True)
    assert (again.new, again.updated, again.unchanged) == (0, 0, rows)


def test_what_cannot_be_opened_is_told_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no such file"):
        fields_in(tmp_path / "none.jsonl")
    with pytest.raises(UnreadableFileError):
        first_exchanges(tmp_path, MAPPING)
