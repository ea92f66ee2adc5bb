"""Freezing through the services, and the preview that says beforehand what it will do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_folders import write_model_folder
from row_workspaces import store_sessions

from curator.core.changes import Changes
from curator.core.errors import DatasetError, ModelError, NotFoundError
from curator.core.job import JobState
from curator.core.row import State
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.core.snapshot import Split
from curator.datasets.freeze import is_intact
from curator.datasets.frozen import read_frozen
from curator.models.estimate import memory_gb
from curator.services import curation, datasets
from curator.services.lengths import lengths_of
from curator.services.preflight import preflight
from curator.services.workspace import Workspace

PAIRS = [[(f"question {s}.{n}?", f"answer {s}.{n} " * (n + 1)) for n in range(4)] for s in range(10)]


@pytest.fixture
def ws(library_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path / "models"))
    write_model_folder(tmp_path / "models" / "tiny")
    with Workspace.open(library_folder) as opened:
        yield opened


def test_a_freeze_is_kept_told_and_on_disk(ws: Workspace) -> None:
    store_sessions(ws, PAIRS)
    heard: list[Changes] = []
    ws.subscribe(heard.append)
    snapshot = datasets.freeze(ws, "tiny", 2048)
    assert snapshot.id > 0 and snapshot.name == "Snapshot 1"
    assert (snapshot.train + snapshot.valid + snapshot.test, snapshot.valid, snapshot.test) == (40, 8, 4)
    assert Path(snapshot.path).parent == ws.library.folder / "snapshots"
    assert is_intact(Path(snapshot.path), snapshot.digest)
    assert datasets.snapshots(ws) == [snapshot]
    assert datasets.snapshot(ws, snapshot.id) == snapshot
    assert heard[-1].snapshots == {snapshot.id}
    assert heard[-1].words == "Freeze Snapshot 1"
    assert datasets.freeze(ws, "tiny", 2048, "Voice").name == "Voice"


def test_the_preview_says_what_the_freeze_does(ws: Workspace) -> None:
    store_sessions(ws, [*PAIRS, [("long", "word " * 500), ("bad <|im_end|>", "x"), ("empty", " ")]])
    preview = datasets.preview_freeze(ws, "tiny", 300)
    snapshot = datasets.freeze(ws, "tiny", 300)
    assert (preview.train, preview.valid, preview.test) == (snapshot.train, snapshot.valid, snapshot.test)
    assert preview.left_out == snapshot.left_out and len(preview.left_out) == 3
    assert preview.tokens == snapshot.tokens
    about = json.loads((Path(snapshot.path) / "manifest.json").read_text(encoding="utf-8"))
    assert {row: str(split) for row, split in preview.splits.items()} == {r["row"]: r["split"] for r in about["rows"]}
    assert preview.problem == "" and preview.is_by_session
    assert sum(bar.rows for bar in preview.bars) == preview.rows == 43
    assert preview.longest == max(budget.usage.total for budget in preview.budgets)


def test_an_empty_library_has_a_preview_with_a_problem(ws: Workspace) -> None:
    preview = datasets.preview_freeze(ws, "tiny", 2048)
    assert preview.problem == "No row is clean yet. At least 4 are needed to train."
    assert (preview.rows, preview.train, preview.valid, preview.bars) == (0, 0, 0, ())
    with pytest.raises(DatasetError, match="No row can be trained"):
        datasets.freeze(ws, "tiny", 2048)


def test_too_few_rows_are_a_problem_with_a_number(ws: Workspace) -> None:
    store_sessions(ws, [[("a", "b"), ("c", "d"), ("bad <|im_end|>", "x")]])
    assert datasets.preview_freeze(ws, "tiny", 2048).problem == "2 of 3 rows can be trained; 2 more rows are needed."


def test_without_a_model_the_preview_is_an_estimate(ws: Workspace) -> None:
    store_sessions(ws, PAIRS)
    preview = datasets.preview_freeze(ws, None, 2048)
    assert preview.is_estimate and preview.train + preview.valid + preview.test == 40


def test_a_model_that_cannot_count_cannot_freeze(ws: Workspace) -> None:
    store_sessions(ws, PAIRS)
    with pytest.raises(ModelError, match="no model called “nobody”"):
        datasets.freeze(ws, "nobody", 2048)


def test_rows_that_contradict_each_other_are_found(ws: Workspace) -> None:
    ids = store_sessions(ws, [*PAIRS, [("Same question?", "yes")], [("same  QUESTION?", "no")], [("Once?", "x")]])
    assert datasets.preview_freeze(ws, "tiny", 2048).contradictions == ((ids[40], ids[41]),)


def test_secrets_are_found_in_the_present_text(ws: Workspace) -> None:
    key = "AKIA" + "IOSFODNN7" + "Q2W3E4R"
    ids = store_sessions(ws, [*PAIRS, [(f"use AWS_ACCESS_KEY_ID={key} please", "done with it")]])
    assert datasets.preview_freeze(ws, "tiny", 2048).secrets == (ids[40],)
    ws.library.edit_row(ids[40], "use the key please", "done with it")
    assert datasets.preview_freeze(ws, "tiny", 2048).secrets == ()


def test_what_changed_since_the_last_snapshot_is_counted(ws: Workspace) -> None:
    ids = store_sessions(ws, PAIRS)
    assert datasets.preview_freeze(ws, "tiny", 2048).changed == 40
    datasets.freeze(ws, "tiny", 2048)
    assert datasets.preview_freeze(ws, "tiny", 2048).changed == 0
    ws.library.edit_row(ids[0], "edited", "answer")
    ws.library.set_state([ids[1]], State.REJECTED)
    assert datasets.preview_freeze(ws, "tiny", 2048).changed == 2


def test_a_run_is_estimated_from_the_last_one_of_its_model(ws: Workspace) -> None:
    store_sessions(ws, PAIRS)
    snapshot = datasets.freeze(ws, "tiny", 2048)
    settings = TrainSettings(passes=3)
    unknown = datasets.estimate_run(ws, "tiny", settings, tokens=1_000, rows=28, longest=100)
    assert unknown.seconds is None and unknown.memory_gb is not None
    run = Run(0, "first", snapshot.id, "tiny", "", settings, JobState.DONE, "", snapshot.created)
    kept = ws.library.add_run(run)
    trained = snapshot.tokens * snapshot.train / 40
    ws.library.update_run(replace(kept, passes=2.0, seconds=trained * 2 / 50))
    known = datasets.estimate_run(ws, "tiny", settings, tokens=1_000, rows=28, longest=100)
    assert known.seconds == pytest.approx(1_000 * 3 / 50)


def test_the_estimate_needs_the_memory_that_is_told_before_a_run(ws: Workspace) -> None:
    store_sessions(ws, PAIRS)
    snapshot = datasets.freeze(ws, "tiny", 2048)
    settings = TrainSettings(batch_size=100)
    base, lengths = ws.shelf.get("tiny"), lengths_of(ws, snapshot.id)
    assert 0.0 < lengths.response_share < 1.0
    trained = replace(settings, batch_size=snapshot.train)  # there are no more rows
    expected = memory_gb(base, trained, lengths.longest, lengths.response_share)
    for frozen in (snapshot.id, None):
        found = datasets.estimate_run(ws, "tiny", settings, tokens=9, rows=28, longest=2048, snapshot_id=frozen)
        (told,) = [one for one in preflight(ws, "tiny", settings, frozen) if one.subject == "memory"]
        assert found.memory_gb is not None and f"≈ {found.memory_gb:.1f} GB" in told.sentence
        assert frozen is None or found.memory_gb == expected


def test_an_unknown_snapshot_is_not_found(ws: Workspace) -> None:
    with pytest.raises(NotFoundError):
        datasets.snapshot(ws, 99)


@given(st.lists(st.integers(0, 5_000), max_size=50), st.integers(8, 4_096))
def test_the_bars_hold_every_row_on_its_side_of_the_limit(totals: list[int], limit: int) -> None:
    bars = datasets.histogram(totals, limit)
    assert sum(bar.rows for bar in bars) == len(totals)
    assert sum(bar.rows for bar in bars if bar.is_over) == sum(total > limit for total in totals)
    assert all(one.high == other.low for one, other in pairwise(bars))


def test_the_verbs_load_no_tokenizer_until_they_count() -> None:
    code = (
        "import sys, curator.services.budgets, curator.services.models, curator.services.datasets; "
        "heavy = {'jinja2', 'tokenizers', 'tiktoken', 'huggingface_hub', 'transformers', 'mlx', 'PySide6'}; "
        "sys.exit(' '.join(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stderr.strip() == ""


def test_frozen_rows_are_known_by_split(ws: Workspace) -> None:
    store_sessions(ws, PAIRS)
    preview = datasets.preview_freeze(ws, "tiny", 2048)
    assert set(preview.splits.values()) == set(Split)


def test_rows_of_a_tag_can_weigh_more_and_single_rows_be_left_out(ws: Workspace) -> None:
    ids = store_sessions(ws, PAIRS)
    curation.tag(ws, ids[:6], "terse", on=True)
    curation.tag(ws, ids[4:8], "kind", on=True)
    left = frozenset(ids[-2:])
    snapshot = datasets.freeze(ws, "tiny", 2048, tag_weights={"terse": 2.0, "kind": 0.5}, without=left)
    about = json.loads((Path(snapshot.path) / "manifest.json").read_text(encoding="utf-8"))
    weights = {entry["row"]: entry["weight"] for entry in about["rows"]}
    assert [weights[id] for id in ids[:9]] == [2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 0.5, 0.5, 1.0]
    assert {gone.row for gone in snapshot.left_out} == left
    for tag, weight, words in (
        ("unknown", 2.0, "No clean row has the tag"),
        ("terse", 0.0, "The weight of “terse” is 0"),
    ):
        with pytest.raises(DatasetError, match=words):
            datasets.freeze(ws, "tiny", 2048, tag_weights={tag: weight})


def test_the_same_rows_are_not_frozen_twice_unless_they_are_to_have_another_name(ws: Workspace) -> None:
    ids = store_sessions(ws, PAIRS)
    first = datasets.freeze(ws, "tiny", 64, "First")
    assert datasets.freeze(ws, "tiny", 64) == first == datasets.freeze(ws, "tiny", 64, "First")
    assert [Path(first.path)] == [path for path in Path(first.path).parent.iterdir() if path.is_dir()]
    assert datasets.freeze(ws, "tiny", 64, "Second").id != first.id
    assert datasets.freeze(ws, "tiny", 128).max_tokens == 128
    curation.edit(ws, ids[0], "another question", "another answer")
    assert datasets.freeze(ws, "tiny", 64, "First").digest != first.digest


def test_a_snapshot_is_frozen_again_as_it_was_for_another_model_or_with_fewer_rows(
    ws: Workspace, tmp_path: Path
) -> None:
    ids = store_sessions(ws, PAIRS)
    curation.tag(ws, ids[:4], "terse", on=True)
    first = datasets.freeze(ws, "tiny", 64, "First", {"terse": 2.0})
    curation.edit(ws, ids[0], "another question", "another answer")  # after the freeze: it does not count
    write_model_folder(tmp_path / "models" / "other")
    other = datasets.refreeze(ws, first.id, "other")
    assert (other.digest, other.model, other.name) == (first.digest, "other", "First · other")
    assert datasets.refreeze(ws, first.id, "other") == other and len(datasets.snapshots(ws)) == 2
    assert datasets.refreeze(ws, first.id) == first
    frozen = read_frozen(Path(first.path))
    trained = [one.row.id for one in frozen if one.split is Split.TRAIN]
    held = [one.row.id for one in frozen if one.split is Split.VALID]
    less = datasets.refreeze(ws, first.id, without=frozenset([*trained[:3], held[0]]))
    assert (less.train, less.valid, less.test) == (first.train - 3, first.valid, first.test)
    assert (Path(less.path) / "valid.jsonl").read_bytes() == (Path(first.path) / "valid.jsonl").read_bytes()
    assert less.digest != first.digest
