"""The computer before and during training: what is checked, and where a run can be sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How much a finding matters: nothing to do, worth knowing, or better not to start."""

    FINE = "fine"
    WARNING = "warning"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `subject` is a short stable word ("memory", "disk", "validation"), `sentence`
    what was found in the person's words, `hint` what to do about it."""

    subject: str
    weight: Weight
    sentence: str
    hint: str = ""


class RuntimeKind(StrEnum):
    """Ways to run a worker."""

    BUNDLED = "bundled"  # this program
    PYTHON = "python"  # another Python environment on this computer, such as one with mlx for CUDA
    SSH = "ssh"  # another computer
    RING = "ring"  # several processes or computers together (data parallel), experimental


@dataclass(frozen=True, slots=True)
class RuntimeSpec:
    """A place to train, as the person named it. `python` is the interpreter there; `host` an ssh destination
    ("user@mac.local", "ssh://user@host:port"); `folder` where jobs are kept there; `hosts` the ring's addresses."""

    name: str
    kind: RuntimeKind = RuntimeKind.BUNDLED
    python: str = ""
    host: str = ""
    folder: str = ""
    hosts: tuple[str, ...] = ()
    options: tuple[str, ...] = ()  # further options of the ssh program, such as "-i", "key"
