"""The numbers of a run on the command line: a preset, and what is given on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from curator.core.errors import NotFoundError
from curator.core.settings import PRESETS, TrainSettings

PresetName = Annotated[str, typer.Option(help=f"{', '.join(p.name for p in PRESETS)}.")]
Set = Annotated[list[str] | None, typer.Option("--set", help="Any number of a run: NAME=VALUE, such as rank=16.")]


def preset_named(name: str) -> TrainSettings:
    """The settings of a preset; raises NotFoundError naming those there are."""
    for preset in PRESETS:
        if preset.name == name:
            return preset.settings
    raise NotFoundError(f"There is no preset “{name}”.", f"There are: {', '.join(p.name for p in PRESETS)}.")


def settings_from(preset: str, given: dict[str, Any], more: Sequence[str] | None = ()) -> TrainSettings:
    """A preset with the options that were given, and NAME=VALUE pairs on top. Passes take the place of a preset's
    iterations. Raises NotFoundError for a preset that is none, and typer's BadParameter for a pair that is none."""
    chosen = {name: value for name, value in given.items() if value is not None}
    chosen |= dict(_pair(words) for words in more or ())
    if "passes" in chosen and "iterations" in chosen:
        raise typer.BadParameter("give passes or iterations, not both")
    if "passes" in chosen:
        chosen["iterations"] = 0
    return replace(preset_named(preset), **chosen)


def _pair(words: str) -> tuple[str, Any]:
    name, sign, value = words.partition("=")
    name = name.strip().replace("-", "_")
    kinds = {own: type(value) for own, value in asdict(TrainSettings()).items()}
    if not sign or name not in kinds:
        raise typer.BadParameter(f"“{words}” is no number of a run. There are: {', '.join(kinds)}")
    try:
        return name, _truth(value) if kinds[name] is bool else kinds[name](value)
    except ValueError as error:
        raise typer.BadParameter(f"{name} is no number: “{value}”") from error


def _truth(value: str) -> bool:
    answers = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if value.lower() not in answers:
        raise ValueError(value)
    return answers[value.lower()]
