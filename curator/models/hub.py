"""Models from the Hugging Face hub: safetensors and text files only, resumed where a download broke off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path


def download(
    repo_id: str,
    into: Path,
    progress: Callable[[int, int], None] | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Being built; the signature holds: progress(bytes done, bytes in all)."""
    raise NotImplementedError
