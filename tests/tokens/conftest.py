"""Fixtures of the tokens' tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def starter_model() -> Path:
    """The prepared starter model: where `CURATOR_STARTER` says, or where a test run prepared it before."""
    folder = Path(os.environ.get("CURATOR_STARTER", ""))
    if not (folder / "tokenizer.json").is_file():
        pytest.skip("the starter model is not prepared: set CURATOR_STARTER to its folder")
    return folder
