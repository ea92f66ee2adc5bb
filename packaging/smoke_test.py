"""The smoke test of the built app, part of `make package`: `smoke_test.py [--deb FILE | --program WORDS] [--out DIR]`.

As root on Debian or Ubuntu (it asks sudo, where that needs no password) it installs the .deb into a bare Debian, in
which nothing else is, and drives it there as an ordinary user, without a network. Elsewhere on Linux it drives
`dist/curator/curator` on this system and says so.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(Path(__file__).resolve().parent))

from smoke import bare_root  # noqa: E402
from smoke.account import Account, SmokeError  # noqa: E402
from smoke.bare_root import Resident  # noqa: E402
from smoke.inside import Place, play  # noqa: E402
from smoke.stage import missing_tools  # noqa: E402

APART = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"]
"""Mounts, processes and network of its own: all of it is gone when the test is, and nothing is fetched meanwhile."""


def main() -> int:
    """Prepare the system, play in it, and say how it went. Returns 0 when all went well."""
    options = parse()
    if options.needs:
        sys.stdout.write(" ".join(missing_tools()) + "\n")
        return 0
    if options.play:
        play(Place.read(options.play))
        return 0
    if missing := missing_tools():
        sys.stdout.write(f"The smoke test needs: apt-get install {' '.join(missing)}\n")
        return 1
    out: Path = options.out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    account = Account(out)
    try:
        place = this_system(options.program, out) if options.program else prepared(options, account, out)
    except SmokeError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    place.write(out / "place.json")
    command = [sys.executable, str(Path(__file__).resolve()), "--play", str(out / "place.json")]
    played = subprocess.run([*(APART if place.is_apart else []), *command], check=False)
    account = Account(out)
    if place.is_apart:
        with account.step("taken away, it leaves nothing behind") as step:
            if left := bare_root.remove(place.root, place.package):
                raise SmokeError(f"{len(left)} files are left: {', '.join(left[:20])}")
            step.seen.append(f"{place.package} is gone")
    give_back(out)
    return told(account) or played.returncode


def told(account: Account) -> int:
    """Say how it went in one line. Returns 0 when all went well."""
    good = len(account.steps) - len(account.failed)
    sys.stdout.write(f"{good} of {len(account.steps)} steps went well; {account.folder}\n")
    return 0 if good == len(account.steps) else 1


def parse() -> argparse.Namespace:
    """The arguments, with what is newest in dist/ where none are given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    packages = sorted((PROJECT / "dist").glob("*.deb"), key=lambda file: file.stat().st_mtime)
    parser.add_argument("--deb", type=Path, default=packages[-1] if packages else None, help="the package to install")
    parser.add_argument("--program", type=shlex.split, help="drive this command on this system instead")
    parser.add_argument("--out", type=Path, default=PROJECT / "dist/smoke", help="where pictures and account go")
    parser.add_argument("--play", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--needs", action="store_true", help="only name the system packages that are missing here")
    options = parser.parse_args()
    if options.play or options.needs or options.program:
        return options
    if os.geteuid() != 0 or options.deb is None:
        if options.deb is not None and may_sudo():
            os.execvp("sudo", ["sudo", "-n", sys.executable, *sys.argv])
        reason = "no .deb in dist/" if options.deb is None else "only root may make a bare Debian"
        sys.stdout.write(f"The app is driven on this system: {reason}.\n")
        options.program = [str(PROJECT / "dist/curator/curator")]
    return options


def may_sudo() -> bool:
    """Whether sudo makes us root without a question."""
    try:
        return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def give_back(out: Path) -> None:
    """What was kept belongs to the person who called sudo."""
    if owner := os.environ.get("SUDO_UID"):
        for path in (out, *out.rglob("*")):
            os.chown(path, int(owner), int(os.environ.get("SUDO_GID", owner)), follow_symlinks=False)


def prepared(options: argparse.Namespace, account: Account, out: Path) -> Place:
    """A bare Debian with the package in it and an ordinary user."""
    kept, resident = PROJECT / "build/smoke", Resident()
    root = kept / "root"
    with account.step("a bare Debian is there"):
        bare_root.copy(bare_root.bare(kept), root)
    with account.step(f"{options.deb.name} installs with what it depends on, and nothing else") as step:
        came = bare_root.install(root, options.deb.resolve(), kept / "archives")
        step.seen.append(f"{len(came)} packages: {' '.join(came)}")
    if account.failed:
        raise SmokeError("without the package there is nothing to try")
    bare_root.add_resident(root, resident)
    return Place(
        root=root,
        program=["curator"],
        resident=resident,
        out=out,
        package=came_as(root, came),
        archive=next(options.deb.parent.glob("*.tar.xz"), None),
    )


def came_as(root: Path, came: list[str]) -> str:
    """The name of the package that brought the program."""
    return next(name for name in came if (root / f"var/lib/dpkg/info/{name}.list").read_text().find("/curator\n") >= 0)


def this_system(program: list[str], out: Path) -> Place:
    """This system, with a new home for the user who runs the test."""
    home = out / "Zoë Müller"
    home.mkdir()
    resident = Resident(os.environ.get("USER", "root"), os.geteuid(), str(home))
    return Place(root=Path("/"), program=program, resident=resident, out=out, folder=Path.cwd())


if __name__ == "__main__":
    sys.exit(main())
