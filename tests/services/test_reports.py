"""What a run's figures are also to be written for is refused before the run where this Python cannot."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from curator.core.errors import JobError
from curator.services import reports


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Python that has only what is put into this folder."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    return tmp_path


def test_what_is_not_installed_here_is_refused_by_its_name(bare: Path) -> None:
    with pytest.raises(JobError, match=r"Weights & Biases is not installed") as told:
        reports.refuse_missing(["wandb"])
    assert "Watching" in told.value.hint
    (bare / "wandb.py").touch()
    sys.path_importer_cache.clear()
    reports.refuse_missing(["wandb"])


@pytest.mark.parametrize("module", ["tensorboardX", "torch"])
def test_either_writer_for_tensorboard_will_do(bare: Path, module: str) -> None:
    with pytest.raises(JobError, match="TensorBoard is not installed"):
        reports.refuse_missing(["tensorboard"])
    (bare / f"{module}.py").touch()
    sys.path_importer_cache.clear()
    reports.refuse_missing(["tensorboard"])


@pytest.mark.usefixtures("bare")
def test_what_another_place_has_is_not_judged_here() -> None:
    reports.refuse_missing(["wandb", "tensorboard"], "Studio")
    reports.refuse_missing([])
