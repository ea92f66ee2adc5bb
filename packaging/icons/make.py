"""Make every icon that the packages need out of resources/icons/app.svg. Needs PySide6. Usage: make.py FOLDER"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from icons.containers import ICNS_KINDS, ICO_SIZES, icns, ico
from icons.drawing import SOURCE, draw, png

APP_ID = "org.curator.Curator"
HICOLOR_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def make_icons(folder: Path) -> list[Path]:
    """Write `hicolor/…` (Linux), `Curator.icns` (macOS) and `Curator.ico` (Windows) into a folder; returns them."""
    made = [_hicolor(folder, f"{size}x{size}", ".png", png(draw(size))) for size in HICOLOR_SIZES]
    made.append(_hicolor(folder, "scalable", ".svg", SOURCE.read_bytes()))
    mac = {size: png(draw(size, is_mac=True)) for size in set(ICNS_KINDS.values())}
    windows = {size: png(draw(size)) for size in ICO_SIZES}
    for name, data in (("Curator.icns", icns(mac)), ("Curator.ico", ico(windows))):
        (folder / name).write_bytes(data)
        made.append(folder / name)
    return made


def _hicolor(folder: Path, size: str, suffix: str, data: bytes) -> Path:
    path = folder / "hicolor" / size / "apps" / (APP_ID + suffix)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def main() -> None:
    """Make them anew in the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    shutil.rmtree(folder / "hicolor", ignore_errors=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for path in make_icons(folder):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
