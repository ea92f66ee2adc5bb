"""Curator.app as PyInstaller leaves it → completed, looked over, signed, in a .dmg. Runs on a Mac."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from macos.checks import problems
from macos.image import image_command, image_name, stage
from macos.metal import place_kernels
from macos.signing import EXECUTABLE, image_sign_commands, notary_commands, note, sign_commands
from macos.wheels import PLATFORM, locked, wheel_commands, wheel_tags

Say = Callable[[str], None]
_TRIES = 3  # hdiutil: "create failed - Resource busy", while Spotlight looks at what was just copied


class PackageError(Exception):
    """The app cannot be packaged; the message says why."""


def program(app: Path) -> Path:
    """The program in the app, which a terminal can start too."""
    return app / "Contents" / "MacOS" / EXECUTABLE


def can_train(python: Path) -> bool:
    """Whether mlx finds graphics here; a Mac in a data centre, such as GitHub's, often has none."""
    code = "import mlx.core as mx; mx.eval(mx.ones(2) + 1)"
    return subprocess.run([str(python), "-c", code], capture_output=True, check=False).returncode == 0


def use_old_wheels(python: Path, packages: Path, lock: Path) -> None:
    """Have mlx for macOS 14 in the build's environment. `packages` is its site-packages, `lock` its requirements."""
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch) / "mlx.txt"
        requirements.write_text(locked(lock.read_text(encoding="utf-8")), encoding="utf-8")
        _run(wheel_commands(python, requirements, Path(scratch) / "wheels"))
    for found in sorted(packages.glob("mlx*.dist-info/WHEEL")):
        tags = wheel_tags(found.read_text(encoding="utf-8"))
        if any("macosx" in tag and not tag.endswith(PLATFORM) for tag in tags):
            raise PackageError(f"{found.parent.name} is for {', '.join(tags)}, not for {PLATFORM}.")


def finish(app: Path, root: Path, out: Path, version: str, venv: Path, say: Say, *, is_quick: bool) -> list[Path]:
    """Complete, check and sign an app, and make the .dmg in `out`, unless `is_quick`; returns what was made. Raises
    PackageError. `root` and `venv` are for the other systems."""
    place_kernels(app)
    if found := problems(app):
        raise PackageError("Curator.app would not run everywhere:\n  " + "\n  ".join(found) + hint(found))
    environment = os.environ
    _run(sign_commands(app, environment))
    if is_quick:
        return [app]
    if commands := notary_commands(app, environment):
        say("Apple looks at Curator.app; this takes some minutes")
        _run(commands)
        app.with_suffix(".zip").unlink(missing_ok=True)
    image = out / image_name(version)
    with tempfile.TemporaryDirectory() as scratch:
        shown = Path(scratch) / "shown"
        _run([stage(app, shown)])
        _run([image_command(shown, image)], tries=_TRIES)
    _run(image_sign_commands(image, environment))
    _run(notary_commands(image, environment))
    if words := note(environment):
        say(words)
    return [image]


def hint(found: list[str]) -> str:
    """What to do about these problems, where it is known; empty where not."""
    if any(".abi3." in problem or ".framework" in problem for problem in found):
        return "\nBuild with Python 3.11: it takes PySide6 6.11, which runs on macOS 14. 6.12 does not."
    return ""


def _run(commands: Iterable[list[str]], tries: int = 1) -> None:
    for command in commands:
        if shutil.which(command[0]) is None:
            raise PackageError(f"{command[0]} is missing. Install Xcode's command line tools: xcode-select --install")
        for left in reversed(range(tries)):
            done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
            if done.returncode == 0:
                break
            if not left:
                raise PackageError(f"{command[0]} failed:\n{done.stdout}{done.stderr}".rstrip())
