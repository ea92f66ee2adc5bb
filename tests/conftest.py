"""Fixtures for every room: places of their own for each test, and the published transcripts where they lie beside the project."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"


@pytest.fixture(autouse=True)
def own_places(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test ever sees or touches the person's own library."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("CURATOR_LIBRARY", str(home / "library"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))


@pytest.fixture
def library_folder(tmp_path: Path) -> Path:
    """An empty folder for a library."""
    return tmp_path / "library"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The published transcripts with their licences; they are read in place and never copied into the project."""
    if not CORPUS.is_dir():
        pytest.skip(f"the published transcripts are not at {CORPUS}")
    return CORPUS
