"""The memory table of the help page about scale says what the estimate says."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from curator import paths
from curator.core.model import BaseModel
from curator.core.settings import TrainSettings
from curator.models.estimate import memory_gb

# hidden, inner, vocabulary, heads, key-value heads, head size, layers, parameters, bits a weight:
# as the models' published configs have them (SmolLM2 and Qwen3).
SHAPES = {
    "135M": (576, 1536, 49_152, 9, 3, 64, 30, 134.5e6, 16),
    "1.7B": (2048, 8192, 49_152, 32, 32, 64, 24, 1.711e9, 16),
    "4B, 4-bit": (2560, 9728, 151_936, 32, 8, 128, 36, 4.02e9, 4.5),
    "8B, 4-bit": (4096, 12_288, 151_936, 32, 8, 128, 36, 8.19e9, 4.5),
    "14B, 4-bit": (5120, 17_408, 151_936, 40, 8, 128, 40, 14.77e9, 4.5),
    "32B, 4-bit": (5120, 25_600, 151_936, 64, 8, 128, 64, 32.76e9, 4.5),
}
ROWS = [(512, 4, False), (2048, 4, False), (2048, 1, True), (8192, 1, True)]  # longest row, batch, sparing
SHARE = 0.3


def model(folder: Path, name: str) -> BaseModel:
    hidden, inner, vocabulary, heads, pairs, size, layers, parameters, bits = SHAPES[name]
    kind = "llama" if bits == 16 else "qwen3"
    config = {
        "model_type": kind,
        "hidden_size": hidden,
        "intermediate_size": inner,
        "vocab_size": vocabulary,
        "num_attention_heads": heads,
        "num_key_value_heads": pairs,
        "head_dim": size,
        "num_hidden_layers": layers,
    }
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    return BaseModel(
        name,
        str(folder),
        name,
        architecture=kind,
        parameters=int(parameters),
        bytes=int(parameters * bits / 8),
        bits=16,
    )


def test_the_table_is_the_estimate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")  # the table is about Macs, where activations take two bytes
    page = (paths.resources() / "help" / "scale.md").read_text(encoding="utf-8")
    for number, name in enumerate(SHAPES):
        found = re.search(rf"^\| {re.escape(name)} \|(.*)\|$", page, re.MULTILINE)
        assert found is not None, name
        told = [float(cell) for cell in found.group(1).split("|")]
        base = model(tmp_path / str(number), name)
        reckoned = [
            memory_gb(base, TrainSettings(batch_size=batch, is_sparing=spares, max_tokens=longest), longest, SHARE)
            for longest, batch, spares in ROWS
        ]
        assert told == [round(value) for value in reckoned if value is not None], name
