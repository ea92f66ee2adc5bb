"""Files with very many exchanges: what is stored of them in slices is what one transaction would have stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from library_making import EVERYTHING, texts

from curator.core.changes import Changes
from curator.core.errors import LibraryError
from curator.core.query import ImportProgress
from curator.ingest import slices
from curator.ingest.importer import import_files
from curator.library.library import Library
from curator.library.records import PRESENT, Stored


def conversation(number: int, *, prompts: int = 3) -> dict[str, Any]:
    mapping: dict[str, Any] = {"root": {"id": "root", "message": None, "parent": None, "children": []}}
    last = "root"
    for turn in range(prompts):
        for role in ("user", "assistant"):
            id = f"{number}-{turn}-{role}"
            message = {
                "id": id,
                "author": {"role": role},
                "create_time": 1_700_000_000 + number * 1000 + turn,
                "content": {"content_type": "text", "parts": [f"{role} {number} {turn}"]},
                "recipient": "all",
            }
            mapping[id] = {"id": id, "message": message, "parent": last, "children": []}
            mapping[last]["children"].append(id)
            last = id
    return {"title": f"{number}", "mapping": mapping, "current_node": last, "conversation_id": f"c{number}"}


def export(path: Path, *numbers: int) -> Path:
    path.write_text(json.dumps([conversation(number) for number in numbers]), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "MOST", 6)


def everything(library: Library) -> list[tuple[str, str]]:
    return sorted(texts(library))


def test_a_large_file_is_stored_in_several_transactions(library: Library, tmp_path: Path) -> None:
    path = export(tmp_path / "conversations.json", *range(7))
    told: list[Changes] = []
    seen: list[ImportProgress] = []
    report, _ = import_files(library, [path], stored=told.append, progress=seen.append)
    assert (report.new, report.sessions, len(told)) == (21, 7, 7)
    assert [(one.files, one.new) for one in seen[:-1]] == [(0, 3 * n) for n in range(7)]
    assert (seen[-1].files, seen[-1].total) == (1, 1)
    assert everything(library) == sorted((f"user {n} {t}", f"assistant {n} {t}") for n in range(7) for t in range(3))
    (record,) = library.sources()
    assert (record.size, record.status) == (path.stat().st_size, PRESENT)
    again, nothing = import_files(library, [path])
    assert (again.new, again.unchanged) == (0, 21) and not nothing


def test_what_is_no_longer_in_a_large_file_goes(library: Library, tmp_path: Path) -> None:
    path = export(tmp_path / "conversations.json", *range(7))
    import_files(library, [path])
    export(path, 0, 2, 3, 4, 6, 8)
    report, _ = import_files(library, [path])
    assert (report.new, report.unchanged) == (3, 15)
    assert {prompt.split()[1] for prompt, _ in everything(library)} == {"0", "2", "3", "4", "6", "8"}


def test_a_large_file_of_which_the_last_slices_never_came_is_read_again(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = export(tmp_path / "conversations.json", *range(7))
    store = library.store_many
    left = iter(range(3))

    def full(items: Any) -> Stored:
        if next(left, None) is None:
            raise LibraryError("The disk is full: nothing was changed.", "Free some space and try again.")
        return store(items)

    with monkeypatch.context() as patch:
        patch.setattr(library, "store_many", full)
        with pytest.raises(LibraryError):
            import_files(library, [path])
    assert len(library.exchange_ids(EVERYTHING)) == 9
    report, _ = import_files(library, [path])
    assert (report.new, report.unchanged) == (12, 9)


def test_a_copy_of_a_large_file_is_no_second_one(library: Library, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    first = export(tmp_path / "a" / "conversations.json", *range(7))
    import_files(library, [first])
    (tmp_path / "b").mkdir()
    copy = export(tmp_path / "b" / "conversations.json", *range(7))
    report, _ = import_files(library, [copy])
    assert (report.new, len(library.exchange_ids(EVERYTHING))) == (0, 21)
    export(copy, *range(7), 9)  # it is a file of its own from now on
    report, _ = import_files(library, [copy])
    assert report.new == 24 and report.repeats == 21
    assert all(record.status == PRESENT for record in library.sources())
