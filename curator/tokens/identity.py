"""Names a base model by its contents, so that it is the same one wherever it lies and whoever downloaded it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from curator.core.errors import ModelError
from curator.tokens.tokenizer import COUNTING_FILES

_BLOCK = 1 << 22


def base_fingerprint(folder: Path) -> str:
    """SHA-256 over the weights, the tokenizer and the config of a model folder, in hexadecimal: what training sees.

    Two folders with one fingerprint give the same run. It reads the weights once, about a second for each gigabyte,
    and again in the same process only when a file's size or time has changed. Raises ModelError where a file is there
    and cannot be read.
    """
    digest = hashlib.sha256()
    for name, size, changed in stamps_of(folder):
        path = folder / name
        try:
            digest.update(f"{name}\0{_of_file(path, size, changed)}\0".encode())
        except OSError as error:
            raise _unreadable(path, error) from error
    return digest.hexdigest()


def stamps_of(folder: Path) -> list[tuple[str, int, int]]:
    """Name, size and time of last change (ns) of every file that the fingerprint is made of: where these are the same,
    so is it. Raises ModelError."""
    names = [name for name in COUNTING_FILES if (folder / name).is_file()]
    names += sorted(path.name for path in folder.glob("model*.safetensors"))
    stamps = []
    for name in names:
        try:
            found = (folder / name).stat()
        except OSError as error:
            raise _unreadable(folder / name, error) from error
        stamps.append((name, found.st_size, found.st_mtime_ns))
    return stamps


def _unreadable(path: Path, error: OSError) -> ModelError:
    return ModelError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.")


@lru_cache(maxsize=256)
def _of_file(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as stream:
        digest = hashlib.sha256()
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
