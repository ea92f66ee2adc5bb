"""The smoke test where no bare system can be made (macOS, Windows): the built app in a terminal."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from smoke.account import Account, SmokeError

ITERATIONS = 3


def play(account: Account, program: Sequence[str], has_engine: bool) -> None:
    """Ask for the version, let the doctor look, and train the samples for a few updates where the engine is inside."""
    with tempfile.TemporaryDirectory(prefix="Curator Zoë ") as scratch:
        with account.step("it says its version") as step:
            step.seen.append(run(program, Path(scratch), "--version"))
        with account.step("the doctor looks at everything") as step:
            step.seen += run(program, Path(scratch), "doctor", "--json").splitlines()
        if has_engine:
            with account.step(f"it trains the samples for {ITERATIONS} updates") as step:
                step.seen.append(run(program, Path(scratch), "demo", "--iterations", str(ITERATIONS))[-400:])


def run(program: Sequence[str], scratch: Path, *words: str) -> str:
    """What the app writes, which has to end well."""
    own = {"CURATOR_LIBRARY": str(scratch / "library"), "CURATOR_MODELS": str(scratch / "models")}
    ended = subprocess.run(
        [*program, *words],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=1200,
        check=False,
    )
    if ended.returncode != 0:
        raise SmokeError(f"{' '.join(words)} ended with {ended.returncode}: {(ended.stderr or ended.stdout)[-1500:]}")
    return ended.stdout.strip()
