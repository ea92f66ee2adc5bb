"""The .dmg: Curator.app beside a link to the folder of applications, to be dragged from one to the other."""

from __future__ import annotations

from pathlib import Path

VOLUME = "Curator"


def image_name(version: str) -> str:
    """The name of the file that people fetch."""
    return f"Curator-{version}-arm64.dmg"


def stage(app: Path, folder: Path) -> list[str]:
    """Prepare what the image will show, and return the command that copies the app there, signature and all."""
    folder.mkdir(parents=True)
    (folder / "Applications").symlink_to("/Applications")
    return ["ditto", str(app), str(folder / app.name)]


def image_command(folder: Path, image: Path) -> list[str]:
    """The command that makes a compressed image of a folder (lzma: macOS 10.15 and later read it)."""
    create = ["hdiutil", "create", "-volname", VOLUME, "-srcfolder", str(folder), "-fs", "HFS+", "-format", "ULMO"]
    return [*create, "-ov", str(image)]
