"""Runs `curator` as a person would: a process of its own, its two voices and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Said:
    """What a verb printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Standard output as JSON, one object a line; fails on anything else there."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def only(self) -> dict[str, Any]:
        """The one object of standard output."""
        (value,) = self.lines
        return value


def curator(library: Path, *words: str | Path, stdin: str = "", **environment: str) -> Said:
    """Run one verb on a library and wait for it, ten minutes at most."""
    done = subprocess.run(
        [sys.executable, "-m", "curator", "--library", str(library), *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        input=stdin,
        timeout=600,
        check=False,
        env={**os.environ, **environment},
    )
    return Said(done.returncode, done.stdout, done.stderr)
