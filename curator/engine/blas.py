"""What the numbers are computed with: the BLAS this process has mapped, the device, the versions."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import mlx.core as mx

from curator import __version__

MAPS = Path("/proc/self/maps")


def blas_name(maps: Path = MAPS) -> str:
    """“OpenBLAS” where one is loaded in front of mlx's own, “Accelerate” on macOS, else “mlx's own (slow)”."""
    if sys.platform == "darwin":
        return "Accelerate"
    try:
        mapped = maps.read_text(encoding="utf-8", errors="replace").lower()
    except OSError:
        return "unknown"
    return "OpenBLAS" if "openblas" in mapped else "mlx's own (slow)"


def device_name() -> str:
    """“gpu” or “cpu”, with the chip's name where mlx tells it."""
    device = mx.default_device()
    if mx.metal.is_available():
        return str(mx.device_info().get("device_name", "gpu"))
    return f"{device.type.name} ({platform.machine()})"


def made_with() -> dict[str, str]:
    """What decides about the last digits of a run: the versions of what computes, the BLAS and the device. Python and
    the tokenizer are not among it; what they make, the rows' tokens and order, is compared itself."""
    found = versions()
    computing = {name: found[name] for name in ("mlx", "mlx-lm")}
    return {"Curator": __version__, **computing, "BLAS": blas_name(), "device": device_name()}


def versions() -> dict[str, str]:
    """Versions that a run's figures depend on."""
    found = {"python": platform.python_version()}
    for package in ("mlx", "mlx-lm", "tokenizers"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found
