"""The ranks of a ring: the first works in the job's folder here, the others beside it or on another computer."""

from __future__ import annotations

import json
import os
import secrets
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
from curator.jobs.away.leaving import clear_left
from curator.jobs.away.line import Check, Line, LineDownError
from curator.jobs.away.sitting import Sitting, remember_left
from curator.jobs.folder import read_events, write_job
from curator.jobs.runtimes.place import far_places, is_here
from curator.jobs.runtimes.runtime import Runtime, bundled
from curator.tokens.identity import base_fingerprint

HOSTS_FILE = "ring.json"
_ENDED_THERE = 255  # of an ssh that has nothing to say: the program over there was ended by a signal
_FIRST_PORT, _PORTS = 20_000, 12_000
"""Where another computer listens, drawn anew each time below the ports that systems give away by themselves: a process
that a broken line has left there, or somebody else's ring, would hold a fixed one."""


class Rank(Protocol):
    """One process of the ring."""

    name: str
    address: str
    """What the others connect to: "ip:port"."""

    def make_ready(self, hosts: list[list[str]], check: Check) -> None:
        """Put there what it needs. `check` is asked while that takes long, and may raise to give up. Raises JobError,
        LineDownError where its computer cannot be reached."""
        ...

    def start(self, number: int, report: int | None) -> subprocess.Popen[bytes]:
        """Start it. Its standard input is a pipe that ends with this process. Raises JobError."""
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

    def make_ready(self, hosts: list[list[str]], check: Check) -> None:
        """Everything is here but the addresses."""
        (self.folder / HOSTS_FILE).write_text(json.dumps(hosts), encoding="utf-8")

    def start(self, number: int, report: int | None) -> subprocess.Popen[bytes]:
        """Start it in its folder."""
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
    """A process of another computer, at the end of an ssh line; it ends with the line. `folder` is what is sent,
    `job` the job's own folder, which knows of the rows there until they are deleted."""

    def __init__(self, folder: Path, place: RuntimeSpec, job: Path) -> None:
        self.folder, self._job = folder, job
        self._sitting = Sitting.new(place)
        self._line = Line(self._sitting.place)
        self._far = FarSide(self._line, self._sitting.key)
        self._process: subprocess.Popen[bytes] | None = None
        self.name = self._line.name
        self.address = f"{_resolved(self._line)}:{_FIRST_PORT + secrets.randbelow(_PORTS)}"

    def make_ready(self, hosts: list[list[str]], check: Check) -> None:
        """Send what it lacks."""
        order = json.loads((self.folder / "order.json").read_text(encoding="utf-8"))
        (self.folder / HOSTS_FILE).write_text(json.dumps(hosts), encoding="utf-8")
        fingerprint = str(order.get("base") or base_fingerprint(Path(order["model"])))
        if not self._far.prepare(fingerprint, check):
            self._far.send_model(Path(order["model"]), fingerprint, check)
        remember_left(self._job, self._sitting)
        self._far.send_job(self.folder, order, fingerprint, check)

    def start(self, number: int, report: int | None) -> subprocess.Popen[bytes]:
        """Start it over there."""
        self._process = self._far.rank(number)
        return self._process

    def complaint(self) -> str:
        """What went wrong with the line, or the failure that it told over there."""
        process = self._process
        if process is None or not process.poll() or process.stderr is None:
            return ""  # at work, or through
        os.set_blocking(process.stderr.fileno(), False)  # somebody that it started may never close it
        words = (process.stderr.read() or b"").decode(errors="replace")
        if not words.strip() and process.returncode == _ENDED_THERE:
            return f"The process of the ring on {self.name} was ended there."
        failure = self._line.failure(process.returncode, words)
        if isinstance(failure, LineDownError):
            return failure.message
        try:
            told = self._far.complaint()
        except JobError as error:
            return error.message
        return f"{self.name}: {told}" if told else failure.message

    def leave(self) -> None:
        """Delete the rows over there. A computer that cannot be reached keeps them until the run goes on with it, or
        the place is checked, or the run deleted."""
        with suppress(JobError):
            clear_left(self._job, self._sitting.place)


def make_ranks(folder: Path, order: dict[str, Any], spec: RuntimeSpec) -> list[Rank]:
    """The ranks of this job, the first in its own folder; each of the others is given the order anew, and the first
    one's checkpoints, since all have to begin at the same step. Here they are this program; `spec.python` is the
    interpreter of the other computers. Raises JobError, LineDownError where one cannot be reached."""
    others = far_places(spec)
    for other in others:
        clear_left(folder, other)  # an earlier ring's, which may still be at work there
    own = _own_address(others[0]) if others else "127.0.0.1"
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
            ranks.append(RemoteRank(place, replace(spec, kind=RuntimeKind.SSH, host=host), folder))
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


def _own_address(other: RuntimeSpec) -> str:
    """This computer's address as that one sees it; nothing is sent for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((_resolved(Line(other)), 9))
        address: str = probe.getsockname()[0]
        return address
