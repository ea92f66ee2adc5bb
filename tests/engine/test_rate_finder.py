"""Rates ascend, each with what it did to the loss; the same job tells the same; nothing is written but events."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from job_running import events_of

from curator.core.errors import CuratorError
from curator.core.settings import TrainSettings
from curator.engine.rate_finder import HIGHEST, LOWEST, find_rate_job
from curator.engine.stopping import StopRequest, StopRequestedError
from curator.engine.telling import Teller


def find(folder: Path, model: Path, data: Path, settings: TrainSettings, **more: Any) -> list[dict[str, Any]]:
    folder.mkdir(exist_ok=True)
    order = {"model": str(model), "data": str(data), "settings": asdict(settings), **more}
    teller = Teller(folder)
    try:
        assert find_rate_job(folder, order, teller, StopRequest(folder))["tried"] > 0
    finally:
        teller.close()
    return [event.figures for event in events_of(folder, "rate")]


def test_each_rate_is_told_with_what_it_did(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    tried = find(tmp_path / "a", tiny_model, snapshot, TrainSettings(dropout=0.5), steps=12)
    rates = [one["rate"] for one in tried]
    assert rates[0] == pytest.approx(LOWEST) and rates == sorted(rates) and rates[-1] <= HIGHEST * 1.001
    gains = [one["loss"] - one["base"] for one in tried]
    assert gains[0] == pytest.approx(0.0, abs=0.05) and min(gains) < -0.2
    again = find(tmp_path / "b", tiny_model, snapshot, TrainSettings(dropout=0.5), steps=12)
    assert again == tried
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["events.jsonl"]


def test_rates_that_ruin_the_model_end_the_search(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    wild = TrainSettings(scale=400.0, accumulate=2, clip=0.0)
    tried = find(tmp_path / "wild", tiny_model, snapshot, wild, steps=24)
    assert 3 < len(tried) < 24 and tried[-1]["rate"] < HIGHEST / 2


def test_a_stop_ends_it_and_a_row_that_cannot_be_trained_is_named(
    tmp_path: Path, tiny_model: Path, snapshot: Path
) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    (folder / "stop").write_text("keep")
    with pytest.raises(StopRequestedError):
        find(folder, tiny_model, snapshot, TrainSettings())
    gone = {"pid": os.getpid(), "created": 1.0}  # the number was given to another program since
    with pytest.raises(StopRequestedError):
        find(tmp_path / "orphan", tiny_model, snapshot, TrainSettings(), asker=gone)
    with pytest.raises(CuratorError, match=r"train.jsonl, line 1"):
        find(tmp_path / "short", tiny_model, snapshot, replace(TrainSettings(), max_tokens=8))
    with pytest.raises(CuratorError, match="far more than"):  # before its batches take the memory
        find(tmp_path / "endless", tiny_model, snapshot, replace(TrainSettings(), accumulate=1_000_000_000))
