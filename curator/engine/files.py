"""Files that are there whole or not at all: written beside, flushed to the disk, then renamed."""

from __future__ import annotations

import os
from pathlib import Path

import mlx.core as mx


def save_arrays(path: Path, arrays: dict[str, mx.array], metadata: dict[str, str] | None = None) -> None:
    """Write safetensors. mlx insists on the suffix, so the scratch file has it too."""
    scratch = path.with_name(f"{path.stem}.new.safetensors")
    mx.save_safetensors(str(scratch), arrays, metadata=metadata or {"format": "mlx"})
    _settle(scratch, path)


def write_text(path: Path, text: str) -> None:
    """Write a small text file."""
    scratch = path.with_name(f"{path.name}.new")
    scratch.write_text(text, encoding="utf-8")
    _settle(scratch, path)


def _settle(scratch: Path, path: Path) -> None:
    descriptor = os.open(scratch, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    scratch.replace(path)
