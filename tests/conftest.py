"""Fixtures for every room: places of their own, the starter model, the published transcripts where they lie."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a second thread only spins while it waits, with models so small

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

if TYPE_CHECKING:
    from curator.library.library import Library
    from curator.services.workspace import Workspace

# What a machine with other work takes for an example says nothing about the property.
hypothesis_settings.register_profile("curator", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("curator")

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"


@pytest.fixture(autouse=True)
def own_places(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test ever sees or touches the person's own library."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("CURATOR_LIBRARY", str(home / "library"))
    monkeypatch.delenv("CURATOR_MODELS", raising=False)  # a developer's own models are no place to write into
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))  # logs and crash reports
    monkeypatch.setenv("CURATOR_DEVICE_LOCK", str(home / "device.lock"))  # tests side by side don't wait for each other


@pytest.fixture(scope="session", autouse=True)
def no_worker_left() -> Iterator[None]:
    """Fails where a worker that a test started is still at work in the end; the others are seen out."""
    yield
    if (supervisor := sys.modules.get("curator.jobs.supervisor")) is None:
        return
    children, end = supervisor._children, time.monotonic() + 60
    while left := [child.args for child in children.values() if child.poll() is None]:
        assert time.monotonic() < end, f"still at work: {left}"
        time.sleep(0.01)


@pytest.fixture
def library_folder(tmp_path: Path) -> Path:
    """An empty folder for a library."""
    return tmp_path / "library"


@pytest.fixture
def library(library_folder: Path) -> Iterator[Library]:
    """An empty library, closed in the end."""
    from curator.library.library import Library

    opened = Library.open(library_folder)
    yield opened
    opened.close()


@pytest.fixture
def ws(library_folder: Path) -> Iterator[Workspace]:
    """A workspace on an empty library, closed in the end."""
    from curator.services.workspace import Workspace

    with Workspace.open(library_folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The published transcripts with their licences; they are read in place and never copied into the project."""
    if not CORPUS.is_dir():
        pytest.skip(f"the published transcripts are not at {CORPUS}")
    return CORPUS


@pytest.fixture(scope="session")
def starter_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with the starter made ready: once for all tests, kept between runs beside the environment."""
    folder = Path(os.environ.get("CURATOR_TEST_MODELS", str(ROOT / ".venv" / "curator-models")))
    folder.mkdir(parents=True, exist_ok=True)
    before = os.environ.get("CURATOR_MODELS")
    os.environ["CURATOR_MODELS"] = str(folder)
    try:
        from curator.services.models import prepare_starter
        from curator.services.workspace import Workspace

        with Workspace.open(tmp_path_factory.mktemp("preparing") / "library") as workspace:
            prepare_starter(workspace)
    finally:
        if before is None:
            del os.environ["CURATOR_MODELS"]
        else:
            os.environ["CURATOR_MODELS"] = before
    return folder
