"""The manifest of a snapshot: which rows it holds, how they were split, and what was left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from curator.core.budget import Usage
from curator.core.row import Row
from curator.core.snapshot import Snapshot, Split
from curator.datasets.splits import SplitPlan, content_key

MANIFEST = "manifest.json"


def manifest(
    snapshot: Snapshot,
    rows: Sequence[Row],
    plan: SplitPlan,
    usages: Mapping[int, Usage],
    seed: int,
    contents: Mapping[int, str],
    weights: Mapping[int, float],
) -> bytes:
    """The manifest as JSON; `contents` are the content keys of all rows given, also of those left out. `rows` are in
    the order of their lines: of the entries of one split, the first is about its first line."""
    parts = {}
    for split in Split:
        members = [row for row, own in zip(rows, plan.splits, strict=True) if own is split]
        parts[str(split)] = {"rows": len(members), "tokens": sum(usages[row.id].total for row in members)}
    about = {
        "format": 1,
        "name": snapshot.name,
        "digest": snapshot.digest,
        "created": snapshot.created,
        "model": snapshot.model,
        "max_tokens": snapshot.max_tokens,
        "seed": seed,
        "split_by": "session" if plan.is_by_session else "row",
        "notes": list(plan.notes),
        "parts": parts,
        "tokens": snapshot.tokens,
        "tokens_are_estimated": any(usages[row.id].is_estimate for row in rows),
        "rows": [
            {
                "row": row.id,
                "revision": row.revision,
                "session": row.session,
                "split": str(split),
                "prompt_tokens": usages[row.id].prompt,
                "response_tokens": usages[row.id].response,
                "content": contents[row.id],
                "tags": sorted(row.tags),
                "weight": weights[row.id],
            }
            for row, split in zip(rows, plan.splits, strict=True)
        ],
        "left_out": [
            {"row": left.row, "reason": left.reason, "content": contents[left.row]} for left in snapshot.left_out
        ],
    }
    return json.dumps(about, ensure_ascii=False, indent=1).encode() + b"\n"


def weights_in(folder: Path) -> dict[Split, list[float]]:
    """The weights of the lines of each split; none where the manifest cannot be read or is from before there were
    weights."""
    weights: dict[Split, list[float]] = {split: [] for split in Split}
    try:
        for entry in json.loads((folder / MANIFEST).read_bytes())["rows"]:
            weights[Split(entry["split"])].append(float(entry.get("weight", 1.0)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return weights


def changed_rows(folder: Path, rows: Iterable[Row]) -> frozenset[int] | None:
    """The rows that were added, edited or taken away since the snapshot in `folder` was frozen; None when its
    manifest cannot be read."""
    try:
        about = json.loads((folder / MANIFEST).read_bytes())
        then = {entry["row"]: entry["content"] for entry in [*about["rows"], *about["left_out"]]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    now = {row.id: content_key(row) for row in rows}
    return frozenset(id for id in then.keys() | now.keys() if then.get(id) != now.get(id))
