"""The stage: a screen, a session bus, and the system in which the app is started as an ordinary user."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from smoke.account import SmokeError
from smoke.bare_root import Resident
from smoke.screen import screen

SIZE = "1440x900x24"
TOOLS = {
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "import": "imagemagick",
    "dbus-daemon": "dbus",
    "setpriv": "util-linux",
    "debootstrap": "debootstrap",
    "weston": "weston",
}
FILES = {
    "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",  # or nothing proves the bare system
}


def missing_tools() -> list[str]:
    """The Debian packages that the test needs on this computer and does not find."""
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    missing += [package for path, package in FILES.items() if not Path(path).exists()]
    reader = subprocess.run(["/usr/bin/python3", "-c", "import pyatspi"], capture_output=True, check=False)
    return missing if reader.returncode == 0 else [*missing, "python3-pyatspi"]


@dataclass(frozen=True)
class System:
    """Where the program runs: `root` is “/” for this system, else a folder with a system in it."""

    root: Path
    program: Sequence[str]
    resident: Resident
    folder: Path | None = None  # where the program is started, this system only

    @property
    def is_apart(self) -> bool:
        """Whether it is another system than this one."""
        return self.root != Path("/")

    @property
    def home(self) -> Path:
        """The home as seen from here."""
        return self.outside(self.resident.home)

    def outside(self, path: str) -> Path:
        """A path of that system as seen from here."""
        return self.root / path.lstrip("/")

    def as_resident(self) -> list[str]:
        """What makes the command after it one of the ordinary user's, in this system."""
        uid = str(self.resident.uid)
        return ["setpriv", "--reuid", uid, "--regid", uid, "--clear-groups", "--"] if os.geteuid() == 0 else []

    def command(self, words: Sequence[str], environment: Mapping[str, str]) -> list[str]:
        """The whole command line that runs some words in that system, with this environment and no other."""
        pairs = [f"{name}={value}" for name, value in environment.items()]
        start = self.resident.home if self.home.is_dir() else "/"
        clean = ["env", "-i", f"--chdir={self.folder or start}", *pairs, *words]
        if self.is_apart:
            uid = self.resident.uid
            return ["chroot", f"--userspec={uid}:{uid}", "--groups=", str(self.root), *clean]
        return [*self.as_resident(), *clean]


@dataclass
class Stage:
    """A screen with a session bus; gone with everything that was started when it is left."""

    system: System
    display: str
    runtime: str
    _started: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = field(default_factory=list)

    @property
    def here(self) -> dict[str, str]:
        """The environment of what looks and acts from outside."""
        return {"PATH": os.environ.get("PATH", ""), "HOME": "/tmp", "LANG": "C.UTF-8", **self._session}

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the app: that of a plain session, and nothing of this shell's."""
        return {
            "HOME": self.system.resident.home,
            "USER": self.system.resident.name,
            "LOGNAME": self.system.resident.name,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            **self._session,
        }

    @property
    def _session(self) -> dict[str, str]:
        bus = f"unix:path={self.runtime}/bus"
        return {"DISPLAY": self.display, "XDG_RUNTIME_DIR": self.runtime, "DBUS_SESSION_BUS_ADDRESS": bus}

    def start(self, *args: str, words: Sequence[str] | None = None, **changes: str | None) -> subprocess.Popen[bytes]:
        """Start the app with some arguments, by other `words` than its usual ones where given; `changes` are made to
        the environment (None: taken away)."""
        command = self.system.command([*(words or self.system.program), *args], self._changed(changes))
        said = TemporaryFile()  # noqa: SIM115  open as long as the app; a pipe that nobody reads would be full one day
        started = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)
        self._started.append((started, said))
        return started

    def said(self, app: subprocess.Popen[bytes]) -> str:
        """The last of what an app has written to its terminal."""
        said = next(said for started, said in self._started if started is app)
        said.seek(0)
        return said.read().decode(errors="replace").strip()[-1500:]

    def run(
        self, *args: str, program: str = "", seconds: float = 120, **changes: str | None
    ) -> subprocess.CompletedProcess[str]:
        """Run the app to its end, as in a terminal, another copy of it where `program` names one; `changes` as for
        `start`."""
        words = [program] if program else self.system.program
        command = self.system.command([*words, *args], self._changed(changes))
        try:
            return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired as late:
            raise SmokeError(f"{' '.join(args)} did not end in {seconds:.0f} s") from late

    def _changed(self, changes: Mapping[str, str | None]) -> dict[str, str]:
        merged = {**self.environment, **changes}
        return {name: value for name, value in merged.items() if value is not None}

    def end(self) -> None:
        """End what is still running."""
        for one, _said in self._started:
            if one.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(one.pid, signal.SIGKILL)
                one.wait(timeout=10)


@contextmanager
def stage(system: System, runtime: str) -> Iterator[Stage]:
    """Put up a screen and a session bus at `runtime`, the same path in both systems."""
    server, display = screen(SIZE)
    bus: subprocess.Popen[bytes] | None = None
    put_up: Stage | None = None
    try:
        put_up = Stage(system, display, runtime)
        words = ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address=unix:path={runtime}/bus"]
        quiet = subprocess.DEVNULL
        bus = subprocess.Popen([*system.as_resident(), *words], env=put_up.here, stdout=quiet, stderr=quiet)
        _wait_for(Path(runtime) / "bus")
        yield put_up
    finally:
        if put_up is not None:
            put_up.end()
        for one in (bus, server):
            if one is not None:
                one.terminate()
                one.wait(timeout=10)


def _wait_for(socket: Path) -> None:
    end = time.monotonic() + 10
    while not socket.exists():
        if time.monotonic() > end:
            raise SmokeError("the session bus did not start")
        time.sleep(0.05)


def square(
    put_up: Stage, place: tuple[int, int], side: int, colour: str, files: Sequence[str]
) -> subprocess.Popen[str]:
    """Show a square on the screen from which files can be dragged, once it is there."""
    source = Path(__file__).with_name("drag_source.py")
    words = [python_with_qt(), str(source), str(place[0]), str(place[1]), str(side), colour, *files]
    shown = subprocess.Popen(words, env=put_up.here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert shown.stdout is not None
    if shown.stdout.readline() != "ready\n":
        raise SmokeError(f"nothing to drag from: {shown.communicate()[1][-500:]}")
    return shown


def python_with_qt() -> str:
    """A Python that has PySide6: this one, or that which the app was built or is run with."""
    project = Path(__file__).resolve().parents[2]
    for python in (sys.executable, str(project / "build/package/venv/bin/python"), str(project / ".venv/bin/python")):
        with contextlib.suppress(FileNotFoundError):
            if (
                subprocess.run([python, "-c", "import PySide6.QtWidgets"], capture_output=True, check=False).returncode
                == 0
            ):
                return python
    raise SmokeError("no Python with PySide6 is here to drag files from")
