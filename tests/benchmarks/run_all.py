"""Runs every benchmark in turn and prints its figures: `make bench`. Ratios within one run, CPU seconds, medians."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run each bench_*.py in a process of its own; the exit code is the number that failed to run."""
    failed = 0
    for script in sorted(HERE.glob("bench_*.py")):
        sys.stdout.write(f"\n== {script.stem.removeprefix('bench_')} ==\n")
        sys.stdout.flush()
        failed += subprocess.run([sys.executable, str(script), *sys.argv[1:]], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
