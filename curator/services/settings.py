"""Choices of the person that live with the library: small words under a key."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

from curator.core.changes import Changes
from curator.core.errors import LibraryError
from curator.services.workspace import Workspace

_NO_CHOICES = frozenset({"runtimes", "mappings", "queue_held", "window.library", "crashes.seen", "runtime.usual"})
"""What lies among the settings and is no choice: places to train (and the one that works here), formats that a person
described, the held queue, where they are, and what they have seen."""
_FORMAT = "curator settings 1"
_TELLING = re.compile(r"(?:on|off|yes|no|system|light|dark|starter|\d{0,8}|\d{4}-\d\d-\d\dT[\d:.+Z]*)")


def get(ws: Workspace, key: str, default: str = "") -> str:
    """What was chosen, or `default`."""
    return ws.library.setting(key, default)


def put(ws: Workspace, key: str, value: str) -> Changes:
    """Keep a choice; telling the views only when it is another one."""
    if ws.library.setting(key) == value:
        return Changes()
    return ws.publish(ws.library.set_setting(key, value))


def keep(ws: Workspace, key: str, value: str) -> None:
    """Keep where the person is, which no view needs to hear of."""
    if ws.library.setting(key) != value:
        ws.library.set_setting(key, value)


def chosen(ws: Workspace) -> dict[str, str]:
    """All choices that are not as delivered."""
    return {key: value for key, value in ws.library.settings().items() if value and key not in _NO_CHOICES}


def telling(value: str) -> str:
    """A choice in a form that tells nothing of the person: its value where it is one of a list, else that it is set."""
    return value if _TELLING.fullmatch(value) else "set"


def reset(ws: Workspace, window: dict[str, str] | None = None) -> Path:
    """Put every choice back to as it was delivered, and keep what was chosen in a file beside the library: with
    `restore` all of it comes back. `window` is what the window keeps of itself. Rows, marks, runs, watched folders,
    models and places to train are no choices and stay. Returns the file; raises LibraryError where it cannot be kept,
    and then nothing is reset."""
    before = chosen(ws)
    file = ws.folder / f"settings before {datetime.now():%Y-%m-%d %H.%M.%S}.json"
    kept = {"format": _FORMAT, "settings": before, "window": window or {}}
    try:
        file.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
    except OSError as error:
        raise LibraryError(
            f"The settings cannot be kept beside the library: {error.strerror}.", "Nothing was reset. Check the disk."
        ) from error
    _write(ws, dict.fromkeys(before, ""))
    return file


def restore(ws: Workspace, file: Path) -> dict[str, str]:
    """Bring back what `reset` kept; returns what the window had kept of itself. Raises LibraryError for other files."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        before, window = kept["settings"], kept["window"]
        if kept["format"] != _FORMAT or not all(isinstance(value, str) for value in before.values()):
            raise ValueError(kept["format"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LibraryError(
            f"There are no settings in {file.name}.", "Choose a file that “Reset settings” kept."
        ) from error
    now = {key: "" for key in chosen(ws) if key not in before}
    _write(ws, now | {key: value for key, value in before.items() if key not in _NO_CHOICES})
    return {str(key): str(value) for key, value in window.items()}


def _write(ws: Workspace, values: dict[str, str]) -> None:
    changes = Changes()
    for key, value in values.items():
        changes |= ws.library.set_setting(key, value)
    ws.publish(changes)
