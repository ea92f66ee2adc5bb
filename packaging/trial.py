"""Try a packaged app by its verbs, where no window can be driven: the whole way but the training, in a home of its own.

Standard library only. Usage: trial.py PROGRAM
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


def try_verbs(program: Path, home: Path) -> list[str]:
    """Import the samples, mark, count and freeze; each in a process of its own. Returns what was printed."""
    told = [ask(program, home, "--version"), ask(program, home, "import", str(SAMPLES))]
    if " new" not in told[-1]:
        raise TrialError(f"The samples were not imported: {told[-1]}")
    ask(program, home, "mark", *CLEAN, "clean")
    told.append(ask(program, home, "freeze").splitlines()[-1])
    return told


def main() -> None:
    """Try it, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=Path)
    program = parser.parse_args().program.resolve()
    with tempfile.TemporaryDirectory(prefix="curator trial é ") as home:
        try:
            told = try_verbs(program, Path(home))
        except TrialError as error:
            sys.exit(f"trial: {error}")
    sys.stdout.write("".join(f"trial: {line}\n" for line in told))


if __name__ == "__main__":
    main()
