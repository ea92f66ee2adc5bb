"""A computer to send jobs to, and a run that is the same on either side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("MLX_DISABLE_COMPILE", "1")

import pytest
from loopback_ssh import OtherComputer
from tiny_model import build_tiny_model, write_snapshot

from curator.core.job import JobState
from curator.jobs import supervisor


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherComputer]:
    """One computer for all tests of a file: the base model stays there, as it does for a person."""
    computer = OtherComputer(tmp_path_factory.mktemp("other") / "computer")
    computer.start()
    yield computer
    computer.stop()


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot"))


@pytest.fixture
def nothing_left(other: OtherComputer) -> Iterator[None]:
    """After the test nothing is at work over there."""
    yield
    for folder in other.job_folders():
        if supervisor.state(folder) is not JobState.QUEUED:
            supervisor.kill(folder)
