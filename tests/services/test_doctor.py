"""The doctor looks at one thing after the other and says each in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from curator.services.doctor import examine
from curator.services.workspace import Workspace


def test_the_computer_and_the_library_are_looked_at(library_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    with Workspace.open(library_folder) as ws:
        found = {finding.name: finding for finding in examine(ws, self_test=False)}
    assert {"versions", "system", "memory", "disk", "library"} <= found.keys() and "training" not in found
    assert found["library"].is_good and found["library"].figures["exchanges"] == 0
    memory = found["memory"].figures
    assert 0 < memory["available"] <= memory["total"]
    assert all(finding.words for finding in found.values())
