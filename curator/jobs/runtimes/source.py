"""Curator's own code as one zip file, so that another Python runs the very engine that this program has."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from functools import cache
from pathlib import Path

import curator
from curator import paths
from curator.core.errors import JobError

_PARTS = ("core", "tokens", "engine", "jobs")
_MODULES = ("__init__.py", "__main__.py", "boot.py", "last_words.py", "paths.py")


@cache
def source_zip() -> Path:
    """The file to put on another Python's path; it has its digest in its name and lies in the cache.

    Deterministic: the same code gives the same bytes. Raises JobError where the program has no sources with it.
    """
    return make_zip(_package(), paths.device_lock().parent / "source")


def make_zip(package: Path, folder: Path) -> Path:
    """Write the engine's part of `package` into `folder`, whole or not at all. Returns the file."""
    files = [package / name for name in _MODULES]
    for part in _PARTS:
        files += sorted((package / part).rglob("*.py"))
    buffer = io.BytesIO()
    try:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                member = zipfile.ZipInfo(f"curator/{file.relative_to(package).as_posix()}")  # dated 1980, always
                archive.writestr(member, file.read_bytes(), zipfile.ZIP_DEFLATED)
        target = folder / f"curator-{hashlib.sha256(buffer.getvalue()).hexdigest()[:16]}.zip"
        if not target.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            scratch = target.with_name(f"{target.name}.{os.getpid()}.new")
            scratch.write_bytes(buffer.getvalue())
            scratch.replace(target)
    except OSError as error:
        raise JobError(
            f"Curator's own code cannot be made ready for another Python: {error.strerror}.", "Check the disk."
        ) from error
    return target


def _package() -> Path:
    """The package's folder with its sources: in the frozen program they lie beside as data, in `source`."""
    here = Path(curator.__file__).resolve().parent
    packed = paths.inside_package("source")
    for place in (here, packed / "curator" if packed else here):
        if (place / "engine" / "worker.py").is_file():
            return place
    raise JobError("This build of Curator carries no sources for another Python.", "Train on this computer instead.")
