"""Files that are there whole or not at all: written beside, flushed to the disk, then renamed."""

from __future__ import annotations

from pathlib import Path

import mlx.core as mx

from curator.core.durable import flush, settle_folder


def save_arrays(path: Path, arrays: dict[str, mx.array], metadata: dict[str, str] | None = None) -> None:
    """Write safetensors. Raises OSError where there is no room, and leaves what was there before as it was."""
    write_arrays(scratch_of(path), arrays, metadata)
    put_in_place(scratch_of(path), path)


def write_text(path: Path, text: str) -> None:
    """Write a small text file."""
    scratch = scratch_of(path)
    try:
        with scratch.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            flush(stream.fileno())
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
    put_in_place(scratch, path)


def scratch_of(path: Path) -> Path:
    """Where a file is written before it takes its place."""
    return path.with_name(f"{path.name}.new")


def write_arrays(path: Path, arrays: dict[str, mx.array], metadata: dict[str, str] | None = None) -> None:
    """Write safetensors to the disk itself, but not safe from a death in the middle.

    Through Python's own stream: mlx's tells a full disk as a RuntimeError without its number. Raises OSError, and
    leaves no half file.
    """
    try:
        with path.open("wb") as stream:
            mx.save_safetensors(stream, arrays, metadata=metadata or {"format": "mlx"})
            stream.flush()
            flush(stream.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def put_in_place(scratch: Path, path: Path) -> None:
    """Give a finished file its name, and have the name on the disk as well."""
    scratch.replace(path)
    settle_folder(path.parent)
