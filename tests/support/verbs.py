"""Runs `curator` as a person would, and keeps its two voices and its exit code apart."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curator.__main__ import main


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


def curator(library: Path, *words: str | Path, stdin: str = "") -> Said:
    """Run one verb on a library in this process, with streams of its own: quick, for most tests."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    kept = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["--library", str(library), *map(str, words)])
    finally:
        sys.stdin = kept
    for stream in (out, err):
        stream.seek(0)
    return Said(code, out.read(), err.read())


def curator_process(library: Path, *words: str | Path) -> Said:
    """Run one verb as a process of its own and wait for it, ten minutes at most."""
    done = subprocess.run(
        [sys.executable, "-m", "curator", "--library", str(library), *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=600,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)
