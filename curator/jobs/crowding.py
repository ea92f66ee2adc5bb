"""How much a worker has to share the processor: what its threads have run, and what they have waited for one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_NANO = 1e-9


@dataclass(frozen=True, slots=True)
class Turns:
    """Seconds of all threads together, since each began: at work on a processor, and ready for work without one."""

    ran: float = 0.0
    waited: float = 0.0


def turns(pid: int, proc: Path = PROC) -> Turns | None:
    """What the threads of a process have had so far, as Linux counts it (`schedstat`: nanoseconds run, nanoseconds
    waited, turns). None where the system does not tell, and for a process that is gone."""
    ran = waited = 0
    is_known = False
    try:
        for thread in (proc / str(pid) / "task").iterdir():
            try:
                numbers = (thread / "schedstat").read_text(encoding="ascii").split()
                ran, waited, is_known = ran + int(numbers[0]), waited + int(numbers[1]), True
            except (OSError, ValueError, IndexError):
                continue  # this thread has just ended
    except OSError:
        return None
    return Turns(ran * _NANO, waited * _NANO) if is_known else None


def share_waited(before: Turns, now: Turns) -> float:
    """The share of the time between two looks in which the threads could have worked and had no processor, 0 to 1.
    Threads that wait for each other sleep, and do not count."""
    ran, waited = max(0.0, now.ran - before.ran), max(0.0, now.waited - before.waited)
    return waited / (ran + waited) if ran + waited > 0 else 0.0
