"""The app as PyInstaller leaves it on Windows → with its licence and icon, as a .zip and an installer."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from windows.version_info import numbers

Say = Callable[[str], None]
SCRIPT = Path(__file__).with_name("curator.iss")
WINDOW, TERMINAL = "curatorw", "curator"
"""The program that opens the window, and the one to be typed in a terminal: Windows wants to know beforehand."""
_USUAL = ("Inno Setup 6", "Inno Setup 7")


class PackageError(Exception):
    """The app cannot be packaged; the message says why."""


def finish(app: Path, root: Path, out: Path, version: str, venv: Path, say: Say, *, is_quick: bool) -> list[Path]:
    """Complete the app's folder and pack it in `out`; returns the packages. Raises PackageError. `venv` is for the
    other systems."""
    complete(app, root)
    made = []
    if not is_quick:
        made.append(Path(shutil.make_archive(str(out / package_name(version)), "zip", app.parent, app.name)))
    compiler = inno_setup(os.environ)
    if compiler is None:
        say("Inno Setup is not here (choco install innosetup), so that there is the folder and no installer")
        return made
    for command in (*sign_commands(programs(app), os.environ), installer_command(compiler, app, out, version)):
        _run(command)
    installer = out / f"{package_name(version)}.exe"
    for command in sign_commands([installer], os.environ):
        _run(command)
    return [*made, installer]


def package_name(version: str) -> str:
    """The name of the packages, less their ending; the installer's script has it too."""
    return f"Curator-{version}-windows-x64"


def program(app: Path) -> Path:
    """The program that a terminal starts."""
    return app / f"{TERMINAL}.exe"


def can_train(python: Path) -> bool:
    """Never: the part that trains is left out of this package, see `bundle.TRAINING`."""
    return False


def programs(app: Path) -> list[Path]:
    """The two programs."""
    return [app / f"{name}.exe" for name in (WINDOW, TERMINAL)]


def complete(app: Path, root: Path) -> None:
    """Put beside the programs what the installer shows. Raises PackageError where one of the two is missing."""
    for program in programs(app):
        if not program.is_file():
            raise PackageError(f"{program.name} was not built.")
    shutil.copyfile(root / "LICENSE", app / "LICENSE.txt")
    shutil.copyfile(root / "build" / "package" / "icons" / "Curator.ico", app / "Curator.ico")


def inno_setup(environment: Mapping[str, str]) -> Path | None:
    """Inno Setup's compiler: on the path, or where it installs itself."""
    if found := shutil.which("iscc", path=environment.get("PATH")):
        return Path(found)
    for name in ("ProgramFiles(x86)", "ProgramFiles", "LOCALAPPDATA"):
        for folder in _USUAL:
            place = Path(environment.get(name, "")) / ("Programs" if name == "LOCALAPPDATA" else "") / folder
            if environment.get(name) and (place / "ISCC.exe").is_file():
                return place / "ISCC.exe"
    return None


def installer_command(compiler: Path, app: Path, out: Path, version: str) -> list[str]:
    """The command that makes the installer."""
    numeric = ".".join(map(str, numbers(version)))
    defined = {"Version": version, "Numbers": numeric, "Source": app, "Out": out}
    return [str(compiler), "/Qp", *(f"/D{name}={value}" for name, value in defined.items()), str(SCRIPT)]


def sign_commands(files: list[Path], environment: Mapping[str, str]) -> list[list[str]]:
    """The command that signs programs with the certificate whose SHA-1 `CURATOR_SIGNTOOL_CERTIFICATE` names in the
    person's store; none without. Unsigned, Windows asks whether to run it ("More info", "Run anyway")."""
    certificate = environment.get("CURATOR_SIGNTOOL_CERTIFICATE", "").strip()
    if not certificate:
        return []
    stamp = ["/fd", "sha256", "/tr", "http://timestamp.digicert.com", "/td", "sha256"]
    return [["signtool", "sign", "/sha1", certificate, *stamp, *map(str, files)]]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        raise PackageError(f"{command[0]} cannot be started: {error.strerror}.") from error
    if done.returncode != 0:
        raise PackageError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}".rstrip())
