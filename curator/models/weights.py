"""What safetensors files say about themselves: tensors, their shapes and whether the files are whole. No mlx needed."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curator.core.errors import ModelError

WEIGHTS = "model*.safetensors"
"""The files mlx-lm loads (mlx_lm/utils.py)."""

_LONGEST_HEADER = 100_000_000  # bytes; the format's own limit
_BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "U64": 64, "I32": 32, "U32": 32, "I16": 16, "U16": 16}


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: its type as safetensors names it (F32, BF16, U32 …) and its shape."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many values it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Weights:
    """All weights of a folder: number of parameters (quantised ones counted unpacked), bytes on disk, bits each."""

    parameters: int
    bytes: int
    bits: int


def read_header(path: Path) -> dict[str, Tensor]:
    """The tensors of one file. Raises `ModelError` when it is not safetensors, or was cut short."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = struct.unpack("<Q", file.read(8))[0] if size >= 8 else 0
            if not 2 <= length <= min(_LONGEST_HEADER, size - 8):
                raise ModelError(f"{path.name} is not a whole safetensors file.", "Download the model again.")
            header: Any = json.loads(file.read(length))
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.", "Check the folder's permissions.") from error
    except ValueError as error:
        raise ModelError(f"{path.name} is not a safetensors file.", "Download the model again.") from error
    try:
        header.pop("__metadata__", None)
        tensors = {name: Tensor(t["dtype"], tuple(map(int, t["shape"]))) for name, t in header.items()}
        end = max((t["data_offsets"][1] for t in header.values()), default=0)
    except (AttributeError, KeyError, TypeError, IndexError, ValueError) as error:
        raise ModelError(f"{path.name} is not a safetensors file.", "Download the model again.") from error
    if size < 8 + length + end:
        raise ModelError(
            f"{path.name} is cut short: {size:,} of {8 + length + end:,} bytes.", "Download the model again."
        )
    return tensors


def weigh(folder: Path, config: dict[str, Any]) -> Weights:
    """The weights of a model folder. Raises `ModelError` when a file of the index is missing or broken."""
    files = sorted(folder.glob(WEIGHTS))
    _check_index(folder, {file.name for file in files})
    tensors: dict[str, Tensor] = {}
    for file in files:
        tensors |= read_header(file)
    parameters = packed = 0
    for name, tensor in tensors.items():
        layer = name.removesuffix(".weight")
        if layer != name and f"{layer}.scales" in tensors:
            bits = _quantised_bits(config, layer, tensor, tensors[f"{layer}.scales"])
            parameters += tensor.count * 32 // bits
            packed = packed or bits
        elif not _is_quantisation_part(name, tensors):
            parameters += tensor.count
    widest = max(tensors.values(), key=lambda t: t.count, default=Tensor("F32", ()))
    default = config.get("quantization", config.get("quantization_config"))
    chosen = default.get("bits") if isinstance(default, dict) else None
    bits = chosen if packed and isinstance(chosen, int) else packed or _BITS.get(widest.dtype, 8)
    return Weights(parameters, sum(file.stat().st_size for file in files), bits)


def _quantised_bits(config: dict[str, Any], layer: str, weight: Tensor, scales: Tensor) -> int:
    """Bits a value of an MLX-quantised layer: packed columns × 32 = groups × group size × bits."""
    told = config.get("quantization", config.get("quantization_config"))
    told = told if isinstance(told, dict) else {}
    own = told.get(layer)
    group = own.get("group_size") if isinstance(own, dict) else told.get("group_size")
    group = group if isinstance(group, int) and group > 0 else 64
    columns = (scales.shape[-1] if scales.shape else 1) * group
    return max(1, (weight.shape[-1] if weight.shape else 1) * 32 // max(1, columns))


def _is_quantisation_part(name: str, tensors: dict[str, Tensor]) -> bool:
    layer, _, part = name.rpartition(".")
    return part in {"scales", "biases"} and f"{layer}.weight" in tensors and f"{layer}.scales" in tensors


def _check_index(folder: Path, present: set[str]) -> None:
    path = folder / "model.safetensors.index.json"
    if not path.is_file():
        return
    try:
        shards = set(json.loads(path.read_bytes())["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path.name} cannot be read.", "Download the model again.") from error
    missing = sorted(shards - present)
    if missing:
        raise ModelError(
            f"{len(missing)} of {len(shards)} weight files are missing, the first is {missing[0]}.",
            "Go on with the download, or download the model again.",
        )
