"""Where a worker runs: this program, another Python, another computer over ssh, several together. One interface."""

from __future__ import annotations

from curator.jobs.runtimes.openblas import find_openblas, openblas_in
from curator.jobs.runtimes.place import Place, far_places, from_order, place_of, to_order
from curator.jobs.runtimes.runtime import Runtime, bundled
from curator.jobs.runtimes.trial import try_out

__all__ = [
    "Place",
    "Runtime",
    "bundled",
    "far_places",
    "find_openblas",
    "from_order",
    "openblas_in",
    "place_of",
    "to_order",
    "try_out",
]
