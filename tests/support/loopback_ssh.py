"""Another computer for tests: a real sshd on 127.0.0.1 with keys, configuration and folders of its own."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

from curator.core.machine import RuntimeKind, RuntimeSpec

_MISSING = "There is no {} here; on Debian and Ubuntu type: apt-get install -y openssh-server openssh-client rsync"


class OtherComputer:
    """An sshd that can be killed and started again, and what its clients need to reach it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.area = folder / "area"
        self._server: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        for name in ("host", "person"):
            self._make_key(name)
        (folder / "authorized_keys").write_bytes((folder / "person.pub").read_bytes())
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._write_settings()
        self.know_host((folder / "host.pub").read_text())
        self.python = self._make_python()

    @property
    def spec(self) -> RuntimeSpec:
        """How the person would name it."""
        host = f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}"
        options = ("-F", str(self.folder / "client"))
        return RuntimeSpec("loopback", RuntimeKind.SSH, str(self.python), host, str(self.area), options=options)

    def know_host(self, key: str) -> None:
        """Write the client's list of known hosts: this key belongs to that computer."""
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {key}")

    def start(self) -> None:
        """Start sshd and wait until it takes connections."""
        program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
        assert program, _MISSING.format("sshd")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd insists on it when root starts it
        with (self.folder / "sshd.log").open("ab") as log:
            self._server = subprocess.Popen([program, "-D", "-e", "-f", str(self.folder / "server")], stderr=log)
        end = time.monotonic() + 120
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self._server.poll() is None, (self.folder / "sshd.log").read_text()
            time.sleep(0.02)
        raise AssertionError("sshd did not start")

    def drop_lines(self) -> int:
        """Break every connection that is open; the server goes on. Returns how many there were."""
        sessions = self._sessions()
        for session in sessions:
            with contextlib.suppress(psutil.Error):
                session.kill()
        return len(sessions)

    def stop(self) -> None:
        """Break every connection, and take no more."""
        if self._server is None:
            return
        sessions = self._sessions()  # they outlive the server, and are its children only as long as it lives
        self._server.kill()
        self._server.wait(timeout=120)
        self._server = None
        for session in sessions:
            with contextlib.suppress(psutil.Error):
                session.kill()

    def _sessions(self) -> list[psutil.Process]:
        """The processes of sshd that serve a connection, not what runs in them."""
        assert self._server is not None
        below = psutil.Process(self._server.pid).children(recursive=True)
        found = []
        for process in below:
            with contextlib.suppress(psutil.Error):
                if process.name().startswith("sshd"):
                    found.append(process)
        return found

    def job_folders(self) -> list[Path]:
        """The jobs that lie over there."""
        return sorted((self.area / "jobs").glob("*")) if (self.area / "jobs").is_dir() else []

    def _make_key(self, name: str) -> None:
        assert shutil.which("ssh-keygen"), _MISSING.format("ssh-keygen")
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(self.folder / name)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)

    def _write_settings(self) -> None:
        (self.folder / "server").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.folder}/host\n"
            f"AuthorizedKeysFile {self.folder}/authorized_keys\nPidFile {self.folder}/sshd.pid\n"
            "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nMaxStartups 100\n"
        )
        (self.folder / "client").write_text(
            f"Host *\nIdentityFile {self.folder}/person\nIdentitiesOnly yes\nStrictHostKeyChecking yes\n"
            f"UserKnownHostsFile {self.folder}/known_hosts\nGlobalKnownHostsFile /dev/null\n"
        )

    def _make_python(self) -> Path:
        """An interpreter with the packages, and with its own lock, as another computer has."""
        python = self.folder / "python"
        python.write_text(
            f"#!/bin/sh\nexport CURATOR_DEVICE_LOCK={self.folder}/device.lock MLX_DISABLE_COMPILE=1"
            f' OPENBLAS_NUM_THREADS=1\nexec {sys.executable} "$@"\n'
        )
        python.chmod(0o755)
        return python
