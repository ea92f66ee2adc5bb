"""What would only come to light on somebody else's Mac: looked for in Curator.app before it is signed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from macos.mach import is_mach_o, metal_system, parts
from macos.metal import KERNELS, LIBRARY
from macos.plist import OLDEST_SYSTEM

ARCHITECTURE = "arm64"
_major, _minor = OLDEST_SYSTEM.split(".")
OLDEST = (int(_major), int(_minor))
_BINDINGS = re.compile(r"(Qt\w+|Shiboken|libpyside6|libshiboken6)\.abi3\.")
_BINDINGS_SAY = (15, 0)
"""What the bindings of PySide6 6.11 say, which were built without a wish. The loader does not go by it, and all that
they ask of libc++ is there in macOS 14 (looked at in 6.11.3). 6.12.0's say 26.0 in a wheel that is named for 14.0, and
import the destructor of std::bad_function_call, which libc++ has from macOS 15.4 on (LLVM 19)."""


def files_of(app: Path) -> Iterator[Path]:
    """Every real file of an app; links are not followed, since they lead to others of these."""
    for folder, _, names in os.walk(app):
        for name in sorted(names):
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                yield path


def problems(app: Path) -> list[str]:
    """Sentences about what would not run on an Apple silicon Mac with the oldest system that Info.plist names."""
    return [*_of_links(app), *_of_kernels(app), *_of_code(app)]


def _of_links(app: Path) -> Iterator[str]:
    for link in sorted(app.rglob("*")):
        if link.is_symlink() and not link.exists():
            yield f"{link.relative_to(app)} leads nowhere."


def _of_kernels(app: Path) -> Iterator[str]:
    for place in sorted(path.parent for path in app.rglob(LIBRARY)):
        if not (place / KERNELS).is_file():
            yield f"{place.relative_to(app)} has {LIBRARY} and no {KERNELS}: mlx would find no graphics kernels."
    for path in files_of(app):
        if path.suffix == ".metallib" and metal_system(path) > OLDEST:
            asked = _words(metal_system(path))
            yield f"{path.relative_to(app)} asks for macOS {asked}: the wheel of mlx-metal is too new."


def _of_code(app: Path) -> Iterator[str]:
    there = {path.name for path in files_of(app)}
    for path in files_of(app):
        if not is_mach_o(path):
            continue
        inside, code = path.relative_to(app), parts(path).get(ARCHITECTURE)
        if code is None:
            yield f"{inside} has no code for {ARCHITECTURE}."
            continue
        if code.system > (_BINDINGS_SAY if _BINDINGS.match(path.name) else OLDEST):
            yield f"{inside} asks for macOS {_words(code.system)}, later than {OLDEST_SYSTEM}."
        for need in code.needs:  # those that begin otherwise are the system's
            if need.startswith("@") and Path(need).name not in there:
                yield f"{inside} needs {Path(need).name}, which was left out."


def _words(system: tuple[int, int]) -> str:
    return f"{system[0]}.{system[1]}"
