"""Rows become a snapshot: files that stock mlx-lm reads, a manifest, and a digest that names them for good."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from curator.core.budget import Usage, Verdict
from curator.core.durable import flush, settle_folder
from curator.core.errors import DatasetError
from curator.core.row import Row
from curator.core.snapshot import LeftOut, Snapshot, Split
from curator.datasets.manifest import MANIFEST, manifest, weights_in
from curator.datasets.splits import LEAST_ROWS, SplitPlan, content_key, keep_splits, plan_splits
from curator.tokens.messages import chat

_ORDER = (Split.TRAIN, Split.VALID, Split.TEST)
_PART = ".part"
_LEFT_BEHIND = 3600.0

FrozenRow = tuple[int, int, Split]
"""A row's id, its revision when it was frozen, and its split."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a freeze would take: rows in the order of their content, their splits, and those left out with a reason."""

    rows: tuple[Row, ...]
    plan: SplitPlan
    left_out: tuple[LeftOut, ...]


def select(
    rows: Iterable[Row],
    usages: Mapping[int, Usage],
    max_tokens: int,
    seed: int = 0,
    without: Collection[int] = (),
    splits: Mapping[int, Split] | None = None,
) -> Selection:
    """Sort out what does not fit or is unwanted (`without`), and split the rest. The same rows give the same answer,
    whatever order or ids they have. Fewer than four rows come back as they are; `freeze` refuses them. With `splits`
    every row keeps the split it has there."""
    taken: list[tuple[str, Row]] = []
    left_out: list[LeftOut] = []
    for row in rows:
        reason = "You left it out." if row.id in without else _reason(row, usages.get(row.id), max_tokens)
        if reason:
            left_out.append(LeftOut(row.id, reason))
        else:
            taken.append((content_key(row), row))
    taken.sort(key=lambda pair: (pair[0], pair[1].id))
    chosen = tuple(row for _, row in taken)
    plan = plan_splits(chosen, seed) if splits is None else keep_splits(chosen, [splits[row.id] for row in chosen])
    return Selection(chosen, plan, tuple(sorted(left_out, key=lambda left: left.row)))


def freeze(
    rows: Iterable[Row],
    usages: Mapping[int, Usage],
    folder: Path,
    *,
    model: str,
    max_tokens: int,
    name: str,
    seed: int = 0,
    without: Collection[int] = (),
    splits: Mapping[int, Split] | None = None,
    weights: Mapping[int, float] | None = None,
) -> tuple[Snapshot, list[FrozenRow]]:
    """Write a snapshot into a new folder under `folder` and tell which rows it holds. `weights` say by row id how much
    more than others (1.0) a row counts in training.

    It is written beside its place and renamed when complete, so a half snapshot is never seen. An empty test part has
    no file: stock mlx-lm takes a missing file for “none” and stumbles over an empty one. The snapshot's id is 0; the
    library gives it one.

    Raises `DatasetError` when fewer than four rows can be trained, or the folder cannot be written.
    """
    given = tuple(rows)
    selection = _in_line_order(select(given, usages, max_tokens, seed, without, splits))
    _check(selection)
    files = _files(selection)
    weighed = {row.id: float((weights or {}).get(row.id, 1.0)) for row in selection.rows}
    digest = digest_of(files, _weights_by_split(selection, weighed))
    created = datetime.now(UTC).isoformat(timespec="seconds")
    place = _free_place(folder, name or model, digest)
    frozen = [(row.id, row.revision, split) for row, split in zip(selection.rows, selection.plan.splits, strict=True)]
    snapshot = Snapshot(
        id=0,
        name=name or f"Snapshot {digest[:8]}",
        digest=digest,
        path=str(place),
        model=model,
        max_tokens=max_tokens,
        train=selection.plan.count(Split.TRAIN),
        valid=selection.plan.count(Split.VALID),
        test=selection.plan.count(Split.TEST),
        tokens=sum(usages[row.id].total for row in selection.rows),
        created=created,
        left_out=selection.left_out,
    )
    about = manifest(
        snapshot, selection.rows, selection.plan, usages, seed, {row.id: content_key(row) for row in given}, weighed
    )
    _write(place, {f"{split}.jsonl": data for split, data in files.items() if data} | {MANIFEST: about})
    return snapshot, frozen


def digest_of(files: Mapping[Split, bytes], weights: Mapping[Split, Sequence[float]] | None = None) -> str:
    """SHA-256 over the three parts in the order train, valid, test: the name, the length, the bytes; and after each
    part the weights of its lines, where any is not 1."""
    digest = hashlib.sha256()
    for split in _ORDER:
        data = files.get(split, b"")
        digest.update(f"{split} {len(data)}\n".encode())
        digest.update(data)
        weighed = (weights or {}).get(split, ())
        if any(weight != 1.0 for weight in weighed):
            digest.update(f"weights {json.dumps([float(weight) for weight in weighed])}\n".encode())
    return digest.hexdigest()


def is_intact(folder: Path, digest: str) -> bool:
    """Whether the rows of a snapshot, and their weights, are still those that were frozen."""
    try:
        found = {split: path.read_bytes() for split in _ORDER if (path := folder / f"{split}.jsonl").is_file()}
    except OSError:
        return False
    return digest_of(found, weights_in(folder)) == digest


def _weights_by_split(selection: Selection, weights: Mapping[int, float]) -> dict[Split, list[float]]:
    by_split: dict[Split, list[float]] = {split: [] for split in _ORDER}
    for row, split in zip(selection.rows, selection.plan.splits, strict=True):
        by_split[split].append(weights[row.id])
    return by_split


def _reason(row: Row, usage: Usage | None, limit: int) -> str:
    """Why a row is left out, in a sentence; empty when it is not."""
    if usage is None:
        return "Its tokens have not been counted."
    match usage.verdict(limit):
        case Verdict.REFUSED:
            return usage.refusal
        case Verdict.EMPTY:
            return "It has no prompt." if not row.prompt.strip() else "It has no response."
        case Verdict.OVER:
            return f"Its {usage.total:,} tokens are {usage.over(limit):,} more than the limit of {limit:,}."
        case Verdict.FITS:
            return "" if _is_encodable(row) else "It holds broken characters that cannot be written as UTF-8."


def _is_encodable(row: Row) -> bool:
    try:
        f"{row.system}{row.prompt}{row.response}".encode()
    except UnicodeEncodeError:
        return False
    return True


def _check(selection: Selection) -> None:
    missing = LEAST_ROWS - len(selection.rows)
    if missing <= 0:
        return
    found, left = len(selection.rows), selection.left_out
    have = "No row can be trained" if not found else f"Only {found} {'row' if found == 1 else 'rows'} can be trained"
    why = f"; {_left_out(len(left))} because: {left[0].reason}" if left else "."
    raise DatasetError(
        f"{have}, and at least {LEAST_ROWS} are needed{why}",
        f"Mark {missing} more {'row' if missing == 1 else 'rows'} clean.",
    )


def _left_out(count: int) -> str:
    return "one is left out" if count == 1 else f"{count:,} are left out, the first"


def _in_line_order(selection: Selection) -> Selection:
    """Rows in the order of their lines: the manifest speaks of the lines of a split one by one."""
    paired = sorted(zip(selection.rows, selection.plan.splits, strict=True), key=lambda pair: _line(pair[0]))
    plan = replace(selection.plan, splits=tuple(split for _, split in paired))
    return replace(selection, rows=tuple(row for row, _ in paired), plan=plan)


def _files(selection: Selection) -> dict[Split, bytes]:
    """The lines of each part: stock chat rows, in the order of their content."""
    lines: dict[Split, list[str]] = {split: [] for split in _ORDER}
    for row, split in zip(selection.rows, selection.plan.splits, strict=True):
        lines[split].append(_line(row))
    return {split: "".join(part).encode() for split, part in lines.items()}


def _line(row: Row) -> str:
    messages = [dict(message) for message in chat(row.prompt, row.response, row.system)]
    return json.dumps({"messages": messages}, ensure_ascii=False, separators=(",", ":")) + "\n"


def _free_place(folder: Path, name: str, digest: str) -> Path:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "snapshot"
    base = f"{slug}-{digest[:8]}"
    place, number = folder / base, 2
    while place.exists():
        place, number = folder / f"{base}-{number}", number + 1
    return place


def _write(place: Path, files: Mapping[str, bytes]) -> None:
    temporary = place.with_name(f".{place.name}.{os.getpid()}{_PART}")
    try:
        _sweep(place.parent)
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        for name, data in files.items():
            with (temporary / name).open("wb") as file:
                file.write(data)
                file.flush()
                flush(file.fileno())
        settle_folder(temporary)
        temporary.rename(place)
        settle_folder(place.parent)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise DatasetError(
            f"The snapshot cannot be written to {place.parent}: {error.strerror}.",
            "Free some space or check the folder's permissions, then freeze again.",
        ) from error


def _sweep(folder: Path) -> None:
    """Remove what a process that was killed in the middle of a freeze left behind, an hour later: others may be at
    work."""
    for part in folder.glob(f".*{_PART}"):
        with suppress(OSError):
            if part.stat().st_mtime < time.time() - _LEFT_BEHIND:
                shutil.rmtree(part)
