"""Metal's kernels beside every libmlx.dylib, for that is where mlx looks for them.

mlx asks the loader where the library that it runs from lies, and opens `mlx.metallib` there; with mlx 0.32 in a
PyInstaller bundle, one in mlx/lib alone is not found (stenolabs/stenoai issue 515). PyInstaller puts a second
libmlx.dylib, or a link to the first, at the top. The file has some 150 MB, so that the others are links to it.
"""

from __future__ import annotations

import os
from pathlib import Path

LIBRARY, KERNELS = "libmlx.dylib", "mlx.metallib"


def metallib_copies(folder: Path) -> list[tuple[Path, Path]]:
    """(link to make, what it points to, from its place) for each folder that has the library without the kernels.

    Raises FileNotFoundError where the kernels are nowhere in `folder`.
    """
    places = sorted(path.parent for path in folder.rglob(LIBRARY))
    wanted = [place / KERNELS for place in places if not (place / KERNELS).exists()]
    if not wanted:
        return []
    found = sorted(path for path in folder.rglob(KERNELS) if path.is_file() and not path.is_symlink())
    if not found:
        raise FileNotFoundError(f"{KERNELS} is not in {folder.name}: nothing could be trained on this Mac's graphics.")
    return [(link, Path(os.path.relpath(found[0], link.parent))) for link in wanted]


def place_kernels(folder: Path) -> None:
    """Make the links of `metallib_copies`."""
    for link, target in metallib_copies(folder):
        link.unlink(missing_ok=True)  # one that leads nowhere
        link.symlink_to(target)
