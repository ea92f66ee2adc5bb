"""A snapshot: rows frozen for training, with their splits and a digest that names them for good."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Split(StrEnum):
    """Where a row goes. All rows of one session share a split, or near-duplicates leak into validation."""

    TRAIN = "train"
    VALID = "valid"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A clean row that is not in the snapshot, and why, in a sentence."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A frozen set of rows. `digest` is the SHA-256 of the canonical rows with their splits; `path` the folder that
    holds `train.jsonl`, `valid.jsonl`, `test.jsonl` (stock mlx-lm chat rows) and `manifest.json`."""

    id: int
    name: str
    digest: str
    path: str
    model: str
    max_tokens: int
    train: int
    valid: int
    test: int
    tokens: int
    created: str
    left_out: tuple[LeftOut, ...] = ()
