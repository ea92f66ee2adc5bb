"""The play itself: the mounts, the homes, the two sittings, and what lies where afterwards."""

from __future__ import annotations

import json
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from smoke import main_way, odd_starts, wayland
from smoke.account import Account, SmokeError
from smoke.bare_root import Resident
from smoke.listing import Listing, differences, listing
from smoke.stage import Stage, System, stage
from smoke.visitor import Visitor, launched

SAMPLES = Path(__file__).resolve().parents[2] / "resources/samples"
NOT_KEPT = ("proc", "sys", "dev", "run", "home", "tmp/.X11-unix")
"""What is no part of the installed system: the kernel's own, the session's folder, the homes, the screen's socket."""
OWN = (".cache/Curator", ".config/Curator", ".local/share/Curator", ".local/state/Curator", "Downloads")
"""Where in a home something may lie: the app's folders (XDG Base Directory Specification), and the test's."""
SYSTEMS = (".cache/fontconfig", ".cache/mesa_shader_cache")
"""What the system's own libraries keep there for every program."""
ENTRY = "usr/share/applications/org.curator.Curator.desktop"


@dataclass
class Place:
    """Where the play is: written by the one that prepared it, read by the one that plays, in namespaces of its own."""

    root: Path
    program: list[str]
    resident: Resident
    out: Path
    folder: Path | None = None
    package: str = ""
    archive: Path | None = None

    @property
    def is_apart(self) -> bool:
        """Whether it is another system than this one."""
        return self.root != Path("/")

    def write(self, file: Path) -> None:
        """Write it down."""
        file.write_text(json.dumps(asdict(self), default=str), encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Place:
        """Read what was written down."""
        told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        paths = {name: told[name] and Path(told[name]) for name in ("root", "out", "folder", "archive")}
        return cls(**{**told, **paths, "resident": Resident(**told["resident"])})


def play(place: Place) -> None:
    """Try everything, and keep an account of it."""
    account = Account(place.out)
    system = System(place.root, place.program, place.resident, place.folder)
    runtime = f"/run/user/{place.resident.uid}" if place.is_apart else str(place.out / "run")
    if place.is_apart:
        raise_loopback()
        mount_all(place.root, runtime, place.resident.uid)
    else:
        Path(runtime).mkdir(mode=0o700)
    files = bring_files(system)
    with stage(system, runtime) as put_up:
        play_all(place, account, put_up, files)


def play_all(place: Place, account: Account, put_up: Stage, files: main_way.Files) -> None:
    """The sittings and the odd starts, with a look at what they left behind."""
    before = listing(place.root, NOT_KEPT) if place.is_apart else {}
    visitor = Visitor(put_up, place.out)
    try:
        by = launched((place.root / ENTRY).read_text(encoding="utf-8"), [files.opened]) if place.is_apart else None
        main_way.first_sitting(account, visitor, files, by)
        if place.is_apart:
            look_for_processes(account, place)
            look_around(account, place, before)
            with read_only(place.root):
                main_way.second_sitting(account, visitor)
                odd_starts.in_a_terminal(account, put_up)
                if place.archive is not None:
                    odd_starts.from_an_archive(account, put_up, place.archive)
            odd_starts.odd_homes(account, visitor)
            wayland.opens(account, visitor, f"Clean, {main_way.ROWS} exchanges")
            look_around(account, place, before)
        else:
            main_way.second_sitting(account, visitor)
            odd_starts.in_a_terminal(account, put_up)
    finally:
        visitor.eyes.close()


def bring_files(system: System) -> main_way.Files:
    """Put the sample transcripts into the home, in a folder as people have it."""
    folder = "Downloads/Sessions März (1)"
    there = system.home / folder
    there.mkdir(parents=True)
    for sample in SAMPLES.iterdir():
        shutil.copy(sample, there)
    if os.geteuid() == 0:
        for path in (there.parent, there, *there.iterdir()):
            os.chown(path, system.resident.uid, system.resident.uid)
    inside = f"{system.resident.home}/{folder}"
    return main_way.Files(
        opened=f"{inside}/webhooks.jsonl",
        dropped=[f"{inside}/reviews.jsonl", f"{inside}/tools.jsonl"],
        second=f"{inside}/kitchen-table.md",
    )


def look_around(account: Account, place: Place, before: Listing) -> None:
    """Whether anything was written that is not the user's own."""
    with account.step("nothing was written outside the user's own folders") as step:
        after = listing(place.root, NOT_KEPT)
        if written := differences(before, after):
            raise SmokeError(f"{len(written)} differences: {'; '.join(written[:20])}")
        step.seen.append(f"{len(after):,} files and folders of the system are as they were")
    with account.step("in the home everything lies in the app's own folders") as step:
        home = listing(place.root / place.resident.home.lstrip("/"))
        strange = [path for path in home if not is_own(path)]
        if strange:
            raise SmokeError(f"also found: {', '.join(strange[:20])}")
        step.seen.append(", ".join(place for place in (*OWN, *SYSTEMS) if place in home))


def look_for_processes(account: Account, place: Place) -> None:
    """Whether anything of the app still runs after it was quit."""
    with account.step("after it was quit, nothing of it runs on") as step:
        own = place.root / "opt"
        left = [entry.parent.name for entry in Path("/proc").glob("[0-9]*/exe") if runs_from(entry, own)]
        if left:
            words = [Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode() for number in left]
            raise SmokeError(f"still running: {'; '.join(words)}")
        step.seen.append(f"no process of {own.relative_to(place.root)}")


def runs_from(entry: Path, folder: Path) -> bool:
    """Whether a process's program (`/proc/…/exe`) lies in a folder; one that has just ended does not."""
    try:
        return entry.readlink().is_relative_to(folder)
    except OSError:
        return False


def is_own(path: str) -> bool:
    """Whether a path of the home is the app's, leads there, or was there from the beginning."""
    if path in (".bash_logout", ".bashrc", ".profile"):
        return True
    return any(path == own or path.startswith(f"{own}/") or own.startswith(f"{path}/") for own in OWN + SYSTEMS)


# -- what only root can do


def raise_loopback() -> None:
    """Bring up 127.0.0.1, the only network that is left (netdevice(7): SIOCSIFFLAGS with IFF_UP)."""
    import fcntl  # not there on Windows, where this file is only read

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        fcntl.ioctl(door, 0x8914, struct.pack("16sH14s", b"lo", 0x1, b""))


def mount_all(root: Path, runtime: str, uid: int) -> None:
    """What every running Linux has, in both systems: processes, devices, the screen's sockets, the session's folder."""
    mount("--bind", root, root)
    mount("-t", "proc", "proc", root / "proc")
    mount("--bind", "/sys", root / "sys")
    mount("--rbind", "/dev", root / "dev")
    for folder in ("home", "tmp"):
        mount("--bind", root / folder, root / folder)
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/tmp/.X11-unix", make=True)
    mount("--bind", "/tmp/.X11-unix", root / "tmp/.X11-unix", make=True)
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run/user", make=True)
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", root / "run")
    own = Path(runtime)
    own.mkdir(mode=0o700)
    os.chown(own, uid, uid)
    mount("--bind", own, root / runtime.lstrip("/"), make=True)


@contextmanager
def read_only(root: Path) -> Iterator[None]:
    """The whole system but homes and /tmp cannot be written, not even by root."""
    mount("-o", "remount,bind,ro", root)
    try:
        yield
    finally:
        mount("-o", "remount,bind,rw", root)


def mount(*words: str | Path, make: bool = False) -> None:
    """Mount something; `make` makes the folder it comes to."""
    if make:
        Path(words[-1]).mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SmokeError(f"mount {' '.join(map(str, words))}: {done.stderr.strip()}")
