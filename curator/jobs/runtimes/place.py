"""The one interface of all places to train, and how a job's order names its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any, Protocol

from curator.core.errors import JobError
from curator.core.machine import Finding, RuntimeKind, RuntimeSpec
from curator.jobs.runtimes.local import Bundled, OtherPython
from curator.jobs.runtimes.runtime import Runtime

_HERE = frozenset({"", "127.0.0.1", "localhost"})


class Place(Protocol):
    """A place to train. The supervisor starts what `runtime` says in the job's folder; whatever the kind, that
    process signs the job, writes its events there and heeds its stop file."""

    def runtime(self) -> Runtime:
        """What to start on this computer. Raises JobError with what is missing."""
        ...

    def check(self) -> Iterator[Finding]:
        """Look at one thing after the other; never raises."""
        ...


def place_of(spec: RuntimeSpec) -> Place:
    """The place that this spec names. Raises JobError for one that cannot be used."""
    if spec.kind is RuntimeKind.BUNDLED:
        return Bundled(spec)
    if spec.kind is RuntimeKind.PYTHON:
        return OtherPython(spec)
    if spec.kind is RuntimeKind.SSH:
        from curator.jobs.runtimes.ssh import OverSsh

        return OverSsh(spec)
    from curator.jobs.runtimes.ring import Ring

    return Ring(spec)


def is_here(host: str) -> bool:
    """Whether a member of a ring is a process of this computer."""
    return host in _HERE


def far_places(spec: RuntimeSpec) -> list[RuntimeSpec]:
    """The other computers of this place, each as a place over ssh: the members of a ring are reached so as well."""
    if spec.kind is RuntimeKind.SSH:
        return [spec]
    others = [host for host in dict.fromkeys(spec.hosts) if not is_here(host)]
    return [replace(spec, kind=RuntimeKind.SSH, host=host) for host in others]


def to_order(spec: RuntimeSpec) -> dict[str, Any]:
    """The spec as `job.json` holds it under "runtime"."""
    return asdict(spec)


def from_order(value: object) -> RuntimeSpec:
    """The spec out of an order; nothing there means this program. Raises JobError for what is none."""
    if not value:
        return RuntimeSpec("")
    try:
        fields = dict(value)  # type: ignore[call-overload]
        return RuntimeSpec(
            name=str(fields["name"]),
            kind=RuntimeKind(fields.get("kind", RuntimeKind.BUNDLED)),
            python=str(fields.get("python", "")),
            host=str(fields.get("host", "")),
            folder=str(fields.get("folder", "")),
            hosts=tuple(map(str, fields.get("hosts", ()))),
            options=tuple(map(str, fields.get("options", ()))),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise JobError(
            "The order does not say where it is to run.", "Resume it on another place, or start it anew."
        ) from error
