"""A freeze gives the same files for the same rows, holds out whole sessions, and is read by stock mlx-lm."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from model_folders import write_model_folder

from curator.core.budget import Usage
from curator.core.errors import DatasetError
from curator.core.row import Row
from curator.core.snapshot import Snapshot, Split
from curator.datasets.freeze import FrozenRow, digest_of, freeze, is_intact, select
from curator.datasets.manifest import changed_rows
from curator.tokens.exact import ModelCounter
from curator.tokens.template import chat, encode_row


def make_rows(count: int, sessions: int) -> list[Row]:
    """Rows that differ, spread over sessions."""
    return [Row(n + 1, n % sessions + 1, f"question {n}?", f"answer {n}.") for n in range(count)]


def usages_for(rows: list[Row], total: int = 30) -> dict[int, Usage]:
    return {row.id: Usage(10, total - 10) for row in rows}


def frozen(rows: list[Row], folder: Path, usages: dict[int, Usage] | None = None) -> tuple[Snapshot, list[FrozenRow]]:
    return freeze(rows, usages or usages_for(rows), folder, model="tiny", max_tokens=100, name="First")


def test_the_same_rows_give_the_same_digest_in_any_order_and_under_any_ids(tmp_path: Path) -> None:
    rows = make_rows(60, 11)
    first, _ = frozen(rows, tmp_path / "a")
    shuffled = [Row(1000 - row.id, 50 - row.session, row.prompt, row.response) for row in rows]
    random.Random(1).shuffle(shuffled)
    second, _ = frozen(shuffled, tmp_path / "b")
    assert first.digest == second.digest
    assert Path(first.path).name == Path(second.path).name
    for name in ("train.jsonl", "valid.jsonl", "test.jsonl"):
        assert (Path(first.path) / name).read_bytes() == (Path(second.path) / name).read_bytes()


def test_what_would_be_taken_and_left_out_is_told_in_one_order_whatever_order_rows_come_in() -> None:
    rows = make_rows(30, 6)
    usages = usages_for(rows) | {row: Usage(60, 60) for row in (4, 17, 9)}
    told = select(rows, usages, 100)
    assert select(list(reversed(rows)), usages, 100) == told
    assert [left.row for left in told.left_out] == [4, 9, 17]
    assert select(rows, usages, 100, seed=0) == told
    assert len({select(rows, usages, 100, seed).plan for seed in range(9)}) > 1


def test_one_changed_character_gives_another_digest(tmp_path: Path) -> None:
    rows = make_rows(20, 5)
    first, _ = frozen(rows, tmp_path)
    changed = [*rows[:-1], Row(20, rows[-1].session, rows[-1].prompt, "answer 19!")]
    assert frozen(changed, tmp_path)[0].digest != first.digest


def test_rows_of_one_session_are_split_one_by_one_and_the_manifest_says_so(tmp_path: Path) -> None:
    snapshot, rows = frozen(make_rows(30, 1), tmp_path)
    about = json.loads((Path(snapshot.path) / "manifest.json").read_text(encoding="utf-8"))
    assert about["split_by"] == "row"
    assert "All rows come from one session" in about["notes"][0]
    assert (snapshot.train, snapshot.valid, snapshot.test) == (22, 6, 2)
    assert len(rows) == 30


def test_four_rows_train_and_three_say_what_is_missing(tmp_path: Path) -> None:
    snapshot, _ = frozen(make_rows(4, 1), tmp_path)
    assert (snapshot.train, snapshot.valid, snapshot.test) == (3, 1, 0)
    assert sorted(os.listdir(snapshot.path)) == ["manifest.json", "train.jsonl", "valid.jsonl"]
    with pytest.raises(DatasetError, match=r"Only 3 rows can be trained, and at least 4 are needed\. Mark 1 more row"):
        frozen(make_rows(3, 1), tmp_path)
    with pytest.raises(DatasetError, match=r"No row can be trained.*Mark 4 more rows clean"):
        frozen([], tmp_path)


def test_what_does_not_fit_is_left_out_with_a_sentence_and_never_cut(tmp_path: Path) -> None:
    rows = make_rows(8, 4)
    rows[7] = Row(8, 4, "half a pair \ud83d", "answer")
    usages = usages_for(rows) | {
        1: Usage(60, 1_440),
        2: Usage(0, 0, refusal="The prompt holds “<|im_end|>”."),
        3: Usage(10, 0),
    }
    del usages[4]
    more = [Row(n, n, f"more {n}", "answer") for n in range(9, 13)]
    snapshot, kept = frozen([*rows, *more], tmp_path, usages | usages_for(more))
    reasons = {left.row: left.reason for left in snapshot.left_out}
    assert reasons == {
        1: "Its 1,500 tokens are 1,400 more than the limit of 100.",
        2: "The prompt holds “<|im_end|>”.",
        3: "It has no response.",
        4: "Its tokens have not been counted.",
        8: "It holds broken characters that cannot be written as UTF-8.",
    }
    assert not {row for row, _, _ in kept} & set(reasons)
    about = json.loads((Path(snapshot.path) / "manifest.json").read_text(encoding="utf-8"))
    assert {left["row"] for left in about["left_out"]} == set(reasons)


def test_the_refusal_of_too_few_rows_names_the_first_reason(tmp_path: Path) -> None:
    rows = make_rows(5, 5)
    for over, words in (((1, 2), "needed; 2 are left out, the first"), ((1,), "needed; one is left out")):
        kept = rows[: 3 + len(over)]
        usages = usages_for(rows) | {row: Usage(60, 60) for row in over}
        with pytest.raises(DatasetError, match=f"{words} because: Its 120 tokens are 20 more") as caught:
            frozen(kept, tmp_path, usages)
        assert caught.value.hint == "Mark 1 more row clean."


def test_the_files_are_chat_rows_and_the_manifest_counts_them(tmp_path: Path) -> None:
    rows = [*make_rows(40, 10), Row(41, 11, "Ünï\u2028\n🙂", "“ok”", system="Be terse.", revision=3)]
    snapshot, kept = frozen(rows, tmp_path)
    lines = {split: _lines(snapshot, split) for split in Split}
    assert [len(part) for part in lines.values()] == [snapshot.train, snapshot.valid, snapshot.test]
    found = [line["messages"] for part in lines.values() for line in part]
    assert sorted(map(str, found)) == sorted(str(chat(row.prompt, row.response, row.system)) for row in rows)
    about = json.loads((Path(snapshot.path) / "manifest.json").read_text(encoding="utf-8"))
    assert about["digest"] == snapshot.digest and about["tokens"] == snapshot.tokens == 41 * 30
    assert about["parts"]["train"] == {"rows": snapshot.train, "tokens": snapshot.train * 30}
    assert (41, 3) in {(row, revision) for row, revision, _ in kept}


def _lines(snapshot: Snapshot, split: Split) -> list[dict[str, list[dict[str, str]]]]:
    path = Path(snapshot.path) / f"{split}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]] if path.is_file() else []


def test_the_digest_is_of_the_files(tmp_path: Path) -> None:
    snapshot, _ = frozen(make_rows(40, 10), tmp_path)
    folder = Path(snapshot.path)
    assert digest_of({split: (folder / f"{split}.jsonl").read_bytes() for split in Split}) == snapshot.digest
    assert is_intact(folder, snapshot.digest)
    parts = {Split.TRAIN: b"one\n", Split.VALID: b"other\n"}
    assert digest_of(parts) != digest_of({Split.TRAIN: b"one\nother\n"}), "what is held out is told too"
    with (folder / "train.jsonl").open("a", encoding="utf-8") as file:
        file.write("{}\n")
    assert not is_intact(folder, snapshot.digest)


def test_changed_rows_are_found(tmp_path: Path) -> None:
    rows = make_rows(10, 5)
    usages = usages_for(rows) | {10: Usage(60, 60)}
    snapshot, _ = frozen(rows, tmp_path, usages)
    assert changed_rows(Path(snapshot.path), rows) == frozenset()
    now = [*rows[1:-1], Row(10, 5, "shortened", "answer"), Row(11, 6, "new", "new")]
    assert changed_rows(Path(snapshot.path), now) == {1, 10, 11}
    assert changed_rows(tmp_path / "gone", rows) is None


def test_a_second_freeze_of_the_same_rows_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    first, _ = frozen(make_rows(10, 5), tmp_path)
    second, _ = frozen(make_rows(10, 5), tmp_path)
    assert first.digest == second.digest
    assert first.path != second.path
    assert sorted(os.listdir(tmp_path)) == sorted([Path(first.path).name, Path(second.path).name])


@pytest.mark.parametrize(
    ("name", "called", "folder"),
    [
        ("First", "First", "first"),
        ("My rows: v2 (long)!", "My rows: v2 (long)!", "my-rows-v2-long"),
        ("日本", "日本", "snapshot"),
        ("a" * 99, "a" * 99, "a" * 40),
        ("", "Snapshot {}", "tiny-model"),
    ],
)
def test_a_snapshot_is_called_as_it_was_named_and_lies_where_that_can_be_read(
    tmp_path: Path, name: str, called: str, folder: str
) -> None:
    rows = make_rows(10, 5)
    made = [
        freeze(rows, usages_for(rows), tmp_path, model="Tiny Model", max_tokens=100, name=name)[0] for _ in range(3)
    ]
    digest = made[0].digest[:8]
    assert [snapshot.name for snapshot in made] == [called.format(digest)] * 3
    places = [Path(snapshot.path) for snapshot in made]
    assert places == [tmp_path / f"{folder}-{digest}{more}" for more in ("", "-2", "-3")]
    assert made[0].model == "Tiny Model" and made[0].max_tokens == 100 and made[0].id == 0
    about = json.loads((places[0] / "manifest.json").read_text(encoding="utf-8"))
    assert about["name"] == made[0].name and about["seed"] == 0


_KILLED_AT_THE_RENAME = """
import os, signal, sys
from pathlib import Path
from curator.core.budget import Usage
from curator.core.row import Row
from curator.datasets.freeze import freeze
Path.rename = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)
rows = [Row(n + 1, n % 5 + 1, f"question {n}?", f"answer {n}.") for n in range(10)]
usages = {row.id: Usage(10, 20) for row in rows}
freeze(rows, usages, Path(sys.argv[1]), model="tiny", max_tokens=100, name="First")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_what_a_killed_freeze_left_behind_goes_with_one_an_hour_later(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", _KILLED_AT_THE_RENAME, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".first-") and (left / "train.jsonl").is_file()
    first, _ = frozen(make_rows(10, 5), tmp_path)
    assert left.is_dir(), "it may be at work"
    before = left.stat().st_mtime - 3700
    os.utime(left, (before, before))
    second, _ = frozen(make_rows(10, 5), tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([Path(first.path), Path(second.path)])


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "snapshots").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(DatasetError, match="snapshot cannot be written"):
        frozen(make_rows(10, 5), tmp_path / "snapshots")
    assert os.listdir(tmp_path) == ["snapshots"]


_STOCK = """
import json, sys, types
from dataclasses import replace
from pathlib import Path
from transformers import AutoTokenizer
from mlx_lm.tuner.datasets import load_local_dataset
from mlx_lm.tokenizer_utils import TokenizerWrapper
tokenizer = TokenizerWrapper(AutoTokenizer.from_pretrained(sys.argv[2]))
parts = load_local_dataset(Path(sys.argv[1]), tokenizer, types.SimpleNamespace(mask_prompt=True))
print(json.dumps([[list(part.process(part[i])) for i in range(len(part))] for part in parts]))
"""


@pytest.mark.parametrize("count", [6, 40])
def test_stock_mlx_lm_reads_the_files_and_sees_the_same_tokens(tmp_path: Path, count: int) -> None:
    model = write_model_folder(tmp_path / "model")
    counter = ModelCounter.load(model)
    rows = [Row(n, n % 7, f"Ünï question\u2028 {n}?", f"answer {n} 🙂\n\nwith lines") for n in range(count)]
    usages = {row.id: counter.usage(row.prompt, row.response) for row in rows}
    snapshot, _ = freeze(rows, usages, tmp_path / "snapshots", model="model", max_tokens=500, name="Stock")
    done = subprocess.run(
        [sys.executable, "-c", _STOCK, snapshot.path, str(model)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"},
    )
    assert done.returncode == 0, done.stderr
    parts = json.loads(done.stdout.splitlines()[-1])
    assert [len(part) for part in parts] == [snapshot.train, snapshot.valid, snapshot.test]
    total = 0
    for split, part in zip(Split, parts, strict=True):
        for line, (ids, offset) in zip(_lines(snapshot, split), part, strict=True):
            encoded = encode_row(counter.tokenizer, line["messages"])
            assert (encoded.ids, encoded.prompt_tokens) == (ids, offset)
            total += len(ids)
    assert total == snapshot.tokens


def test_the_manifest_speaks_of_the_lines_of_each_split_in_their_order(tmp_path: Path) -> None:
    rows = [replace(row, tags=("even",) if row.id % 2 == 0 else ()) for row in make_rows(60, 12)]
    weights = {row.id: 2.0 if row.tags else 1.0 for row in rows}
    snapshot, _ = freeze(
        rows, usages_for(rows), tmp_path, model="tiny", max_tokens=100, name="Weighed", weights=weights
    )
    about = json.loads((Path(snapshot.path) / "manifest.json").read_text(encoding="utf-8"))
    by_id = {row.id: row for row in rows}
    for split in ("train", "valid", "test"):
        lines = (Path(snapshot.path) / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
        entries = [entry for entry in about["rows"] if entry["split"] == split]
        assert [json.loads(line)["messages"][0]["content"] for line in lines] == [
            by_id[entry["row"]].prompt for entry in entries
        ]
        assert all(entry["tags"] == list(by_id[entry["row"]].tags) for entry in entries)
        assert all(entry["weight"] == weights[entry["row"]] for entry in entries)


def test_weights_belong_to_what_the_digest_names(tmp_path: Path) -> None:
    rows = make_rows(20, 5)
    plain = frozen(rows, tmp_path / "a")[0]
    ones = freeze(
        rows, usages_for(rows), tmp_path / "b", model="t", max_tokens=100, name="x", weights=dict.fromkeys((1, 2), 1.0)
    )[0]
    heavy = freeze(rows, usages_for(rows), tmp_path / "c", model="t", max_tokens=100, name="x", weights={1: 3.0})[0]
    assert plain.digest == ones.digest != heavy.digest
    folder = Path(heavy.path)
    assert is_intact(folder, heavy.digest) and not is_intact(folder, plain.digest)
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"weight": 3.0', '"weight": 4.0'))
    assert not is_intact(folder, heavy.digest)


def test_rows_that_are_unwanted_are_left_out_and_the_others_can_keep_their_splits(tmp_path: Path) -> None:
    rows = make_rows(60, 12)
    snapshot, before = frozen(rows, tmp_path / "a")
    splits = {row: split for row, _, split in before}
    trained = [row for row, split in splits.items() if split is Split.TRAIN]
    again, after = freeze(
        *(rows, usages_for(rows), tmp_path / "b"),
        **{"model": "tiny", "max_tokens": 100, "name": "Less", "without": trained[:3], "splits": splits},
    )
    assert {row: split for row, _, split in after} == {r: s for r, s in splits.items() if r not in trained[:3]}
    assert [(left.row, left.reason) for left in again.left_out] == [
        (r, "You left it out.") for r in sorted(trained[:3])
    ]
    for part in ("valid.jsonl", "test.jsonl"):
        assert (Path(again.path) / part).read_bytes() == (Path(snapshot.path) / part).read_bytes()
