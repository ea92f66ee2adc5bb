"""Tries whether this program itself can train, with a few steps on a tiny model, and explains why where it cannot."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from curator.core.errors import JobError
from curator.core.job import LOG_FILE

_PATIENCE = 120.0  # seconds: the first import of mlx from a cold disk takes its time
_LAST = 20_000  # characters of the log, in which a library that is refused is named
_ENDED = "The training process ended without a word."

_REASONS = (
    (("metallib", "language version"), "The part for the graphics processor does not suit this Mac."),
    (("illegal instruction", "sigill"), "This processor lacks instructions that training needs."),
    (
        ("glibc", "cannot open shared object", "undefined symbol", "dll load failed"),
        "Its libraries do not suit this system.",
    ),
    (("library not loaded", "symbol not found", "code signature"), "macOS refuses one of its libraries."),
    (("no module named 'mlx", 'no module named "mlx'), "The part that trains is not in this package."),
)
"""Words in the log or in the failure of a runtime that came along, and what they mean to the person. The first:
stenolabs/stenoai issue 515 and jjang-ai/mlxstudio issue 104."""
_ELSEWHERE = "Make a Python environment instead, among the places to train, or train on another computer."


def try_out() -> dict[str, Any]:
    """Train a few steps in a worker of this program, as any run would. Returns what it told: `device`, `blas`,
    `losses`, `seconds`, `versions`. Raises JobError with the reason."""
    from curator.jobs.errands import run_errand  # which imports the runtimes

    with tempfile.TemporaryDirectory(prefix="curator-selftest-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        try:
            return run_errand(folder, {"kind": "selftest"}, _ENDED, patience=_PATIENCE)
        except JobError as error:
            raise explained(error, _end_of(folder / LOG_FILE)) from error


def explained(error: JobError, log: str, is_packaged: bool = getattr(sys, "frozen", False)) -> JobError:
    """The error in the person's words. In the packaged app nobody can mend the runtime that came along, but there is
    another way to train."""
    words = f"{error.message}\n{log}".lower()
    reason = reason_in(words)
    message = f"This program cannot train here. {reason or error.message}"
    return JobError(message, _ELSEWHERE if is_packaged else error.hint)


def reason_in(words: str) -> str:
    """Which of the known faults of a runtime these words of a log or a failure tell of; "" for none."""
    said = words.lower()
    return next((reason for signs, reason in _REASONS if any(sign in said for sign in signs)), "")


def _end_of(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace")[-_LAST:]
    except OSError:
        return ""
