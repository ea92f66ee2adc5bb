"""Starts a worker without what mlx-lm imports and the engine never uses: transformers and the hub's client."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_NAMES = ("transformers", "transformers.tokenization_utils_base", "huggingface_hub")
"""All that mlx-lm's tuner, generator and models import of them (mlx-lm 0.32.2). Its tokenizers and downloads are not
ours: we read a folder's own tokenizer.json, and a worker has no network."""


def start_lean() -> None:
    """Let mlx-lm find stand-ins. The real ones take most of a worker's start, 2.1 s of CPU of 2.6, at each run, segment
    and answer. For a process that is a worker and nothing else; what is loaded already stays."""
    for name in _NAMES:
        if name.partition(".")[0] not in sys.modules or isinstance(sys.modules[name.partition(".")[0]], _StandIn):
            sys.modules[name] = _StandIn(name)


class _StandIn(ModuleType):
    """A module in which every name is a class that may be derived from and registered with, and never made."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, None)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = type(name, (_Unneeded,), {})
        setattr(self, name, found)
        return found


class _Unneeded:
    def __init__(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError("A worker is started without this.")

    @staticmethod
    def register(*_: Any, **__: Any) -> None:
        """mlx-lm registers a tokenizer of its own."""
