"""Answering: prompts to a base model or to a run's tuned model, in a process of its own."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from curator.core.errors import JobError, ModelError
from curator.core.job import RESULT_FILE, JobEvent
from curator.jobs import supervisor
from curator.jobs.folder import read_events, write_job
from curator.services.workspace import Workspace

_POLL_SECONDS = 0.05


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
) -> list[str]:
    """The answers to several prompts, for one loading of the model; always the most likely words, so that the same
    question gets the same answer. `on_text` hears the number of the prompt and each piece of text as it comes.

    Raises CuratorError with a sentence.
    """
    base = ws.shelf.get(model)
    if not base.is_ready:
        raise ModelError(base.problem or f"“{base.title}” is not ready.", "Prepare it, or choose another.")
    order = {"kind": "generate", "model": base.path, "prompts": list(prompts), "max_tokens": max_tokens}
    if run is not None:
        order["adapter"] = ws.library.run(run).path
    folder = Path(tempfile.mkdtemp(prefix="curator-answer-"))
    try:
        write_job(folder, order)
        supervisor.start(folder)
        return _wait(folder, on_text)
    finally:
        supervisor.kill(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(folder: Path, on_text: Callable[[int, str], None] | None) -> list[str]:
    offset = 0
    last: JobEvent | None = None
    while True:
        state = supervisor.state(folder)
        events, offset = read_events(folder, offset)
        for event in events:
            last = event
            if event.kind == "token" and on_text is not None:
                on_text(int(event.figures.get("prompt", 0)), str(event.figures.get("text", "")))
        if state.is_over:
            break
        if not events:
            time.sleep(_POLL_SECONDS)
    if last is None or last.kind != "done":
        figures = last.figures if last is not None else {}
        raise JobError(
            str(figures.get("message") or "The model's process ended without a word."),
            str(figures.get("hint") or "Close other programs, then try again."),
        )
    texts = json.loads((folder / RESULT_FILE).read_text(encoding="utf-8"))["texts"]
    return [str(text) for text in texts]
