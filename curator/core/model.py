"""A base model: what training starts from."""

from __future__ import annotations

from dataclasses import dataclass

STARTER = "starter"


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A model folder on this computer. `fingerprint` is the SHA-256 over tokenizer, template and config: what decides
    token counts. `parameters` is the number of weights, 0 when unknown; `bytes` the size of the weights on disk."""

    name: str
    path: str
    title: str
    architecture: str = ""
    parameters: int = 0
    bytes: int = 0
    bits: int = 0
    context: int = 0
    fingerprint: str = ""
    is_ready: bool = True
    problem: str = ""  # why it cannot be trained, in a sentence
