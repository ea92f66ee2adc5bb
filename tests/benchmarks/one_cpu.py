"""Keeps, where asked, a benchmark that compares CPU seconds, and every process it starts, on one CPU.

Two CPUs of a shared machine are often the two halves of one core: whoever works on one makes the other's seconds
longer. An import, which works on both, took 1.4 times the CPU seconds there that it took on one CPU (153 MB, on a quiet
virtual machine), while the limit beside it, which works on one, took the same. So the ratio said more of the machine
than of the program, and went from 0.26 to 0.34 between two days.
"""

from __future__ import annotations

import os


def stay_on_one_cpu() -> bool:
    """Bind this process and those it starts from now on to one CPU; whether the system can (Linux)."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return True
