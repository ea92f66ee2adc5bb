"""Trains in a forked process and kills it at random moments, again and again until it is through.

`killed_training.py FOLDER SEED`: prints how often it was killed. mlx is imported once, before the first fork.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
os.environ.setdefault("MLX_DISABLE_COMPILE", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from trained_runs import train_here  # noqa: E402  before the fork, so that a kill costs no import

FIRST, MOST = 0.02, 200


def main() -> int:
    folder, chance = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
    longest, kills, size = FIRST, 0, 0
    while kills < MOST:
        child = os.fork()
        if child == 0:
            sink = os.open(os.devnull, os.O_WRONLY)
            os.dup2(sink, 1)
            train_here(folder)
            os._exit(0)
        time.sleep(chance.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if status == 0:
            sys.stdout.write(f"{kills}\n")
            return 0
        kills += 1
        now = checkpoints(folder)
        longest = longest if now > size else longest * 1.2  # as short as it comes forward at all
        size = now
    return 1


def checkpoints(folder: Path) -> int:
    """How many have been told of."""
    try:
        return (folder / "events.jsonl").read_bytes().count(b'"checkpoint"')
    except FileNotFoundError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
