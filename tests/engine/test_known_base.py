"""The base model is read once for a run, and again as soon as it is another one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from curator.engine import known_base
from curator.engine.known_base import KNOWN_FILE, fingerprint_of
from curator.tokens.identity import base_fingerprint


def test_it_is_read_again_only_where_a_file_of_it_has_changed(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    reads: list[Path] = []

    def counting(folder: Path) -> str:
        reads.append(folder)
        return base_fingerprint(folder)

    monkeypatch.setattr(known_base, "base_fingerprint", counting)
    first = fingerprint_of(tmp_path, model)
    assert first == base_fingerprint(tiny_model) == fingerprint_of(tmp_path, model) and len(reads) == 1
    with (model / "config.json").open("a") as stream:
        stream.write("\n")
    assert fingerprint_of(tmp_path, model) != first and len(reads) == 2
    shutil.copytree(tiny_model, tmp_path / "elsewhere")
    assert fingerprint_of(tmp_path, tmp_path / "elsewhere") == first and len(reads) == 3


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"about": 1}'])
def test_what_is_no_record_is_passed_over(tmp_path: Path, tiny_model: Path, kept: str) -> None:
    (tmp_path / KNOWN_FILE).write_text(kept)
    assert fingerprint_of(tmp_path, tiny_model) == base_fingerprint(tiny_model)
