"""The ranks of a ring: the first works in the job's folder here, the others beside it or on another computer."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import psutil

from curator.core.errors import JobError
from curator.core.job import EVENTS_FILE, LOG_FILE
from curator.core.machine import RuntimeKind, RuntimeSpec
from curator.jobs.away.far_side import FarSide
from curator.jobs.away.line import Check, Line
from curator.jobs.folder import read_events, write_job
from curator.jobs.runtimes.runtime import Runtime, bundled
from curator.tokens.identity import base_fingerprint

HOSTS_FILE = "ring.json"
_FIRST_PORT = 32323  # mlx's own choice
_HERE = frozenset({"", "127.0.0.1", "localhost"})


def is_here(host: str) -> bool:
    """Whether a member of the ring is a process of this computer."""
    return host in _HERE


class Rank(Protocol):
    """One process of the ring."""

    name: str
    address: str
    """What the others connect to: "ip:port"."""

    def start(self, number: int, hosts: list[list[str]], report: int | None, check: Check) -> subprocess.Popen[bytes]:
        """Start it. Its standard input is a pipe that ends with this process. `check` is asked while that takes long,
        and may raise to give up. Raises JobError."""
        ...

    def complaint(self) -> str:
        """What it said went wrong, if anything."""
        ...

    def leave(self) -> None:
        """Its process is gone: leave nothing of the job where it worked, but in the job's own folder."""
        ...


class LocalRank:
    """A process of this computer. The first rank is always one."""

    def __init__(self, folder: Path, address: str = "127.0.0.1") -> None:
        self.folder, self.name = folder, "this computer"
        self.address = f"{address}:{_free_port()}"
        self._runtime = bundled()

    def start(self, number: int, hosts: list[list[str]], report: int | None, check: Check) -> subprocess.Popen[bytes]:
        """Start it in its folder."""
        (self.folder / HOSTS_FILE).write_text(json.dumps(hosts), encoding="utf-8")
        environment = _ring(self._runtime, number, self.folder).environ(os.environ)
        if report is not None:
            environment["CURATOR_REPORT"] = str(report)
        with (self.folder / LOG_FILE).open("ab") as log:
            return subprocess.Popen(
                [*self._runtime.command, "--rank", str(self.folder)],
                stdin=subprocess.PIPE,
                stdout=log.fileno(),
                stderr=subprocess.STDOUT,
                env=environment,
                pass_fds=() if report is None else (report,),
            )

    def complaint(self) -> str:
        """The message of its failure."""
        events, _ = read_events(self.folder)
        return str(events[-1].figures.get("message", "")) if events and events[-1].kind == "failed" else ""

    def leave(self) -> None:
        """The agent deletes the folders beside the job's own."""


class RemoteRank:
    """A process of another computer, at the end of an ssh line; it ends with the line. `folder` is what is sent."""

    def __init__(self, folder: Path, spec: RuntimeSpec, host: str, number: int, key: str) -> None:
        self.folder = folder
        self._line = Line(replace(spec, kind=RuntimeKind.SSH, host=host))
        self._far = FarSide(self._line, key)
        self.name = self._line.name
        self.address = f"{_resolved(self._line)}:{_FIRST_PORT + number}"

    def start(self, number: int, hosts: list[list[str]], report: int | None, check: Check) -> subprocess.Popen[bytes]:
        """Send what it lacks, then start it."""
        order = json.loads((self.folder / "order.json").read_text(encoding="utf-8"))
        (self.folder / HOSTS_FILE).write_text(json.dumps(hosts), encoding="utf-8")
        fingerprint = str(order.get("base") or base_fingerprint(Path(order["model"])))
        if not self._far.prepare(fingerprint, check):
            self._far.send_model(Path(order["model"]), fingerprint, check)
        self._far.send_job(self.folder, order, fingerprint, check)
        return self._far.rank(number)

    def complaint(self) -> str:
        """Its events stay over there: nothing is known here."""
        return ""

    def leave(self) -> None:
        """Delete the rows over there. A computer that cannot be reached keeps them until it is used again."""
        with suppress(JobError):
            self._far.forget(self.folder)


def make_ranks(folder: Path, order: dict[str, Any], spec: RuntimeSpec, key: str) -> list[Rank]:
    """The ranks of this job, the first in its own folder; each of the others is given the order anew, and the first
    one's checkpoints, since all have to begin at the same step. Here they are this program; `spec.python` is the
    interpreter of the other computers. Raises JobError."""
    others = [host for host in spec.hosts[1:] if not is_here(host)]
    own = _own_address(others[0], spec) if others else "127.0.0.1"
    ranks: list[Rank] = [LocalRank(folder, own)]
    for number, host in enumerate(spec.hosts[1:], start=1):
        place = folder / "ranks" / str(number)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        for path in folder.iterdir():
            if path.name.startswith("checkpoint") or path.name == "sparing":
                shutil.copy2(path, place / path.name)
        helping = {name: value for name, value in order.items() if name != "runtime"} | {"kind": "help_train"}
        if is_here(host):
            write_job(place, helping)
            ranks.append(LocalRank(place, own))
        else:
            (place / "order.json").write_text(json.dumps(helping, ensure_ascii=False), encoding="utf-8")
            ranks.append(RemoteRank(place, spec, host, number, f"{key}-{number}"))
    return ranks


def is_listening(pid: int, address: str) -> bool:
    """Whether a process waits for the others at its address."""
    port = int(address.rpartition(":")[2])
    try:
        connections = psutil.Process(pid).net_connections(kind="tcp")
    except psutil.Error:
        return False
    return any(c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port for c in connections)


def told_bytes(folder: Path) -> int:
    """How much the first rank has told."""
    try:
        return (folder / EVENTS_FILE).stat().st_size
    except OSError:
        return 0


def _ring(runtime: Runtime, number: int, folder: Path) -> Runtime:
    own = {"MLX_RANK": str(number), "MLX_HOSTFILE": str(folder / HOSTS_FILE)}
    return replace(runtime, environment=runtime.environment | own)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _resolved(line: Line) -> str:
    """The address of that computer; ssh knows the name that stands behind its own."""
    name = line.real_name()
    try:
        return socket.gethostbyname(name)
    except OSError as error:
        raise JobError(f"No computer called {name} is known in this network.", "Check its name.") from error


def _own_address(host: str, spec: RuntimeSpec) -> str:
    """This computer's address as that one sees it; nothing is sent for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((_resolved(Line(replace(spec, kind=RuntimeKind.SSH, host=host))), 9))
        address: str = probe.getsockname()[0]
        return address
