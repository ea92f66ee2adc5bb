"""Turns what can go wrong in a worker into a sentence for the person and the next step."""

from __future__ import annotations

import errno
import signal

from curator.core.errors import CuratorError

_MEMORY_WORDS = ("unable to allocate", "insufficient memory", "outofmemory", "out of memory", "bad_alloc", "malloc")
_SEE_LOG = "Look into the log; it has the details."
_SMALLER = "Take a smaller batch, a lower maximum of tokens or fewer layers, close other programs, then start it again."


def sentence_for(error: BaseException) -> tuple[str, str]:
    """What happened and what to do, for any error that ends a job."""
    if isinstance(error, CuratorError):
        return error.message, error.hint
    words = str(error).strip().lower()
    if isinstance(error, MemoryError) or any(word in words for word in _MEMORY_WORDS):
        return "There was not enough memory for this work.", _SMALLER
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "The disk is full.", "Make room, then start it again; what was saved last is still there."
    if isinstance(error, FileNotFoundError):
        return f"A file is missing: {error.filename or error}.", "Check that it was not moved or deleted."
    if isinstance(error, PermissionError):
        return f"A file may not be read or written: {error.filename or error}.", "Check its permissions."
    if isinstance(error, ImportError):
        return f"A part of the training runtime is missing: {error}.", "Install Curator again, or run its doctor."
    if "command buffer execution failed" in words or "gpu timeout" in words:
        return "The graphics processor gave up on a step.", "Take a batch of 1 and turn the display off meanwhile."
    detail = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
    return f"It ended with an unexpected error: {detail}", _SEE_LOG


def sentence_for_signal(number: int, was_short_of_memory: bool) -> tuple[str, str, str]:
    """Event kind, sentence and hint for a worker that a signal ended. An abort is the work's own failure; a kill comes
    from outside, and the run can go on from its checkpoint."""
    if number == signal.SIGKILL:
        if was_short_of_memory:
            return "interrupted", "The computer ran out of memory and ended it.", _SMALLER
        return (
            "interrupted",
            "It was ended from outside; most often the computer was short of memory.",
            "What was learned up to the last checkpoint is kept. " + _SMALLER,
        )
    if number == signal.SIGABRT:
        return "failed", "The graphics or memory system ended it (abort).", _SMALLER
    if number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        return "interrupted", "It was ended from outside.", "Start it again; it goes on from its last checkpoint."
    return "failed", f"It crashed ({signal.Signals(number).name}).", _SEE_LOG
