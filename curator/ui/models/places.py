"""Places to train, from a person's words: what they typed for each kind, as the services take it."""

from __future__ import annotations

from dataclasses import dataclass

from curator.core.machine import RuntimeKind, RuntimeSpec


@dataclass(frozen=True, slots=True)
class KindWords:
    """How a kind of place is asked for: its short name, what it is for, the hint of its field."""

    kind: RuntimeKind
    name: str
    words: str
    field: str
    hint: str


KINDS = (
    KindWords(
        RuntimeKind.SSH,
        "Another computer",
        "Over ssh, as your terminal reaches it: rows go there, losses come back, a dropped line loses nothing.",
        "Reached as",
        "user@studio.local",
    ),
    KindWords(
        RuntimeKind.PYTHON,
        "Another Python",
        "An environment on this computer that has mlx-lm, such as one for an NVIDIA card.",
        "Interpreter",
        "/home/me/mlx/bin/python",
    ),
    KindWords(
        RuntimeKind.RING,
        "Several together",
        "Experimental: each trains a part of every batch, and all go at the pace of the slowest.",
        "Addresses",
        "192.168.1.20, 192.168.1.21",
    ),
)


def spec_of(kind: RuntimeKind, name: str, words: str) -> RuntimeSpec:
    """What the services are given for what was typed."""
    name, words = " ".join(name.split()), words.strip()
    if kind is RuntimeKind.PYTHON:
        return RuntimeSpec(name, kind, python=words)
    if kind is RuntimeKind.SSH:
        return RuntimeSpec(name, kind, host=words)
    return RuntimeSpec(name, kind, hosts=tuple(words.replace(",", " ").split()))
