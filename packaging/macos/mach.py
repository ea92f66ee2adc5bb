"""Mach-O files and Metal libraries, as far as a package must know them: architectures, oldest macOS, libraries.

Layouts: <mach-o/loader.h>, <mach-o/fat.h>; a metallib's header as `xcrun metal-readobj` shows it, seen in the mlx-metal
wheels for macOS 14 and 26.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

System = tuple[int, int]
"""(14, 0) is macOS 14.0."""

_THIN = b"\xcf\xfa\xed\xfe"
_FAT = b"\xca\xfe\xba\xbe"  # a Java class begins so too, with a number where this has a small count
_METAL = b"MTLB"
_MOST_ARCHITECTURES = 20
_CPUS = {0x0100000C: "arm64", 0x01000007: "x86_64"}
_BUILD_VERSION, _VERSION_MIN_MACOS = 0x32, 0x24
_LOADS = (0xC, 0x8000001F)  # LC_LOAD_DYLIB, LC_REEXPORT_DYLIB; without a weak one the code runs too


@dataclass(frozen=True, slots=True)
class Code:
    """The part of a Mach-O file for one architecture: the oldest macOS it asks for, (0, 0) where it does not say, and
    the libraries that it cannot be loaded without, as it names them."""

    system: System
    needs: tuple[str, ...]


def is_mach_o(path: Path) -> bool:
    """Whether a file is code for macOS: an executable, a library, an extension."""
    with path.open("rb") as file:
        head = file.read(8)
    if head[:4] == _THIN:
        return True
    return len(head) == 8 and head[:4] == _FAT and int(struct.unpack(">I", head[4:])[0]) < _MOST_ARCHITECTURES


def parts(path: Path) -> dict[str, Code]:
    """What a Mach-O file holds, by architecture."""
    data = path.read_bytes()
    if data[:4] == _THIN:
        offsets = [0]
    else:
        count = struct.unpack_from(">I", data, 4)[0]
        offsets = [struct.unpack_from(">5I", data, 8 + 20 * number)[2] for number in range(count)]
    return dict(_part(data, offset) for offset in offsets)


def metal_system(path: Path) -> System:
    """The oldest macOS whose Metal loads a .metallib. Raises ValueError for any other file."""
    with path.open("rb") as file:
        head = file.read(16)
    if head[:4] != _METAL or len(head) < 16:
        raise ValueError(f"{path.name} is no Metal library.")
    major, minor = struct.unpack_from("<HH", head, 12)
    return major, minor


def _part(data: bytes, start: int) -> tuple[str, Code]:
    cpu = struct.unpack_from("<I", data, start + 4)[0]
    commands = struct.unpack_from("<I", data, start + 16)[0]
    system, needs, at = (0, 0), [], start + 32
    for _ in range(commands):
        kind, size = struct.unpack_from("<II", data, at)
        if kind in (_BUILD_VERSION, _VERSION_MIN_MACOS):
            number = struct.unpack_from("<I", data, at + (12 if kind == _BUILD_VERSION else 8))[0]
            system = (number >> 16, number >> 8 & 0xFF)
        elif kind in _LOADS:
            name = at + struct.unpack_from("<I", data, at + 8)[0]
            needs.append(data[name : data.index(b"\0", name)].decode())
        at += size
    return _CPUS.get(cpu, hex(cpu)), Code(system, tuple(needs))
