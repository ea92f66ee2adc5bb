"""Turns what can go wrong in a worker into a sentence for the person, the next step, and a cause to act on."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from curator.core.errors import CuratorError
from curator.engine.telling import NO_ROOM

MEMORY, NAN, WATCHDOG, DEVICE, KILLED, OTHER = "memory", "nan", "watchdog", "device", "killed", "other"

_MEMORY_WORDS = (
    "unable to allocate",
    "cannot allocate memory",  # ENOMEM: Linux where memory is not promised beyond what there is, or under ulimit -v
    "insufficient memory",
    "outofmemory",
    "out of memory",
    "bad_alloc",
    "malloc",
    "memory allocation still failed",  # OpenBLAS, which then ends the process
)
_WATCHDOG_WORDS = ("impacting interactivity", "gpu timeout")
_DEVICE_WORDS = ("command buffer execution failed", "device lost", "cuda error", "cudaerror", "cudnn", "cublas")
_EXPERTS_WORDS = ("[gathermm::eval] currently only supports float32",)  # mlx 0.32, on a processor alone
_EXPERTS = "The weights of this base model's experts have 16 bits, and without a graphics processor they need 32."
_NO_EXPERTS = "Choose a model that is no mixture of experts, or train it on a Mac or on an NVIDIA graphics card."
_NO_GRADIENT_WORDS = ("calculate vjp", "cannot vjp", "::vjp]", "no metal back-end")
_NO_GRADIENT = "This base model has a part that mlx cannot train, or not on this computer."
_SEE_LOG = "Look into the log; it has the details."
_SMALLER = "Take a smaller batch, a lower maximum of tokens or fewer layers, close other programs, then start it again."
_NO_MEMORY = "There was not enough memory for this work."
_GAVE_UP = "The graphics processor gave up on a step."
_DISPLAY_OFF = "Take a batch of 1 and turn the display off meanwhile."
_LOST = "The graphics processor was lost."
_LOST_HINT = "Start it again; it goes on from its last checkpoint. If it happens again, restart the computer."


@dataclass(frozen=True, slots=True)
class Failure:
    """What happened, what to do, and which of the causes it was. With `is_interruption` it came from outside, and the
    run can go on from its checkpoint."""

    message: str
    hint: str
    cause: str = OTHER
    is_interruption: bool = False


def failure_of(error: BaseException) -> Failure:
    """What happened and what to do, for any error that ends a job."""
    if isinstance(error, CuratorError):
        return Failure(error.message, error.hint, str(getattr(error, "cause", OTHER)))
    words = str(error).strip()
    by_words = _by_words(words)
    if isinstance(error, MemoryError) or (by_words is not None and by_words.cause == MEMORY):
        return Failure(_NO_MEMORY, _SMALLER, MEMORY)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return Failure("The disk is full.", "Make room, then start it again; what was saved last is still there.")
    if isinstance(error, FileNotFoundError):
        return Failure(f"A file is missing: {error.filename or error}.", "Check that it was not moved or deleted.")
    if isinstance(error, PermissionError):
        return Failure(f"A file may not be read or written: {error.filename or error}.", "Check its permissions.")
    if isinstance(error, ImportError):
        return Failure(
            f"A part of the training runtime is missing: {error}.", "Install Curator again, or run its doctor."
        )
    if by_words is not None:
        return by_words
    detail = words.splitlines()[0][:200] if words else type(error).__name__
    return Failure(f"It ended with an unexpected error: {detail}", _SEE_LOG)


def failure_of_signal(number: int, was_short_of_memory: bool, log: str = "") -> Failure:
    """What happened and what to do, for a worker that a signal ended; `log` is what it said last.

    Metal ends the process (abort) for want of memory as well as for a step that takes too long, and tells only in the
    log which. Without a graphics processor mlx does not check what the system gives it: too little memory is a
    segmentation fault there (seen with mlx 0.32.4 on Linux).
    """
    if number == signal.SIGKILL:
        if was_short_of_memory:
            return Failure("The computer ran out of memory and ended it.", _SMALLER, MEMORY, is_interruption=True)
        return Failure(
            "It was ended from outside; most often the computer was short of memory.",
            "What was learned up to the last checkpoint is kept. " + _SMALLER,
            KILLED,
            is_interruption=True,
        )
    if number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        hint = "Start it again; it goes on from its last checkpoint."
        return Failure("It was ended from outside.", hint, KILLED, is_interruption=True)
    by_words = _by_words(log)
    if number == signal.SIGABRT:
        return by_words or Failure("The graphics or memory system ended it (abort).", _SMALLER, DEVICE)
    if number in (signal.SIGSEGV, signal.SIGBUS):
        name = signal.Signals(number).name
        return by_words or Failure(f"It crashed ({name}); most often there was not enough memory.", _SMALLER, MEMORY)
    return Failure(f"It crashed ({signal.Signals(number).name}).", _SEE_LOG)


def failure_of_exit(code: int, log: str) -> Failure:
    """What happened and what to do, for a worker that left with `code` and without a word of its own."""
    return _by_words(log) or Failure(f"The worker ended with code {code}.", _SEE_LOG)


def _by_words(words: str) -> Failure | None:
    """The failure that mlx or a driver speaks of, if any."""
    words = words.lower()
    if any(word in words for word in _WATCHDOG_WORDS):
        return Failure(_GAVE_UP, _DISPLAY_OFF, WATCHDOG)
    if any(word in words for word in _MEMORY_WORDS):
        return Failure(_NO_MEMORY, _SMALLER, MEMORY)
    if any(word in words for word in _DEVICE_WORDS):
        return Failure(_LOST, _LOST_HINT, DEVICE)
    if any(word in words for word in _EXPERTS_WORDS):
        return Failure(_EXPERTS, _NO_EXPERTS)
    if any(word in words for word in _NO_GRADIENT_WORDS):
        return Failure(_NO_GRADIENT, "Choose another base model.")
    return None
