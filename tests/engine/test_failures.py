from __future__ import annotations

import errno
import signal

import pytest

from curator.core.errors import JobError
from curator.engine.failures import sentence_for, sentence_for_signal


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (JobError("So it is.", "Do this."), "So it is."),
        (MemoryError(), "not enough memory"),
        (RuntimeError("[malloc_or_wait] Unable to allocate 99 bytes."), "not enough memory"),
        (RuntimeError("[METAL] Command buffer execution failed: Insufficient Memory (0000000e)"), "not enough memory"),
        (RuntimeError("[METAL] Command buffer execution failed: GPU Timeout"), "graphics processor"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/x/y"), "A file is missing: /x/y."),
        (PermissionError(errno.EACCES, "Denied", "/x/y"), "may not be read or written: /x/y"),
        (ModuleNotFoundError("No module named 'mlx'"), "training runtime is missing"),
        (ZeroDivisionError(), "unexpected error: ZeroDivisionError"),
    ],
)
def test_every_failure_becomes_a_sentence_and_a_next_step(error: Exception, words: str) -> None:
    message, hint = sentence_for(error)
    assert words in message and hint and "Traceback" not in message


@pytest.mark.parametrize(
    ("number", "short_of_memory", "kind", "words"),
    [
        (signal.SIGKILL, True, "interrupted", "ran out of memory"),
        (signal.SIGKILL, False, "interrupted", "ended from outside"),
        (signal.SIGTERM, False, "interrupted", "ended from outside"),
        (signal.SIGABRT, False, "failed", "abort"),
        (signal.SIGSEGV, False, "failed", "SIGSEGV"),
    ],
)
def test_every_signal_becomes_a_sentence_and_a_next_step(
    number: int, short_of_memory: bool, kind: str, words: str
) -> None:
    told, message, hint = sentence_for_signal(number, short_of_memory)
    assert told == kind and words in message and hint
