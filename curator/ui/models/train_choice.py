"""What the person chose in the Train panel, as it is kept over a restart: a preset, and the numbers that differ; and
how such a choice is called."""

from __future__ import annotations

import json
from dataclasses import fields, replace

from curator.core.settings import PRESETS, TrainSettings, rate_words

NO_RECIPE = ("max_tokens", "seed", "probe", "is_sparing", "checkpoint_seconds", "segment_minutes")
"""Settings that change nothing of what a preset does to the rows: with them it is still that preset."""
OWN_NUMBERS = "Own numbers"
_APART = frozenset({"max_tokens"})  # the budget's limit, which the library keeps itself
_FEW = 2  # numbers that differ, with which it is still called after its preset
_SAID = {"batch_size": "batch", "learning_rate": "rate", "rank": "rank", "dropout": "dropout"}


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


def recipe_words(settings: TrainSettings) -> str:
    """What a run's numbers are called: a preset, a preset with one or two numbers that differ ("Quick look, batch 2"),
    or own numbers. Which preset they were begun from says less: a terminal changes any of its numbers."""
    differing = {p.title: _differing(settings, p.settings) for p in PRESETS}
    title, names = min(differing.items(), key=lambda one: len(one[1]))
    if len(names) > _FEW or not set(names) <= set(_SAID):
        return OWN_NUMBERS
    return ", ".join([title, *(f"{_SAID[name]} {_value_words(name, getattr(settings, name))}" for name in names)])


def _differing(one: TrainSettings, other: TrainSettings) -> list[str]:
    return [name for name in _KINDS if name not in NO_RECIPE and getattr(one, name) != getattr(other, name)]


def _value_words(name: str, value: float) -> str:
    return rate_words(value) if name == "learning_rate" else f"{value:g}"


def _fits(value: object, kind: type) -> bool:
    return type(value) is kind or (kind is float and type(value) is int)


def _settings_of(preset: str) -> TrainSettings:
    return next((p.settings for p in PRESETS if p.name == preset), TrainSettings())


_KINDS: dict[str, type] = {f.name: type(f.default) for f in fields(TrainSettings) if f.name not in _APART}
