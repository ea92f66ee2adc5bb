"""What the person chose in the Train panel, as it is kept over a restart: a preset, and the numbers that differ."""

from __future__ import annotations

import json
from dataclasses import fields, replace

from curator.core.settings import PRESETS, TrainSettings

_APART = frozenset({"max_tokens"})  # the budget's limit, which the library keeps itself


def words_of(preset: str, settings: TrainSettings) -> str:
    """As it is kept among the settings of the library."""
    base = _settings_of(preset)
    changed = {name: getattr(settings, name) for name in _KINDS if getattr(settings, name) != getattr(base, name)}
    return json.dumps({"preset": preset, "changed": changed})


def parse(kept: str) -> tuple[str, TrainSettings] | None:
    """The preset and all numbers; None where nothing was kept. What no longer fits is left as the preset has it."""
    try:
        found = json.loads(kept) if kept else None
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("preset") not in {p.name for p in PRESETS}:
        return None
    preset, changed = found["preset"], found.get("changed")
    values = {
        name: value
        for name, value in (changed.items() if isinstance(changed, dict) else ())
        if name in _KINDS and _fits(value, _KINDS[name])
    }
    return preset, replace(_settings_of(preset), **values)


def _fits(value: object, kind: type) -> bool:
    return type(value) is kind or (kind is float and type(value) is int)


def _settings_of(preset: str) -> TrainSettings:
    return next((p.settings for p in PRESETS if p.name == preset), TrainSettings())


_KINDS: dict[str, type] = {f.name: type(f.default) for f in fields(TrainSettings) if f.name not in _APART}
