"""What a worker runs in: its command, its environment, and what keeps the computer awake meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Runtime:
    """A way to run a worker: `command` is followed by `--worker <folder>`; `environment` is added to the present one."""

    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


def bundled() -> Runtime:
    """This program itself as the worker."""
    raise NotImplementedError
