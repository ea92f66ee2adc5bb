from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from curator.core.errors import ModelError
from curator.tokens.identity import base_fingerprint


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model-1.safetensors").write_bytes(b"one")
    (folder / "model-2.safetensors").write_bytes(b"two")
    return folder


def test_a_model_is_the_same_wherever_it_lies(model: Path, tmp_path: Path) -> None:
    before = base_fingerprint(model)
    shutil.copytree(model, tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "README.md").write_text("What it is.")
    assert base_fingerprint(tmp_path / "elsewhere") == before and len(before) == 64


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model-2.safetensors"])
def test_other_contents_are_another_model(model: Path, name: str) -> None:
    before = base_fingerprint(model)
    (model / name).write_bytes((model / name).read_bytes()[::-1] + b" ")
    assert base_fingerprint(model) != before


def test_weights_of_the_same_size_are_told_apart(model: Path) -> None:
    before = base_fingerprint(model)
    (model / "model-1.safetensors").write_bytes(b"eno")
    os.utime(model / "model-1.safetensors", ns=(1, 1))
    assert base_fingerprint(model) != before


def test_a_file_that_cannot_be_read_is_told(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)  # root may read everything
    with pytest.raises(ModelError, match="cannot be read: Permission denied"):
        base_fingerprint(model)
