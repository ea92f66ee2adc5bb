"""What the Linux app asks of the system, read out of real libraries and of listings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from linux import blas
from linux.elf import Elf, parse, read
from linux.libraries import depends, problems, unwanted

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's libraries")

LISTING = """
Dynamic Section:
  NEEDED               libQt6Core.so.6
  NEEDED               libstdc++.so.6
  RUNPATH              $ORIGIN

Version References:
  required from libstdc++.so.6:
    0x0297f861 0x00 18 GLIBCXX_3.4.21
    0x0297f869 0x00 04 GLIBCXX_3.4.9
  required from libc.so.6:
    0x06969195 0x00 05 GLIBC_2.35
    0x09691a75 0x00 03 GLIBC_2.2.5
"""


def elf(*needed: str, **versions: tuple[int, ...]) -> Elf:
    return Elf(frozenset(needed), versions)


def test_a_listing_tells_the_libraries_and_their_newest_symbols() -> None:
    found = parse(LISTING)
    assert found.needed == {"libQt6Core.so.6", "libstdc++.so.6"}
    assert found.versions == {"GLIBCXX": (3, 4, 21), "GLIBC": (2, 35)}


def test_a_program_of_this_system_is_read_and_a_text_is_none() -> None:
    found = read(Path(sys.executable).resolve())
    assert found is not None and "libc.so.6" in found.needed and found.versions["GLIBC"] >= (2, 2)
    assert read(Path(__file__)) is None


def test_what_the_system_has_stays_out_with_all_that_only_it_needs() -> None:
    libraries = {
        "libssl.so.3": elf("libcrypto.so.3", "libc.so.6"),
        "libcrypto.so.3": elf("libc.so.6"),
        "libgio-2.0.so.0": elf("libmount.so.1"),
        "libmount.so.1": elf("libselinux.so.1"),
        "libselinux.so.1": elf(),
    }
    assert unwanted(libraries, ["libssl.so.3", "libgio-2.0.so.0"]) == {
        "libgio-2.0.so.0",
        "libmount.so.1",
        "libselinux.so.1",
    }


def test_a_library_that_nothing_has_is_told() -> None:
    files = {"a/libx.so.1": elf("libc.so.6"), "b/plugin.so": elf("libx.so.1", "libxcb-nowhere.so.4")}
    assert problems(files) == ["b/plugin.so needs libxcb-nowhere.so.4"]


def test_packages_are_named_once_with_the_oldest_version_that_will_do() -> None:
    files = {
        "one": elf("libc.so.6", "libm.so.6", "libX11.so.6", GLIBC=(2, 17)),
        "two": elf("libc.so.6", "libstdc++.so.6", "libgio-2.0.so.0", GLIBC=(2, 35), GLIBCXX=(3, 4, 30)),
    }
    assert depends(files) == [
        "libc6 (>= 2.35)",
        "libglib2.0-0t64 | libglib2.0-0",
        "libstdc++6 (>= 12)",
        "libx11-6",
    ]


def test_libraries_are_found_in_what_the_loader_tells() -> None:
    listing = "\tlinux-vdso.so.1 (0x7f)\n\tlibgfortran.so.5 => /lib/libgfortran.so.5 (0x7f)\n\tlibx.so => not found\n"
    assert blas.needed(listing) == {"libgfortran.so.5": Path("/lib/libgfortran.so.5")}
