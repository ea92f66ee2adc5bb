"""A snapshot can be read back as it was frozen, also one from before the manifest kept the order of the lines."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from curator.core.budget import Usage
from curator.core.errors import DatasetError
from curator.core.row import Row
from curator.core.snapshot import Snapshot
from curator.datasets.freeze import freeze
from curator.datasets.frozen import read_frozen

ROWS = [
    Row(
        n,
        n % 5,
        f"question {n}?\u2028",
        f"answer {n}\n\n",
        revision=n % 3,
        tags=("b", "a"),
        system="s" if n % 2 else "",
    )
    for n in range(1, 26)
]


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    twins = [Row(26, 1, ROWS[0].prompt, ROWS[0].response, tags=("twin",), system=ROWS[0].system)]
    rows = [*ROWS, *twins]
    usages = {row.id: Usage(5, 5) for row in rows}
    return freeze(rows, usages, tmp_path, model="tiny", max_tokens=100, name="First", weights={7: 2.5})[0]


def test_rows_come_back_with_their_text_place_tags_and_weight(snapshot: Snapshot) -> None:
    frozen = read_frozen(Path(snapshot.path))
    rows = {one.row.id: one.row for one in frozen}
    assert len(frozen) == len(rows) == 26
    for row in ROWS:
        again = rows[row.id]
        assert (again.prompt, again.response, again.system) == (row.prompt, row.response, row.system)
        assert (again.session, again.revision, again.tags) == (row.session, row.revision, ("a", "b"))
    assert {one.row.id: one.weight for one in frozen if one.weight != 1.0} == {7: 2.5}


def test_the_order_of_the_manifest_does_not_matter(snapshot: Snapshot) -> None:
    expected = read_frozen(Path(snapshot.path))
    manifest = Path(snapshot.path) / "manifest.json"
    about = json.loads(manifest.read_text(encoding="utf-8"))
    random.Random(3).shuffle(about["rows"])
    for entry in about["rows"]:
        del entry["tags"], entry["weight"]
    manifest.write_text(json.dumps(about), encoding="utf-8")
    again = read_frozen(Path(snapshot.path))
    assert [(one.row.prompt, one.split) for one in again] == [(one.row.prompt, one.split) for one in expected]
    assert {one.row.id for one in again} == {one.row.id for one in expected}
    assert all(one.row.tags == () and one.weight == 1.0 for one in again)


def test_a_snapshot_that_is_gone_or_was_changed_is_refused_in_words(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="not where it was"):
        read_frozen(tmp_path / "nowhere")
    train = Path(snapshot.path) / "train.jsonl"
    train.write_text(train.read_text(encoding="utf-8").replace("answer", "ANSWER"), encoding="utf-8")
    with pytest.raises(DatasetError, match="changed by another program"):
        read_frozen(Path(snapshot.path))
