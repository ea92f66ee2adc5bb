"""Reads the settings out of the order of a training; what no run can be made of is refused in a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from curator.core.errors import JobError
from curator.core.settings import TrainSettings

_AGAIN = "Start it again from its snapshot."
_SEEDS = 1 << 64
_MOST = 1_000_000_000
_NAMES = {"batch_size": "batch size", "accumulate": "number of batches to an update"}
_SHARES = {"warmup": "warm-up", "final_rate": "rate at the end", "weight_decay": "weight decay"}
_AMOUNTS = {
    "iterations": "number of iterations",
    "clip": "bound of gradients",
    "evals_per_pass": "number of checks a pass",
    "patience": "patience",
    "segment_minutes": "number of minutes to a process",
    "checkpoint_seconds": "number of seconds to a checkpoint",
}


def given_settings(job: Mapping[str, Any]) -> tuple[TrainSettings, frozenset[str]]:
    """The settings of the order, and the names of those it gives itself. What it does not name has its default; what
    only a newer Curator knows is passed over. Raises JobError that names the setting which makes no sense."""
    given = job.get("settings") or {}
    if not isinstance(given, dict):
        raise JobError("The settings of this run cannot be read.", _AGAIN)
    settings = TrainSettings()
    for name, value in (given | ({"seed": job["seed"]} if "seed" in job else {})).items():
        if not hasattr(settings, name):
            continue
        if not _is_like(value, getattr(settings, name)):
            raise JobError(f"The order of this run has no usable “{name}”: {value!r}.", _AGAIN)
        settings = replace(settings, **{name: value})
    if not 0 <= settings.seed < _SEEDS:
        raise JobError(f"The seed {settings.seed} is not possible.", "Choose a whole number from 0 on.")
    for name in ("batch_size", "accumulate"):
        if getattr(settings, name) < 1:
            raise JobError(f"A {_NAMES[name]} of {getattr(settings, name)} trains nothing.", "Choose 1 or more.")
    _check_numbers(settings)
    return settings, frozenset(given)


def _check_numbers(settings: TrainSettings) -> None:
    """Refuse numbers with which a run would learn nothing, or unlearn: none of them would be noticed before its end."""
    if settings.learning_rate <= 0:
        raise JobError(f"A learning rate of {settings.learning_rate} teaches nothing.", "Choose one above 0.")
    if settings.learning_rate > 1:
        raise JobError(
            f"A learning rate of {settings.learning_rate:g} throws away what the model knows.",
            "Choose one far below 1; 4e-4 is usual.",
        )
    if settings.layers == 0 or settings.layers < -1:
        raise JobError(f"Nothing can be trained in {settings.layers} layers.", "Choose 1 or more, or -1 for all.")
    if max(settings.iterations, settings.passes) > _MOST:
        raise JobError("So long a run would never end.", f"Choose at most {_MOST:,} iterations or passes.")
    if settings.iterations == 0 and settings.passes <= 0:
        raise JobError(f"{settings.passes} passes train nothing.", "Choose more than 0.")
    for name, title in _SHARES.items():
        if not 0 <= getattr(settings, name) <= 1:
            raise JobError(f"A {title} of {getattr(settings, name)} is not possible.", "Choose a share from 0 to 1.")
    for name, title in _AMOUNTS.items():
        if getattr(settings, name) < 0:
            raise JobError(f"A {title} of {getattr(settings, name)} is not possible.", "Choose 0 or more.")


def given_folder(job: Mapping[str, Any], name: str) -> Path:
    """The folder that the order calls `name`. Raises JobError where it names none."""
    value = job.get(name)
    if not isinstance(value, str) or not value:
        raise JobError(f"The order of this run does not name its “{name}”.", _AGAIN)
    return Path(value)


def given_day(job: Mapping[str, Any]) -> date | None:
    """The day of the order, which a template that names the date is to write: a run that goes on tomorrow, or is
    repeated next year, has to have the same rows. None where the order names none. Raises JobError."""
    day = job.get("day")
    if day is None:
        return None
    try:
        return date.fromisoformat(day)
    except (TypeError, ValueError) as error:
        raise JobError(f"The order of this run has no usable “day”: {day!r}.", _AGAIN) from error


def _is_like(value: Any, default: object) -> bool:
    """Whether a value is of the kind of its default; whole numbers are fine where others are."""
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return type(value) is type(default)
