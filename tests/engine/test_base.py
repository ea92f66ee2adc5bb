"""A base model's folder: what is wrong with it is told in a sentence, and where its answers end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest

from curator.core.errors import ModelError
from curator.engine.base import end_tokens, load_base, read_config


@pytest.fixture
def folder(tmp_path: Path, tiny_model: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "mine"))


def change_config(folder: Path, **changes: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    kept = {name: value for name, value in (config | changes).items() if value is not None}
    (folder / "config.json").write_text(json.dumps(kept))


def test_a_sound_folder_gives_the_model_and_its_config(folder: Path) -> None:
    model, config = load_base(folder)
    assert model(mx.array([[1, 2, 3]])).shape == (1, 3, config["vocab_size"])


def _gone(folder: Path) -> None:
    shutil.rmtree(folder)


def _no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def _half_a_config(folder: Path) -> None:
    (folder / "config.json").write_text((folder / "config.json").read_text()[:40])


def _a_list_as_config(folder: Path) -> None:
    (folder / "config.json").write_text("[]")


def _no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def _pickled_weights(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _half_the_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])


def _more_weights(folder: Path) -> None:
    weights = dict(mx.load(str(folder / "model.safetensors")))
    extra = {"model.layers.7.flux": mx.zeros(3)}
    mx.eval(weights)
    mx.save_safetensors(str(folder / "model.safetensors"), weights | extra, metadata={"format": "mlx"})


def _own_code(folder: Path) -> None:
    change_config(folder, model_file="model.py")


def _of_mars(folder: Path) -> None:
    change_config(folder, model_type="martian")


def _of_olmo(folder: Path) -> None:
    change_config(folder, model_type="olmo")


def _no_width(folder: Path) -> None:
    change_config(folder, hidden_size=None)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_gone, "The base model is not where it was"),
        (_no_config, "“mine” is no model folder"),
        (_half_a_config, "The config.json of “mine” cannot be read"),
        (_a_list_as_config, "The config.json of “mine” cannot be read"),
        (_no_weights, "The weights of “mine” are missing"),
        (_pickled_weights, "in another format than safetensors"),
        (_half_the_weights, "The weights of “mine” are damaged"),
        (_more_weights, "do not fit its config: Received 1 parameters not in model: model.layers.7.flux."),
        (_own_code, "wants to run its own code"),
        (_of_mars, "does not know the architecture “martian”"),
        (_of_olmo, "wants more than Curator brings along for “mine”"),
        (_no_width, "The config.json of “mine” is incomplete"),
    ],
)
def test_what_is_wrong_with_a_folder_is_told(folder: Path, spoil: Callable[[Path], None], words: str) -> None:
    spoil(folder)
    with pytest.raises(ModelError) as caught:
        load_base(folder)
    assert words in caught.value.message and caught.value.hint


def test_answers_end_where_either_config_says(folder: Path) -> None:
    config = read_config(folder)
    assert end_tokens(folder, config) == {2}
    (folder / "generation_config.json").write_text('{"eos_token_id": [2, 7, "x"]}')
    assert end_tokens(folder, config) == {2, 7}
    (folder / "generation_config.json").write_text("{")
    assert end_tokens(folder, config) == {2}
    (folder / "generation_config.json").write_text("{}")
    assert end_tokens(folder, config | {"eos_token_id": None}) == frozenset()
