"""The finder's advice on made curves, and its whole way with a real worker on the tiny model."""

from __future__ import annotations

import math
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from job_running import wait_until
from tiny_model import build_tiny_model
from tiny_training import SHORT, add_snapshot, training_workspace

from curator.core.errors import JobError
from curator.core.settings import rate_words
from curator.services import rates, training
from curator.services.workspace import Workspace

RATES = [5e-6 * 10 ** (step / 12) for step in range(48)]


def curve(knee: float, edge: float) -> list[tuple[float, float, float]]:
    """Falls around `knee`, runs away above `edge`; the base model finds every other batch harder by a nat."""
    tried = []
    for step, rate in enumerate(RATES):
        base = 5.0 + step % 2
        gain = -2.0 / (1.0 + (knee / rate) ** 2) + 3.0 * max(0.0, math.log10(rate / edge)) ** 2
        tried.append((rate, base + gain, base))
    return tried


@pytest.mark.parametrize(
    ("knee", "edge", "low", "high", "which"),
    [
        (1e-3, 1e-2, 6e-4, 1e-3, "a tenth of that"),
        (2e-4, 3e-2, 1e-4, 3e-4, "the first"),
        (1e-3, 2e-3, 2e-4, 4e-4, "a tenth of that"),
    ],
)
def test_the_advice_is_the_steepest_place_or_a_decade_below_the_lowest_where_that_is_less(
    knee: float, edge: float, low: float, high: float, which: str
) -> None:
    found = rates.finding_of(curve(knee, edge))
    assert low <= found.suggestion <= high
    assert [rate for rate, _ in found.points] == RATES
    assert f"Take {rate_words(found.suggestion)}, {which}: it has to last a whole run." in found.sentence
    assert rate_words(found.suggestion) in found.sentence.split(". ")[0] or which != "the first"
    smooth = [loss for _, loss in found.points]
    assert max(abs(b - a) for a, b in pairwise(smooth[:10])) < 0.05  # hard batches don't show


def test_a_curve_that_never_moves_gives_the_usual_rate_and_one_of_no_numbers_is_refused() -> None:
    flat = rates.finding_of([(rate, 5.0 - 0.01 * (step % 2), 5.0) for step, rate in enumerate(RATES)])
    assert flat.suggestion == rates.FAMILIAR == 4e-4 and "No rate changes the loss" in flat.sentence
    with pytest.raises(JobError, match="no number"):
        rates.finding_of([(rate, math.nan, 5.0) for rate in RATES])


@pytest.fixture
def ws(library_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    model = build_tiny_model(tmp_path / "tiny", hidden=32, layers=1, heads=2, kv_heads=1, intermediate=32)
    with training_workspace(library_folder, model) as opened:
        yield opened


def test_rates_are_tried_in_a_job_that_leaves_nothing_behind(ws: Workspace, tmp_path: Path) -> None:
    snapshot = add_snapshot(ws, tmp_path / "snapshot")
    rows = (tmp_path / "snapshot" / "train.jsonl").read_bytes()
    shares: list[float] = []
    found = rates.find(ws, snapshot.id, "tiny", replace(SHORT, accumulate=2), shares.append)
    assert shares == sorted(shares) and len(shares) == len(found.points) > 30
    losses = [loss for _, loss in found.points]
    assert min(losses) < losses[0] - 0.5 and 2e-4 < found.suggestion < 1e-2
    assert (tmp_path / "snapshot" / "train.jsonl").read_bytes() == rows
    assert training.runs(ws) == [] and not list(tmp_path.glob("curator-rate-*"))


def test_a_search_that_is_cancelled_ends_its_process(ws: Workspace, tmp_path: Path) -> None:
    snapshot = add_snapshot(ws, tmp_path / "snapshot")
    cancel = threading.Event()
    with pytest.raises(JobError, match="was stopped"):
        rates.find(ws, snapshot.id, "tiny", SHORT, lambda _share: cancel.set(), cancel)
    assert not list(tmp_path.glob("curator-rate-*"))
    wait_until(lambda: not _working(), "the end of its processes")


def _working() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
