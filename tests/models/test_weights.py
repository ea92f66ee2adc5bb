"""Safetensors files tell their parameters, and damaged ones are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from model_folders import write_safetensors

from curator.core.errors import ModelError
from curator.models.weights import read_header, weigh


def test_parameters_and_bytes_come_from_the_header(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model.safetensors", {"a.weight": ("BF16", (10, 20)), "b.weight": ("BF16", (7,))})
    weights = weigh(tmp_path, {})
    assert (weights.parameters, weights.bits) == (207, 16)
    assert weights.bytes == (tmp_path / "model.safetensors").stat().st_size


def test_quantised_weights_count_unpacked(tmp_path: Path) -> None:
    tensors = {
        "q.weight": ("U32", (128, 256 * 4 // 32)),
        "q.scales": ("F16", (128, 256 // 64)),
        "q.biases": ("F16", (128, 256 // 64)),
        "e.weight": ("U32", (50, 256 * 8 // 32)),
        "e.scales": ("F16", (50, 256 // 32)),
        "e.biases": ("F16", (50, 256 // 32)),
        "norm.weight": ("F16", (256,)),
    }
    write_safetensors(tmp_path / "model.safetensors", tensors)
    config = {"quantization": {"group_size": 64, "bits": 4, "e": {"group_size": 32, "bits": 8}}}
    weights = weigh(tmp_path, config)
    assert weights.parameters == 128 * 256 + 50 * 256 + 256
    assert weights.bits == 4


def test_all_parts_of_a_model_are_added(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model-00001-of-00002.safetensors", {"a": ("F32", (3,))})
    write_safetensors(tmp_path / "model-00002-of-00002.safetensors", {"b": ("F32", (4,))})
    assert weigh(tmp_path, {}).parameters == 7


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model-00001-of-00002.safetensors", {"a": ("F32", (3,))})
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(ModelError, match="1 of 2 weight files are missing, the first is model-00002"):
        weigh(tmp_path, {})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x02",
        b"\xff" * 8,
        b"\x04" + bytes(7) + b"nope",
        b"\x02" + bytes(7) + b"[]",
        b"\x0a" + bytes(7) + b'{"a":[1]} ',
    ],
)
def test_what_is_no_safetensors_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"model\.safetensors is not"):
        read_header(path)


def test_a_file_that_was_cut_short_is_named_with_its_sizes(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_safetensors(path, {"a": ("F32", (1000,))})
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelError, match=r"cut short: 4,\d\d\d of 4,\d\d\d bytes"):
        read_header(path)
