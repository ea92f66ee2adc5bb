"""Where things are: data, cache, logs and resources, in each platform's own place."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs

APP = "Curator"


def default_library() -> Path:
    """The folder of the library: `CURATOR_LIBRARY` where set, else the platform's data folder."""
    chosen = os.environ.get("CURATOR_LIBRARY")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir(APP, appauthor=False)) / "library"


def models_folder() -> Path:
    """Where base models are kept: `CURATOR_MODELS` where set, else beside the default library."""
    chosen = os.environ.get("CURATOR_MODELS")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir(APP, appauthor=False)) / "models"


def device_lock() -> Path:
    """The file that the one training on this computer holds, whatever its library: `CURATOR_DEVICE_LOCK` where set."""
    chosen = os.environ.get("CURATOR_DEVICE_LOCK")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir(APP, appauthor=False)) / "device.lock"


def log_folder() -> Path:
    """Where the app writes its log."""
    return Path(platformdirs.user_log_dir(APP, appauthor=False))


def resources() -> Path:
    """The folder of icons, samples and help: in the bundle when frozen, in the wheel, or beside the package."""
    if (packed := inside_package("resources")) is not None:
        return packed
    package = Path(__file__).parent
    inside = package / "_resources"
    return inside if inside.is_dir() else package.parent / "resources"


def inside_package(name: str) -> Path | None:
    """A folder inside the packaged app: `resources`, `source`, `starter` (the base model that comes along), `blas`
    (Linux). None where this is no packaged app, or one without it."""
    if not getattr(sys, "frozen", False):
        return None
    folder = Path(getattr(sys, "_MEIPASS", Path(sys.executable).parent)) / name
    return folder if folder.is_dir() else None


def program() -> list[str]:
    """The command that starts Curator again: the frozen program itself, or this Python with `-m curator`."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "curator"]
