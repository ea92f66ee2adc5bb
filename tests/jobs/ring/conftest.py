"""A run for two processes of this computer."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("MLX_DISABLE_COMPILE", "1")

import pytest
from job_running import write_train_job
from tiny_model import build_tiny_model, write_snapshot

from curator.core.machine import RuntimeKind, RuntimeSpec
from curator.core.settings import TrainSettings
from curator.jobs.runtimes import to_order

TWO = RuntimeSpec("two", RuntimeKind.RING, hosts=("127.0.0.1", "127.0.0.1"))


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot"))


@pytest.fixture
def order(tmp_path: Path, tiny_model: Path, snapshot: Path) -> Callable[..., Path]:
    """Writes the order of a run for the ring, or for one process alone."""

    def write(settings: TrainSettings, spec: RuntimeSpec | None = TWO, name: str = "run") -> Path:
        more = {"runtime": to_order(spec)} if spec is not None else {}
        return write_train_job(tmp_path / name, tiny_model, snapshot, settings, **more)

    return write
