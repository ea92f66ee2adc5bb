"""What must be the same when a run goes on, as one digest: what the maths depends on, and nothing of where it lies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict

from curator.core.settings import TrainSettings
from curator.tokens.template import Encoded

_FREE = frozenset({"is_sparing", "probe", "checkpoint_seconds", "segment_minutes"})
"""Settings that change nothing in what is learned, so that they may differ from sitting to sitting."""


def order_of(
    settings: TrainSettings,
    base: str,
    rows: Sequence[Encoded],
    valid: Sequence[Encoded],
    named: Collection[str] | None = None,
) -> str:
    """A digest of the settings, the base model's fingerprint and the rows in its tokens, for `Standing.order`.

    Of the settings only those that the job's order has `named` count (all where None): one that a newer Curator has
    added must not cost a paused run its checkpoint. The seed always does.
    """
    counted = set(asdict(settings)) if named is None else {*named, "seed"}
    numbers = {name: value for name, value in asdict(settings).items() if name in counted - _FREE}
    digest = hashlib.sha256(json.dumps([numbers, base], sort_keys=True).encode())
    for split in (rows, valid):
        digest.update(f"{len(split)} rows".encode())
        for row in split:
            digest.update(json.dumps([row.ids, row.weights, row.weight, row.tags]).encode())
    return digest.hexdigest()
