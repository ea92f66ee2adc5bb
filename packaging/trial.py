"""Try a packaged app by its verbs, in a home of its own, where no window can be driven.

Standard library only. Usage: trial.py [--train] PROGRAM
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[1] / "resources" / "samples"
CLEAN = ("1", "2", "5", "6", "7", "8")
"""Six of the samples' exchanges, by their numbers in a new library; four are the least that can be frozen."""
_PATIENCE = 300.0  # seconds; a program that was never started is first looked through by the system


class TrialError(Exception):
    """The app did not do what it was asked to; the message says what."""


def environment(home: Path) -> dict[str, str]:
    """What the app is started with: nothing of the project or of its Python, and a home that is thrown away."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "CURATOR"))
    }
    places = {name: str(home) for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")}
    return kept | places | {"CURATOR_LIBRARY": str(home / "a library"), "CURATOR_MODELS": str(home / "models")}


def ask(program: Path, home: Path, *words: str) -> str:
    """What a verb prints. Raises TrialError where it fails or hangs."""
    command = [str(program), *words]
    try:
        done = subprocess.run(
            command, env=environment(home), cwd=home, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TrialError(f"{' '.join(words)}: {error}") from error
    printed = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", "replace").strip()
        raise TrialError(f"{' '.join(words)} ended with code {done.returncode}:\n{printed}\n{told}")
    return printed


def try_verbs(program: Path, home: Path, *, can_train: bool) -> list[str]:
    """Import the samples and mark some; where it `can_train`, also count them with the starter model, freeze them, and
    have the doctor train a step. Each in a process of its own. Returns what was printed."""
    told = [ask(program, home, "--version"), ask(program, home, "import", str(SAMPLES))]
    if " new" not in told[-1]:
        raise TrialError(f"The samples were not imported: {told[-1]}")
    ask(program, home, "mark", *CLEAN, "clean")
    told.append(f"{len(ask(program, home, 'rows').splitlines())} clean rows")
    if can_train:
        told.append(ask(program, home, "freeze").splitlines()[-1])
        told.append(ask(program, home, "doctor").splitlines()[-1])
    return told


def main() -> None:
    """Try it, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=Path)
    parser.add_argument("--train", action="store_true", help="there is what training needs")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="curator trial é ") as home:
        try:
            told = try_verbs(wanted.program.resolve(), Path(home), can_train=wanted.train)
        except TrialError as error:
            sys.exit(f"trial: {error}")
    sys.stdout.write("".join(f"trial: {line}\n" for line in told))


if __name__ == "__main__":
    main()
