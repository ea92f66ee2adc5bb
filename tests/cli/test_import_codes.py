"""How `curator import` ends: 0 where something was there to be read, whatever came of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from verbs import curator


@pytest.fixture
def good(tmp_path: Path) -> Path:
    turns = [{"role": "user", "content": "Why is it so?"}, {"role": "assistant", "content": "Because of that."}]
    path = tmp_path / "good.jsonl"
    path.write_text(json.dumps({"messages": turns}) + "\n")
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.txt"
    path.write_text("No transcript at all.\n")
    return path


def test_what_is_not_there_has_failed_in_words_and_for_machines(tmp_path: Path) -> None:
    library, missing = tmp_path / "library", tmp_path / "missing.jsonl"
    said = curator(library, "import", missing)
    assert (said.code, said.out) == (1, "")
    said = curator(library, "import", "--json", missing)
    assert said.code == 1
    assert [problem["path"] for problem in said.only["problems"]] == [str(missing)]
    assert said.err.startswith("Nothing was imported: none of it could be read.\n")


def test_what_is_bad_beside_what_is_good_is_named_and_nothing_failed(tmp_path: Path, good: Path, bad: Path) -> None:
    library, missing = tmp_path / "library", tmp_path / "missing.jsonl"
    first = curator(library, "import", "--json", good, good, missing, bad)
    assert (first.code, first.err) == (0, "")
    assert (first.only["files"], first.only["new"], first.only["unchanged"]) == (2, 1, 0)
    assert {problem["path"] for problem in first.only["problems"]} == {str(missing), str(bad)}
    again = curator(library, "import", good, missing)
    assert (again.code, again.err) == (0, "")
    assert again.out.startswith("0 new, 1 already here, 1 unreadable, from 1 file.\n")
    assert curator(library, "import", "--json", bad).code == 0


def test_one_bad_file_of_several_does_not_keep_the_others_from_being_read_by_their_fields(tmp_path: Path) -> None:
    library, missing, odd = tmp_path / "library", tmp_path / "missing.json", tmp_path / "odd.json"
    odd.write_text(json.dumps([{"q": "Why is it so?", "a": "Because of that."}]))
    fields = ("--map", "prompt=q", "--map", "response=a")
    said = curator(library, "import", "--json", *fields, missing, odd)
    assert said.code == 0
    assert said.only["new"] == 1
    assert [problem["path"] for problem in said.only["problems"]] == [str(missing)]
    alone = curator(library, "import", *fields, missing)
    assert (alone.code, alone.out) == (1, "")
    assert alone.err == "“missing.json” cannot be read: no such file or directory.\n"
