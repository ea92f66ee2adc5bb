from __future__ import annotations

import errno
import signal
from pathlib import Path

import mlx.core as mx
import pytest
from tiny_model import build_tiny_model

from curator.core.errors import JobError
from curator.engine.base import load_base
from curator.engine.course import DivergedError
from curator.engine.failures import failure_of, failure_of_signal

METAL = "[METAL] Command buffer execution failed"


@pytest.mark.parametrize(
    ("error", "words", "cause"),
    [
        (JobError("So it is.", "Do this."), "So it is.", "other"),
        (DivergedError("No number.", "Lower it.", {}), "No number.", "nan"),
        (MemoryError(), "not enough memory", "memory"),
        (RuntimeError("[malloc_or_wait] Unable to allocate 99 bytes."), "not enough memory", "memory"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "not enough memory", "memory"),
        (ImportError("x.so: failed to map segment from shared object: Cannot allocate memory"), "not enough", "memory"),
        (RuntimeError(f"{METAL}: Insufficient Memory (0000000e)"), "not enough memory", "memory"),
        (RuntimeError(f"{METAL}: GPU Timeout"), "graphics processor", "watchdog"),
        (RuntimeError("cudaMallocAsync failed: out of memory"), "not enough memory", "memory"),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), "was lost", "device"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full", "other"),
        (OSError(errno.EDQUOT, "Quota exceeded"), "disk is full", "other"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/x/y"), "A file is missing: /x/y.", "other"),
        (PermissionError(errno.EACCES, "Denied", "/x/y"), "may not be read or written: /x/y", "other"),
        (ModuleNotFoundError("No module named 'mlx'"), "training runtime is missing", "other"),
        (ValueError("[gather_axis] Cannot calculate VJP with respect to indices."), "cannot train", "other"),
        (RuntimeError("[Primitive::vjp] Not implemented for CustomKernel."), "cannot train", "other"),
        (RuntimeError("[metal_kernel] No Metal back-end."), "or not on this computer", "other"),
        (ZeroDivisionError(), "unexpected error: ZeroDivisionError", "other"),
    ],
)
def test_every_failure_becomes_a_sentence_and_a_next_step(error: Exception, words: str, cause: str) -> None:
    failure = failure_of(error)
    assert words in failure.message and failure.hint and "Traceback" not in failure.message
    assert failure.cause == cause and not failure.is_interruption


@pytest.mark.parametrize(
    ("number", "short_of_memory", "log", "words", "cause"),
    [
        (signal.SIGKILL, True, "", "ran out of memory", "memory"),
        (signal.SIGKILL, False, "", "ended from outside", "killed"),
        (signal.SIGTERM, False, "", "ended from outside", "killed"),
        (signal.SIGABRT, False, "", "abort", "device"),
        (signal.SIGABRT, False, f"{METAL}: Insufficient Memory (OutOfMemory)", "not enough memory", "memory"),
        (signal.SIGABRT, False, f"{METAL}: Impacting Interactivity (0000000e)", "gave up on a step", "watchdog"),
        (signal.SIGABRT, False, f"{METAL}: Internal Error", "was lost", "device"),
        (signal.SIGSEGV, False, "", "SIGSEGV", "memory"),
        (signal.SIGILL, False, "", "SIGILL", "other"),
    ],
)
def test_every_signal_becomes_a_sentence_and_a_next_step(
    number: int, short_of_memory: bool, log: str, words: str, cause: str
) -> None:
    failure = failure_of_signal(number, short_of_memory, log)
    assert words in failure.message and failure.hint and failure.cause == cause
    assert failure.is_interruption == (number in (signal.SIGKILL, signal.SIGTERM))


def test_experts_of_16_bits_on_a_processor_are_told_in_a_sentence(tmp_path: Path) -> None:
    folder = build_tiny_model(tmp_path / "model", "mixtral")
    weights = mx.load(str(folder / "model.safetensors"))
    assert isinstance(weights, dict)
    halves = {name: value.astype(mx.bfloat16) for name, value in weights.items()}
    mx.save_safetensors(str(folder / "model.safetensors"), halves, {"format": "mlx"})
    model, _ = load_base(folder)
    with pytest.raises(RuntimeError) as raised, mx.stream(mx.cpu):
        mx.eval(model(mx.array([[1, 2, 3]])))
    failure = failure_of(raised.value)
    assert "experts" in failure.message and "no mixture" in failure.hint
