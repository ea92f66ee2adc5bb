"""What a shared library asks for: other libraries, and versions of their symbols. Read with objdump, of binutils."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_NEEDED = re.compile(r"^\s+NEEDED\s+(\S+)", re.MULTILINE)
_VERSION = re.compile(r"\b(GLIBC|GLIBCXX)_(\d+(?:\.\d+)*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Elf:
    """The names that the loader looks for, and the newest version of each symbol family: {"GLIBC": (2, 35)}."""

    needed: frozenset[str]
    versions: dict[str, tuple[int, ...]]


def read(file: Path) -> Elf | None:
    """What a file asks for; None for a file that is no ELF."""
    with file.open("rb") as head:
        if head.read(4) != b"\x7fELF":
            return None
    done = subprocess.run(["objdump", "-p", str(file)], capture_output=True, text=True, check=True)
    return parse(done.stdout)


def parse(listing: str) -> Elf:
    """What `objdump -p` tells."""
    references = listing.partition("Version References:")[2]
    versions: dict[str, tuple[int, ...]] = {}
    for family, number in _VERSION.findall(references):
        found = tuple(int(part) for part in number.split("."))
        versions[family] = max(found, versions.get(family, ()))
    return Elf(frozenset(_NEEDED.findall(listing)), versions)
