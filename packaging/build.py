"""Build the packaged app for the computer this runs on, into dist/.

Linux: a folder, a .deb and a .tar.xz. macOS: Curator.app and a .dmg. Windows: a folder and its installer's script.
Standard library only: what it needs is installed, locked, into build/package/venv.
Usage: build.py [--quick] [--no-smoke]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from importlib import import_module
from pathlib import Path

import bundle

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = ROOT / "build" / "package"
VENV = WORK / "venv"
OUT = ROOT / "dist"
REQUIREMENTS = HERE / "requirements"
SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}
"""Which folder beside this one packs the app on which system."""


def say(words: str) -> None:
    """Tell the person what happens, at once."""
    sys.stderr.write(f"package: {words}\n")
    sys.stderr.flush()


def python() -> Path:
    """The interpreter that builds."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(*command: str | Path, log: Path | None = None) -> None:
    """Run a command; ends the build where it fails. With `log` its words go there."""
    words = [str(part) for part in command]
    if log is None:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, check=False)
    else:
        with log.open("wb") as out:
            done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        if log is not None:
            say("".join(f"\n  {line}" for line in log.read_text(errors="replace").splitlines()[-20:]))
        sys.exit(f"package: {Path(words[0]).name} ended with code {done.returncode}" + (f"; see {log}" if log else "."))


def prepare() -> None:
    """The environment that is built from: what a person runs, and PyInstaller. Made anew when a lock changes."""
    locks = [REQUIREMENTS / f"{name}.txt" for name in ("run", "package", "starter")]
    digest = hashlib.sha256(sys.version.encode())
    for lock in locks:
        digest.update(lock.read_bytes())
    stamp = VENV / "curator-stamp"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest.hexdigest():
        return
    say(f"making {VENV.relative_to(ROOT)}; the first time this takes some minutes")
    shutil.rmtree(VENV, ignore_errors=True)
    venv.create(VENV, with_pip=True)
    pip = (python(), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes")
    run(*pip, "-r", locks[0], "-r", locks[1])
    run(*pip, "--no-deps", "-r", locks[2])
    if sys.platform == "darwin":
        from macos.package import use_old_wheels

        use_old_wheels(python(), next(VENV.glob("lib/python3*/site-packages")), locks[0])
    stamp.write_text(digest.hexdigest(), encoding="utf-8")


def freeze() -> Path:
    """Have PyInstaller make the app's folder. Returns it."""
    say("collecting the app; this takes two minutes")
    run(python(), HERE / "icons" / "make.py", WORK / "icons", log=WORK / "icons.log")
    options: list[str | Path] = ["--noconfirm", "--log-level", "WARN", "--distpath", OUT, "--workpath", WORK / "work"]
    run(python(), "-m", "PyInstaller", *options, HERE / "curator.spec", log=WORK / "pyinstaller.log")
    return OUT / ("Curator.app" if sys.platform == "darwin" else "curator")


def main() -> None:
    """Build, look over, pack, and try what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="pack fast and larger, and only one package")
    parser.add_argument("--no-smoke", action="store_true", help="do not start the built app")
    wanted = parser.parse_args()
    os.environ["SOURCE_DATE_EPOCH"] = os.environ.get("SOURCE_DATE_EPOCH", "315532800")  # zip's own beginning of time
    # Modules lie in the program as they are: a start need not unpack them, and the .deb is packed better as a whole.
    os.environ["PYINSTALLER_ZLIB_COMPRESSION_LEVEL"] = "0"
    WORK.mkdir(parents=True, exist_ok=True)
    system = import_module(f"{SYSTEMS[sys.platform]}.package")
    if sys.platform.startswith("linux") and (packages := system.missing()):
        sys.exit(f"package: this needs programs that are not here. On Debian: apt-get install {' '.join(packages)}")
    prepare()
    app = freeze()
    try:
        system.finish(app, ROOT, OUT, bundle.version(ROOT), VENV, say, is_quick=wanted.quick)
    except system.PackageError as error:
        sys.exit(f"package: {error}")
    if wanted.no_smoke:
        return
    if sys.platform.startswith("linux"):
        run(sys.executable, HERE / "smoke_test.py")
    else:
        train = ["--train"] if system.can_train(python()) else []
        run(sys.executable, HERE / "trial.py", *train, system.program(app))


if __name__ == "__main__":
    main()
