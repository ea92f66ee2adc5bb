"""A tiny model and rows for it, made once; mlx's compiler stays off, since it would take longer than the tests."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("MLX_DISABLE_COMPILE", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a second thread only waits with so small a model

import pytest
from tiny_model import build_tiny_model, write_snapshot

from curator.core.settings import TrainSettings


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot"))


@pytest.fixture
def settings() -> TrainSettings:
    return TrainSettings(passes=4, learning_rate=5e-3, dropout=0.1, seed=3)
