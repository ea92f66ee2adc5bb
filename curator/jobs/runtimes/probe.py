"""Asks a Python, here or on another computer, whether it can train, and puts the answer into findings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from curator.core.machine import Finding, Weight

PROBE = """
import importlib.util, json, os, platform, shutil, subprocess, sys
told = {"python": platform.python_version(), "executable": sys.executable, "system": platform.platform()}
names = ("mlx", "mlx_lm", "transformers", "tokenizers", "jinja2", "numpy", "psutil", "platformdirs")
told["missing"] = [name.replace("_", "-") for name in names if importlib.util.find_spec(name) is None]
told["rsync"] = shutil.which("rsync") or ""
folder = os.path.abspath((sys.argv + ["."])[1])
while not os.path.isdir(folder):
    folder = os.path.dirname(folder)
told["free"] = shutil.disk_usage(folder).free
told["is_environment"] = sys.prefix != sys.base_prefix
told["build"] = "" if sys.platform == "darwin" else "cpu"
if told["build"] and shutil.which("nvidia-smi"):
    try:
        asked = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
        driver = int(subprocess.run(asked, capture_output=True, text=True, timeout=20).stdout.split(".")[0])
        told["build"] = "cuda13" if driver >= 580 else "cuda12" if driver >= 525 else "cpu"
    except (OSError, ValueError, subprocess.SubprocessError):
        pass
if not told["missing"]:
    try:
        import mlx.core as mx
        mx.eval(mx.ones(8) + 1)
        told["mlx"] = mx.__version__
        told["device"] = str(mx.default_device())
        information = getattr(mx, "device_info", None) or getattr(mx.metal, "device_info", dict)
        told["name"] = str(information().get("device_name", ""))
        from importlib.metadata import version
        told["mlx_lm"] = version("mlx-lm")
    except Exception as error:
        told["problem"] = f"{type(error).__name__}: {error}"
print("curator-probe " + json.dumps(told))
"""
"""Run with `python -c`, and with the folder that jobs are kept in if it is not this one; needs nothing but Python 3.

Its answer is the line that begins with its name; `build` is which build of mlx that computer takes: on a Mac there is
one, elsewhere `mlx` alone comes without its library, and that for CUDA 13 needs driver 580, that for CUDA 12 driver 525
of NVIDIA."""

_MARK = "curator-probe "
_LEAST_PYTHON = (3, 11)
_LEAST_FREE = 2_000_000_000  # bytes


def answer_in(output: str) -> dict[str, Any] | None:
    """What the probe told, or None where it never came to speak."""
    for line in reversed(output.splitlines()):
        if line.startswith(_MARK):
            try:
                told = json.loads(line[len(_MARK) :])
            except ValueError:
                return None
            return told if isinstance(told, dict) else None
    return None


def findings(told: dict[str, Any], python: str) -> Iterator[Finding]:
    """The answer in words; `python` is how the person would call that interpreter."""
    version = str(told.get("python", "0"))
    is_old = tuple(int(part) for part in version.split(".")[:2]) < _LEAST_PYTHON
    if is_old:
        yield Finding("python", Weight.STOP, f"Its Python is {version}; 3.11 or newer is needed.", "Name another one.")
    else:
        yield Finding("python", Weight.FINE, f"Python {version} on {told.get('system', 'an unknown system')}.")
    missing = [str(name) for name in told.get("missing", ())]
    if missing and not is_old:  # whose packages would be of no use
        hint = _how_to_install(missing, told, python)
        yield Finding("packages", Weight.STOP, f"It lacks {', '.join(missing)}.", hint)
    elif not missing and (problem := told.get("problem")):
        hint = f"Type there: {python} -m pip install --force-reinstall {_mlx(told)}"
        yield Finding("mlx", Weight.STOP, f"Its mlx does not work: {problem}", hint)
    elif not missing:
        device = " ".join(part for part in (str(told.get("device", "")), str(told.get("name", ""))) if part)
        yield Finding("mlx", Weight.FINE, f"mlx {told.get('mlx')}, mlx-lm {told.get('mlx_lm')}, on {device}.")
    free = int(told.get("free", 0))
    if free < _LEAST_FREE:
        yield Finding("disk", Weight.WARNING, f"Only {free / 1e9:.1f} GB are free there.", "Make room for the model.")
    else:
        yield Finding("disk", Weight.FINE, f"{free / 1e9:.0f} GB are free.")


def _how_to_install(missing: list[str], told: dict[str, Any], python: str) -> str:
    """What to type over there. The Python of a system refuses packages (PEP 668): it makes an environment of them."""
    names = " ".join(_mlx(told) if name == "mlx" else name for name in missing)
    if told.get("is_environment", True):
        return f"Type there: {python} -m pip install {names}"
    own = "~/curator-python"
    made = f"{python} -m venv {own} && {own}/bin/pip install {names}"
    return f"Type there: {made}. Then name {own}/bin/python as its Python."


def _mlx(told: dict[str, Any]) -> str:
    return f'"mlx[{told["build"]}]"' if told.get("build") else "mlx"
