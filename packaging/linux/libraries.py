"""Which shared libraries the Linux app takes from the system, and which Debian packages have them.

PyInstaller copies nearly everything it finds. What every desktop has, and what must be of one piece with its drivers
and its settings (X11, GL, fontconfig, glib, the C++ runtime), is better the system's own: AppImage's list of excluded
libraries says the same. Its security updates then reach the app too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from linux.elf import Elf, read

PACKAGES = {
    "libc.so.6": "libc6",
    "libdl.so.2": "libc6",
    "libm.so.6": "libc6",
    "libpthread.so.0": "libc6",
    "libresolv.so.2": "libc6",
    "librt.so.1": "libc6",
    "libutil.so.1": "libc6",
    "ld-linux-x86-64.so.2": "libc6",
    "ld-linux-aarch64.so.1": "libc6",
    "libgcc_s.so.1": "libgcc-s1",
    "libstdc++.so.6": "libstdc++6",
    "libz.so.1": "zlib1g",
    "libglib-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgio-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libdrm.so.2": "libdrm2",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
"""Names that the loader looks for → packages of Debian and its children; “t64” since 2024."""

_VERSIONED = {"GLIBC": "libc6", "GLIBCXX": "libstdc++6"}
_GCC = {(3, 4, 30): "12", (3, 4, 31): "13", (3, 4, 32): "13.2", (3, 4, 33): "14"}
"""GLIBCXX → the GCC that brought it: Debian counts libstdc++6 in GCC's versions (libstdc++ manual, “ABI Policy”)."""


def unwanted(libraries: Mapping[str, Elf], roots: Iterable[str]) -> set[str]:
    """Of the libraries that were collected because another asks for them, by the name that is asked for: those that
    the system has, and those that only they ask for. `roots` are the names that the files which stay ask for."""
    wanted: set[str] = set()
    asked = [name for name in roots if name in libraries]
    while asked:
        name = asked.pop()
        if name not in wanted and name not in PACKAGES:
            wanted.add(name)
            asked += [needed for needed in libraries[name].needed if needed in libraries]
    return set(libraries) - wanted


Entry = tuple[str, str, str]
"""A file of PyInstaller's list: its path in the bundle, where it is now, and its kind."""


def trimmed(binaries: Iterable[Entry], links: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The lists of binaries and of data (where links are told) without the libraries that are unwanted.

    A library is what nothing but another file's needs brought here: no extension of Python's, no plugin of Qt's.
    """
    binaries, links = list(binaries), list(links)
    found = {entry: read(Path(entry[1])) for entry in binaries}
    asked_for = {entry: elf for entry, elf in found.items() if elf is not None and _is_library(entry)}
    roots = [name for entry, elf in found.items() if elf is not None and entry not in asked_for for name in elf.needed]
    gone = unwanted({_name(entry): elf for entry, elf in asked_for.items()}, roots)
    kept = [entry for entry in binaries if entry not in asked_for or _name(entry) not in gone]
    there = {entry[0] for entry in kept}
    return kept, [entry for entry in links if entry[2] != "SYMLINK" or entry[1] in there]


def _is_library(entry: Entry) -> bool:
    name = _name(entry)
    return entry[2] == "BINARY" and "/plugins/" not in entry[0] and ".so" in name and not name.startswith("libpython")


def _name(entry: Entry) -> str:
    return entry[0].rpartition("/")[2]


def problems(files: Mapping[str, Elf]) -> list[str]:
    """Sentences about what no file here has, and no package that is named above. PyInstaller only warns of a library
    that the building computer lacks, and the window then does not open (seen with libxcb-icccm.so.4)."""
    have = {name.rpartition("/")[2] for name in files}
    found = []
    for name, elf in sorted(files.items()):
        found += [f"{name} needs {needed}" for needed in sorted(elf.needed - have - PACKAGES.keys())]
    return found


def depends(files: Mapping[str, Elf]) -> list[str]:
    """The packages that have what these files ask the system for, with the oldest version that will do."""
    needed = {name for elf in files.values() for name in elf.needed}
    packages = {PACKAGES[name] for name in needed if name in PACKAGES}
    least = {
        package: max((elf.versions.get(family, ()) for elf in files.values()), default=())
        for family, package in _VERSIONED.items()
    }
    return sorted(_with_version(package, least.get(package, ())) for package in packages)


def _with_version(package: str, version: tuple[int, ...]) -> str:
    if not version:
        return package
    words = ".".join(str(part) for part in version)
    if package == "libstdc++6":
        if version < min(_GCC):
            return package
        words = _GCC.get(version, max(_GCC.values()))
    return f"{package} (>= {words})"
