"""Reads a snapshot's rows in the base model's tokens, as the budget counted them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from curator.core.errors import CuratorError, DatasetError
from curator.tokens.template import Encoded, encode_row
from curator.tokens.tokenizer import ModelTokenizer

_FREEZE = "Freeze the rows again; the snapshot was changed or made for another model."


def read_rows(path: Path, tokenizer: ModelTokenizer, max_tokens: int) -> list[Encoded]:
    """The rows of a split, encoded. A row too long is an error and is never cut: cut rows teach a model not to stop.

    Raises DatasetError with the line that cannot be trained. A missing file is an empty split.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{path.name}, line {number}"
        try:
            row = encode_row(tokenizer, _messages(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise DatasetError(f"{place} is no row: {error}.", _FREEZE) from error
        except CuratorError as error:
            raise DatasetError(f"{place}: {error.message}", error.hint or _FREEZE) from error
        if len(row.ids) > max_tokens:
            raise DatasetError(
                f"{place} has {len(row.ids):,} tokens, more than the maximum of {max_tokens:,}.",
                "Shorten the row or raise the maximum, then freeze again.",
            )
        rows.append(row)
    return rows


def _messages(record: Any) -> Sequence[dict[str, str]]:
    if not isinstance(record, dict):
        raise TypeError("not an object")
    if "messages" in record:
        return [{"role": str(m["role"]), "content": str(m["content"])} for m in record["messages"]]
    return [
        {"role": "user", "content": str(record["prompt"])},
        {"role": "assistant", "content": str(record["completion"])},
    ]
