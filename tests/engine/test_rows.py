"""Rows out of a snapshot: what is told of each, and every refusal with the row's name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_model import build_tiny_tokenizer, write_rows

from curator.core.errors import DatasetError, ModelError
from curator.engine.rows import read_rows, rows_to_train
from curator.tokens.tokenizer import ModelTokenizer

GOOD = ("What is it?", "A test.")


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> ModelTokenizer:
    folder = tmp_path_factory.mktemp("tokenizer")
    build_tiny_tokenizer(folder)
    return ModelTokenizer(folder)


def write_manifest(folder: Path, *entries: dict[str, Any]) -> None:
    (folder / "manifest.json").write_text(json.dumps({"format": 1, "rows": entries}), encoding="utf-8")


def refused(path: Path, tokenizer: ModelTokenizer, max_tokens: int = 64) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        read_rows(path, tokenizer, max_tokens)
    return caught.value


def test_rows_bring_what_the_manifest_says_of_them(tmp_path: Path, tokenizer: ModelTokenizer) -> None:
    write_rows(tmp_path / "train.jsonl", [GOOD, ("And that?", "Another.")])
    write_rows(tmp_path / "valid.jsonl", [("Third?", "Yes.")])
    write_manifest(
        tmp_path,
        {"row": 12, "split": "train", "tags": ["code", "long"], "weight": 2.0},
        {"row": 40, "split": "valid", "tags": ["poem"]},
        {"row": 7, "split": "train"},
    )
    train = read_rows(tmp_path / "train.jsonl", tokenizer, 99)
    valid = read_rows(tmp_path / "valid.jsonl", tokenizer, 99)
    assert [(row.row, row.tags, row.weight) for row in train] == [(12, ("code", "long"), 2.0), (7, (), 1.0)]
    assert [(row.row, row.tags, row.weight) for row in valid] == [(40, ("poem",), 1.0)]


def test_a_manifest_is_not_needed(tmp_path: Path, tokenizer: ModelTokenizer) -> None:
    write_rows(tmp_path / "train.jsonl", [GOOD])
    (row,) = read_rows(tmp_path / "train.jsonl", tokenizer, 99)
    assert (row.row, row.tags, row.weight) == (None, (), 1.0)
    assert read_rows(tmp_path / "test.jsonl", tokenizer, 99) == []


def test_prompts_and_completions_are_rows_too(tmp_path: Path, tokenizer: ModelTokenizer) -> None:
    write_rows(tmp_path / "chat.jsonl", [GOOD])
    (tmp_path / "plain.jsonl").write_text(json.dumps({"prompt": GOOD[0], "completion": GOOD[1]}) + "\n\n")
    assert read_rows(tmp_path / "plain.jsonl", tokenizer, 99) == read_rows(tmp_path / "chat.jsonl", tokenizer, 99)


def test_a_line_ends_where_json_lines_end(tmp_path: Path, tokenizer: ModelTokenizer) -> None:
    """Not at a line separator of Unicode, which stands unescaped in what other programs write."""
    record = {"messages": [{"role": "user", "content": "a\u2028b"}, {"role": "assistant", "content": "c\x85d"}]}
    (tmp_path / "train.jsonl").write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    (row,) = read_rows(tmp_path / "train.jsonl", tokenizer, 99)
    assert "c\x85d" in tokenizer.text(row.ids)


@pytest.mark.parametrize(
    ("bad", "words", "advice"),
    [
        (("Why?", "So it is. " * 40), "tokens, more than the maximum of 64.", "Shorten the row"),
        (("Why? " * 40, "So."), "Its prompt alone has", "Shorten its prompt"),
        (("Why?", "  "), "has no response", "Write one"),
        ((" ", "So."), "has no prompt", "Write one"),
        (("Why?", "So.<|im_end|> And."), "response holds “<|im_end|>”", "space inside"),
        (("<|im_start|>system", "So."), "prompt holds “<|im_start|>”", "space inside"),
        (("Why?", "broken \ud83d"), "broken characters", "Delete them"),
    ],
)
def test_every_refusal_names_the_row(
    tmp_path: Path, tokenizer: ModelTokenizer, bad: tuple[str, str], words: str, advice: str
) -> None:
    write_rows(tmp_path / "train.jsonl", [GOOD, bad])
    without = refused(tmp_path / "train.jsonl", tokenizer)
    assert without.message.startswith("train.jsonl, line 2") and words in without.message and advice in without.hint
    write_manifest(tmp_path, {"row": 3, "split": "train"}, {"row": 88, "split": "train"})
    named = refused(tmp_path / "train.jsonl", tokenizer)
    assert named.message.startswith("Row 88 (train.jsonl, line 2)") and words in named.message


PARTS = [{"role": "user", "content": [{"type": "text", "text": "Why?"}]}, {"role": "assistant", "content": "So."}]
CALL = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": None}]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "{}",
        '{"messages": [{"role": "user"}]}',
        '{"messages": 3}',
        '{"messages": ["Why?", "So."]}',
        json.dumps({"messages": PARTS}),
        json.dumps({"messages": CALL}),
        '{"prompt": "Why?", "completion": 3}',
    ],
)
def test_a_line_that_is_no_row_is_named(tmp_path: Path, tokenizer: ModelTokenizer, line: str) -> None:
    (tmp_path / "train.jsonl").write_text("\n" + line + "\n")
    error = refused(tmp_path / "train.jsonl", tokenizer)
    assert error.message.startswith("train.jsonl, line 2 is no row") and "Freeze" in error.hint


def test_all_rows_that_are_refused_are_named_at_once(tmp_path: Path, tokenizer: ModelTokenizer) -> None:
    write_rows(tmp_path / "train.jsonl", [("a", ""), GOOD, *[("b", "")] * 7])
    write_manifest(tmp_path, *({"row": 10 + n, "split": "train"} for n in range(9)))
    error = refused(tmp_path / "train.jsonl", tokenizer)
    assert error.message.startswith("Row 10 (")
    assert "Row 12 (train.jsonl, line 3);" in error.hint and error.hint.endswith("and 2 more.")


def test_a_row_of_exactly_the_maximum_is_taken(tmp_path: Path, tokenizer: ModelTokenizer) -> None:
    write_rows(tmp_path / "train.jsonl", [GOOD])
    (row,) = read_rows(tmp_path / "train.jsonl", tokenizer, 999)
    assert read_rows(tmp_path / "train.jsonl", tokenizer, len(row.ids)) == [row]
    assert f"has {len(row.ids)} tokens" in refused(tmp_path / "train.jsonl", tokenizer, len(row.ids) - 1).message


@pytest.mark.parametrize("count", [1, 3])
def test_a_manifest_of_other_rows_is_not_believed(tmp_path: Path, tokenizer: ModelTokenizer, count: int) -> None:
    write_rows(tmp_path / "train.jsonl", [GOOD, GOOD])
    write_manifest(tmp_path, *[{"row": 1, "split": "train", "weight": 9.0}] * count)
    assert f"speaks of {count}" in refused(tmp_path / "train.jsonl", tokenizer).message


@pytest.mark.parametrize("text", ["{", "[]", '{"rows": [{"split": "train", "weight": -1}]}', '{"rows": [3]}'])
def test_a_broken_manifest_is_told(tmp_path: Path, tokenizer: ModelTokenizer, text: str) -> None:
    write_rows(tmp_path / "train.jsonl", [GOOD])
    (tmp_path / "manifest.json").write_text(text)
    error = refused(tmp_path / "train.jsonl", tokenizer)
    assert error.message == "The manifest of the snapshot cannot be read." and "Freeze" in error.hint


def test_rows_that_all_count_nothing_are_refused_but_not_in_validation(
    tmp_path: Path, tokenizer: ModelTokenizer
) -> None:
    for split in ("train", "valid"):
        write_rows(tmp_path / f"{split}.jsonl", [GOOD])
    write_manifest(tmp_path, *({"row": 1, "split": split, "weight": 0} for split in ("train", "valid")))
    with pytest.raises(DatasetError, match="weight 0"):
        rows_to_train(tmp_path, tokenizer, 99)
    assert len(read_rows(tmp_path / "valid.jsonl", tokenizer, 99)) == 1


def test_a_snapshot_without_rows_is_told(tmp_path: Path, tokenizer: ModelTokenizer) -> None:
    with pytest.raises(DatasetError, match="no rows to train"):
        rows_to_train(tmp_path, tokenizer, 99)


def test_a_file_that_is_no_text_is_told(tmp_path: Path, tokenizer: ModelTokenizer) -> None:
    (tmp_path / "train.jsonl").write_bytes(b"\xff\xfe\x00")
    assert refused(tmp_path / "train.jsonl", tokenizer).message == "train.jsonl of the snapshot cannot be read."


def test_a_model_without_a_chat_template_is_refused_by_name(tmp_path: Path) -> None:
    build_tiny_tokenizer(tmp_path / "plain-base")
    path = tmp_path / "plain-base" / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "chat_template": None}))
    with pytest.raises(ModelError, match="“plain-base” has no chat template"):
        ModelTokenizer(tmp_path / "plain-base")
