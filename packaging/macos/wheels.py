"""The wheels of mlx for the oldest macOS that the app runs on, whatever the Mac it is built on.

On macOS 26 pip takes the wheel of mlx-metal for 26, whose kernels macOS 15 refuses ("language version 4.0 which is not
supported on this OS": jjang-ai/mlxstudio issue 104).
"""

from __future__ import annotations

from pathlib import Path

PLATFORM = "macosx_14_0_arm64"
NAMES = ("mlx", "mlx-metal")


def locked(lock: str, names: tuple[str, ...] = NAMES) -> str:
    """The entries of some packages out of a requirements file with hashes. Raises ValueError where one is missing."""
    entries = [entry.strip() for entry in lock.replace("\\\n", "\\\r").split("\n")]
    kept = []
    for name in names:
        entry = next((entry for entry in entries if entry.partition("==")[0] == name), None)
        if entry is None:
            raise ValueError(f"{name} is not in the locked requirements.")
        requirement, _, hashes = entry.partition("\\\r")
        kept.append(f"{requirement.partition(';')[0].strip()} \\\r{hashes}".replace("\\\r", "\\\n"))
    return "\n".join(kept) + "\n"


def wheel_commands(python: Path, requirements: Path, folder: Path) -> list[list[str]]:
    """The commands that fetch these wheels into a folder and put them in the place of those that pip chose.
    `requirements` holds what `locked` gives."""
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    fetch = ["download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--platform", PLATFORM]
    install = ["install", "--quiet", "--no-deps", "--no-index", "--force-reinstall", "--find-links", str(folder)]
    return [[*pip, *fetch, "--dest", str(folder), "--requirement", str(requirements)], [*pip, *install, *NAMES]]


def wheel_tags(metadata: str) -> list[str]:
    """The tags in a distribution's WHEEL file, such as py3-none-macosx_14_0_arm64."""
    return [line.partition(":")[2].strip() for line in metadata.splitlines() if line.startswith("Tag:")]
