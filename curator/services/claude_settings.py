"""The one setting of Claude Code that matters here, read and written without touching another byte of its file."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from curator.core.durable import flush, settle_folder
from curator.core.errors import CuratorError

KEY = "cleanupPeriodDays"
DEFAULT_DAYS = 30
"""What Claude Code takes where nothing is chosen (code.claude.com/docs/en/settings)."""
_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Member:
    """Where a member of a JSON object stands in its text: where its value begins, and where that ends."""

    value: object
    start: int
    end: int


def folder() -> Path:
    """Claude Code's own folder: `CLAUDE_CONFIG_DIR` where set, else `~/.claude`."""
    return Path(os.environ.get("CLAUDE_CONFIG_DIR", "").strip() or "~/.claude").expanduser()


def settings_file() -> Path:
    """The person's own settings of Claude Code, whether the file is there or not."""
    return folder() / "settings.json"


def days(file: Path) -> float | None:
    """The days that Claude Code keeps a session; None when it says so in a way that is not understood here."""
    try:
        chosen = json.loads(file.read_bytes())
    except FileNotFoundError:
        return DEFAULT_DAYS
    except (OSError, ValueError, RecursionError):
        return None
    value = chosen.get(KEY, DEFAULT_DAYS) if isinstance(chosen, dict) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        return None
    return float(value)


def set_days(file: Path, days: int) -> None:
    """Have Claude Code keep sessions for so many days. Everything else in the file stays as it is, byte for byte.

    Raises CuratorError, and leaves the file as it was, when it is no JSON object or cannot be written.
    """
    place = Path(os.path.realpath(file))  # dotfiles are often links
    try:
        before = place.read_bytes() if place.exists() else b""
        after = with_days(before.decode(), days).encode()
        _replace(place, before, after)
    except (ValueError, RecursionError) as error:
        raise CuratorError(
            f"{file} is not understood, so it was left as it is.", f"Write “{KEY}”: {days} into it yourself."
        ) from error
    except OSError as error:
        raise CuratorError(
            f"{file} could not be written ({error.strerror or error}).", f"Write “{KEY}”: {days} into it yourself."
        ) from error


def with_days(text: str, days: int) -> str:
    """The text of a settings file with the setting in it. Raises ValueError where the text is no JSON object."""
    if not text.strip():
        return f'{{\n  "{KEY}": {days}\n}}\n'
    old = json.loads(text)
    if not isinstance(old, dict):
        raise ValueError("no object")
    members, inside = _members(text)
    if KEY in members:
        known = members[KEY]
        new = f"{text[: known.start]}{days}{text[known.end :]}"
    else:
        first = next((at for at in range(inside, len(text)) if text[at] not in _SPACE), inside)
        space = text[inside:first]
        new = f'{text[:inside]}{space}"{KEY}": {days},{text[inside:]}'
        if not members:
            new = f'{text[:inside]}\n  "{KEY}": {days}\n{text[first:]}'
    if json.loads(new) != {**old, KEY: days}:
        raise ValueError("something else would change")
    return new


def _members(text: str) -> tuple[dict[str, Member], int]:
    """The members of the object that a valid JSON text is, the last where a name comes twice, and where they begin."""
    decoder = json.JSONDecoder()
    at = inside = text.index("{") + 1
    members: dict[str, Member] = {}
    while True:
        at = _skip(text, at, _SPACE + ",")
        if text[at] == "}":
            return members, inside
        name, at = decoder.raw_decode(text, at)
        start = _skip(text, at, _SPACE + ":")
        value, at = decoder.raw_decode(text, start)
        members[name] = Member(value, start, at)


def _skip(text: str, at: int, characters: str) -> int:
    while text[at] in characters:
        at += 1
    return at


def _replace(place: Path, before: bytes, after: bytes) -> None:
    """Put the new content in the place of the old one at once, with the same rights; never over a third one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            file.write(after)
            file.flush()
            flush(file.fileno())
        if place.exists():
            part.chmod(place.stat().st_mode & 0o777)
        if (place.read_bytes() if place.exists() else b"") != before:
            raise OSError("somebody else is writing it")
        part.replace(place)
        settle_folder(place.parent)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
