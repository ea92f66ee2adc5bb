"""Answering: one prompt to a base model or to a run's tuned model, in a process of its own."""

from __future__ import annotations

from curator.services.workspace import Workspace


def answer(ws: Workspace, model: str, prompt: str, run: int | None = None, max_tokens: int = 128) -> str:
    """What the model says to `prompt`; with `run`, the model as tuned by it. Raises CuratorError with a sentence."""
    raise NotImplementedError
