"""Answering: prompts to a base model or to a run's tuned model, in a process of its own."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from curator.core.errors import ModelError
from curator.core.job import JobEvent
from curator.jobs.errands import run_errand
from curator.services import runtimes
from curator.services.workspace import Workspace


def answer(ws: Workspace, model: str, prompt: str, run: int | None = None, max_tokens: int = 128) -> str:
    """What the model says to `prompt`; with `run`, the model as tuned by it. Raises CuratorError with a sentence."""
    return answers(ws, model, [prompt], run, max_tokens)[0]


def answers(
    ws: Workspace,
    model: str,
    prompts: Sequence[str],
    run: int | None = None,
    max_tokens: int = 128,
    on_text: Callable[[int, str], None] | None = None,
    cancel: threading.Event | None = None,
) -> list[str]:
    """The answers to several prompts, for one loading of the model; always the most likely words, so that the same
    question gets the same answer. `on_text` hears the number of the prompt and each piece of text as it comes.

    Setting `cancel` ends it at once. Raises CuratorError with a sentence, also after `cancel`.
    """
    base = ws.shelf.get(model)
    if not base.is_ready:
        raise ModelError(base.problem or f"“{base.title}” is not ready.", "Prepare it, or choose another.")
    order = {"kind": "generate", "model": base.path, "prompts": list(prompts), "max_tokens": max_tokens}
    if run is not None:
        order["adapter"] = ws.library.run(run).path
    folder = Path(tempfile.mkdtemp(prefix="curator-answer-"))

    def hear(event: JobEvent) -> None:
        if event.kind == "token" and on_text is not None:
            on_text(int(event.figures.get("prompt", 0)), str(event.figures.get("text", "")))

    try:
        result = run_errand(
            folder, order | runtimes.for_errands(ws), "The model's process ended without a word.", hear, cancel=cancel
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [str(text) for text in result["texts"]]
