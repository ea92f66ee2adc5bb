"""A snapshot read back: its rows as they were frozen, whatever has become of them in the library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curator.core.errors import DatasetError
from curator.core.row import Row
from curator.core.snapshot import Split
from curator.datasets.manifest import MANIFEST
from curator.datasets.splits import content_key

_AGAIN = "Freeze the rows again."


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen row with its split and its weight."""

    row: Row
    split: Split
    weight: float


def read_frozen(folder: Path) -> list[Frozen]:
    """The rows of the snapshot in `folder`, part by part in the order of their lines.

    Lines and manifest are brought together by what the rows say, since manifests were not always in the order of the
    lines. Raises DatasetError where either cannot be read or they don't belong together.
    """
    try:
        entries = json.loads((folder / MANIFEST).read_bytes())["rows"]
        by_content: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for entry in reversed(entries):
            by_content.setdefault((entry["split"], entry["content"]), []).append(entry)
        return [
            _frozen(row, split, by_content[str(split), content_key(row)].pop())
            for split in Split
            for row in _rows(folder / f"{split}.jsonl")
        ]
    except OSError as error:
        raise DatasetError(f"The snapshot is not where it was: {folder}.", _AGAIN) from error
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise DatasetError(f"The snapshot in {folder} was changed by another program.", _AGAIN) from error


def _rows(path: Path) -> Iterator[Row]:
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line:
            said = {message["role"]: message["content"] for message in json.loads(line)["messages"]}
            yield Row(0, 0, said["user"], said["assistant"], system=said.get("system", ""))


def _frozen(row: Row, split: Split, entry: dict[str, Any]) -> Frozen:
    whole = Row(
        id=int(entry["row"]),
        session=int(entry["session"]),
        prompt=row.prompt,
        response=row.response,
        revision=int(entry["revision"]),
        tags=tuple(entry.get("tags") or ()),
        system=row.system,
    )
    return Frozen(whole, split, float(entry.get("weight", 1.0)))
