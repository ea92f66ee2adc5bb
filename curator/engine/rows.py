"""Reads a snapshot's rows in the base model's tokens, as the budget counted them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from curator.core.errors import CuratorError, DatasetError
from curator.tokens.template import Encoded, encode_row
from curator.tokens.tokenizer import ModelTokenizer

MANIFEST = "manifest.json"
_FREEZE = "Freeze the rows again; the snapshot was changed or made for another model."


@dataclass(frozen=True, slots=True)
class _About:
    """What the manifest says of one line."""

    row: int | None = None
    tags: tuple[str, ...] = ()
    weight: float = 1.0


def rows_to_train(data: Path, tokenizer: ModelTokenizer, max_tokens: int) -> list[Encoded]:
    """The rows of a snapshot's training split. Raises DatasetError where there is nothing to learn from, and as
    `read_rows` does."""
    rows = read_rows(data / "train.jsonl", tokenizer, max_tokens)
    if not rows:
        raise DatasetError("The snapshot has no rows to train.", "Mark some exchanges clean, then freeze again.")
    if not any(row.weight > 0 for row in rows):  # in validation every row counts the same
        raise DatasetError(
            "All rows of the snapshot have the weight 0.", "Give some of them a weight, and freeze again."
        )
    return rows


def read_rows(path: Path, tokenizer: ModelTokenizer, max_tokens: int) -> list[Encoded]:
    """The rows of a split, encoded, with their ids, tags and weights where a manifest lies beside the file.

    A row too long is an error and is never cut: cut rows teach a model not to stop. Raises DatasetError that names the
    first row which cannot be trained, and the others in its hint. A missing file is an empty split.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path.name} of the snapshot cannot be read.", _FREEZE) from error
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    abouts = _abouts(path, len(lines))
    rows: list[Encoded] = []
    refused: list[tuple[str, CuratorError]] = []
    for (number, line), about in zip(lines, abouts, strict=True):
        place = f"{path.name}, line {number}"
        if about.row is not None:
            place = f"Row {about.row} ({place})"
        try:
            row = replace(_row(line, place, tokenizer, max_tokens), row=about.row, tags=about.tags, weight=about.weight)
        except CuratorError as error:
            refused.append((place, error))
        else:
            rows.append(row)
    if refused:
        raise _refusal(refused)
    return rows


def _row(line: str, place: str, tokenizer: ModelTokenizer, max_tokens: int) -> Encoded:
    try:
        row = encode_row(tokenizer, _messages(json.loads(line)))
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{place} is no row: {error}.", _FREEZE) from error
    except CuratorError as error:
        raise DatasetError(f"{place}: {error.message}", error.hint or _FREEZE) from error
    if len(row.ids) > max_tokens:
        is_prompt = row.prompt_tokens >= max_tokens
        alone = f" Its prompt alone has {row.prompt_tokens:,}." if is_prompt else ""
        raise DatasetError(
            f"{place} has {len(row.ids):,} tokens, more than the maximum of {max_tokens:,}.{alone}",
            f"Shorten {'its prompt' if is_prompt else 'the row'} or raise the maximum, then freeze again.",
        )
    return row


_NAMED = 5


def _refusal(refused: Sequence[tuple[str, CuratorError]]) -> DatasetError:
    """The first refusal; its hint names the other rows, so that they can be mended in one go."""
    first, others = refused[0][1], [place for place, _ in refused[1:]]
    if not others:
        return DatasetError(first.message, first.hint)
    named = "; ".join(others[:_NAMED]) + (f"; and {len(others) - _NAMED:,} more" if len(others) > _NAMED else "")
    return DatasetError(first.message, f"{first.hint} Neither can be trained: {named}.")


def _abouts(path: Path, count: int) -> list[_About]:
    """What the manifest says of the lines of this split, in their order; nothing where there is no manifest."""
    try:
        entries = json.loads((path.parent / MANIFEST).read_text(encoding="utf-8"))["rows"]
        own = [_about(entry) for entry in entries if entry["split"] == path.stem]
    except FileNotFoundError:
        return [_About()] * count
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError("The manifest of the snapshot cannot be read.", _FREEZE) from error
    if len(own) != count:
        raise DatasetError(
            f"{path.name} has {count:,} rows, but the snapshot's manifest speaks of {len(own):,}.", _FREEZE
        )
    return own


def _about(entry: dict[str, Any]) -> _About:
    row, weight = entry.get("row"), float(entry.get("weight", 1.0))
    if not math.isfinite(weight) or weight < 0:
        raise ValueError(f"the weight {weight} of row {row}")
    return _About(row if isinstance(row, int) else None, tuple(str(tag) for tag in entry.get("tags") or ()), weight)


def _messages(record: Any) -> Sequence[dict[str, str]]:
    if not isinstance(record, dict):
        raise TypeError("not an object")
    if "messages" in record:
        return [{"role": _text(m, "role"), "content": _text(m, "content")} for m in record["messages"]]
    return [
        {"role": "user", "content": _text(record, "prompt")},
        {"role": "assistant", "content": _text(record, "completion")},
    ]


def _text(record: dict[str, Any], name: str) -> str:
    """A text as it is. What is none (OpenAI writes contents of several parts, and null) would be trained as code."""
    value = record[name]
    if not isinstance(value, str):
        raise TypeError(f"its “{name}” is no text")
    return value
