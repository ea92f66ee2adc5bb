"""The licences of everything that is shipped: collected into one file, and looked over. Nothing under the GPL goes in.

Called by curator.spec, in the environment that is built from.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

HERE = Path(__file__).resolve().parent
TEXTS = HERE / "licences"
NAME = "THIRD-PARTY-LICENSES.txt"

_LACKING = {
    "pyside6-essentials": ("LGPL-3.0.txt", "GPL-3.0.txt"),
    "shiboken6": ("LGPL-3.0.txt", "GPL-3.0.txt"),
    "bpe-openai": ("MIT-openai.txt",),
    "tokenizers": ("../../LICENSE",),
}
"""Wheels that carry no text of their licence (looked at 2026-11): the text for each."""

_TAKEN = {
    "pyinstaller": "GPL-2.0-or-later WITH Bootloader-exception",
    "pyinstaller-hooks-contrib": "Apache-2.0",  # of what runs in the app: its runtime hooks
}
"""Licences that the packages' own words tell in too many words."""

_SYSTEM = {
    "libbrotli": "MIT",
    "libbz2": "bzip2-1.0.6",
    "libcom-err": "MIT",
    "libcrypt": "LGPL-2.1-or-later",
    "libffi": "MIT",
    "libgfortran": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libkeyutils": "LGPL-2.1-or-later",
    "liblzma": "0BSD",
    "libopenblas": "BSD-3-Clause",
    "libquadmath": "LGPL-2.1-or-later",
    "libsqlite3": "blessing",
    "libssl": "Apache-2.0",
    "libuuid": "BSD-3-Clause",
    "libxcb": "MIT",
    "libxkbcommon": "MIT",
    "libzstd": "BSD-3-Clause",
}
"""Beginnings of the names of Debian's packages → what their libraries are under. Another one ends the build, until
somebody has read its copyright file."""

_RULE = "=" * 100


class LicenceError(Exception):
    """Something may not be shipped, or nobody knows whether it may."""


@dataclass(frozen=True, slots=True)
class Part:
    """A shipped piece of somebody else's: its name with the version, its licence in SPDX's words, and the texts."""

    name: str
    licence: str
    texts: tuple[str, ...]


def collect(shipped: Iterable[str], target: Path) -> None:
    """Write the licences of the files that went into the bundle. Ends the build where something may not be shipped."""
    parts = parts_of(shipped)
    if problems := refused(parts):
        sys.exit("this may not be shipped:\n  " + "\n  ".join(problems))
    target.write_text(written(parts), encoding="utf-8")


def is_refused(licence: str) -> bool:
    """Whether a licence leaves no choice but the GPL or AGPL. The LGPL, an exception for linking, and a choice with
    something else are taken: Qt and glib are libraries that the person can replace in the app's folder."""
    if not licence.strip():
        return True
    choices = re.split(r"\s+or\s+(?!later)", licence.replace("(", " ").replace(")", " "), flags=re.IGNORECASE)
    return all(
        re.search(r"(?<!L)(?<!Lesser )(A?GPL|General Public)", choice, re.IGNORECASE)
        and "exception" not in choice.lower()
        for choice in choices
    )


def licence_of(distribution: Distribution) -> str:
    """What a wheel says it is under: the expression, else its classifiers, else its own words."""
    name = _key(distribution.name)
    if name in _TAKEN:
        return _TAKEN[name]
    about = distribution.metadata
    classes = [
        value.rpartition(" :: ")[2] for value in about.get_all("Classifier") or () if value.startswith("License")
    ]
    return str(about.get("License-Expression") or " AND ".join(classes) or (about.get("License") or "").split("\n")[0])


def texts_of(distribution: Distribution) -> tuple[str, ...]:
    """The licence texts in a wheel's description, or those that are kept here for it."""
    kept = [str(TEXTS / name) for name in _LACKING.get(_key(distribution.name), ())]
    own = [
        str(file.locate())
        for file in distribution.files or ()
        if ".dist-info" in file.parts[0]
        and re.match(r"(licen[cs]e|copying|notice|copyright)", file.name, re.IGNORECASE)
    ]
    return tuple(Path(path).read_text(encoding="utf-8", errors="replace").strip() for path in sorted(own) or kept)


def parts_of(shipped: Iterable[str]) -> list[Part]:
    """Everything of others that these files belong to. Raises LicenceError for a file nobody is known for."""
    owners = {str(file.locate()): found for found in distributions() for file in found.files or ()}
    standard = Path(sysconfig.get_paths()["stdlib"]).resolve()
    root = str(HERE.parent)
    wheels: dict[str, Distribution] = {}
    system: dict[str, Path] = {}
    for name in shipped:
        path = Path(name)
        if name in owners:
            wheels[owners[name].name] = owners[name]
        elif path.resolve().is_relative_to(standard.parent.parent) or name.startswith(root):
            continue  # Python's own, told below; or ours
        elif shutil.which("dpkg"):
            package = _debian_package(path)
            system.setdefault(package, path)
        else:
            raise LicenceError(f"{path} belongs to nothing that is known.")
    wheels["pyinstaller"] = next(found for found in distributions() if found.name.lower() == "pyinstaller")
    found = [Part(f"{one.name} {one.version}", licence_of(one), texts_of(one)) for one in wheels.values()]
    found += [_of_system(package) for package in system]
    texts = [place / "LICENSE.txt" for place in (standard, standard.parent)]  # Windows has it beside Lib
    python = next(path for path in texts if path.is_file()).read_text(encoding="utf-8").strip()
    found.append(Part(f"Python {sys.version.split()[0]}", "PSF-2.0", (python,)))
    return sorted(found, key=lambda part: part.name.lower())


def refused(parts: Iterable[Part]) -> list[str]:
    """Sentences about parts that may not be shipped, or not without a text."""
    found = []
    for part in parts:
        if is_refused(part.licence):
            found.append(f"{part.name} is under “{part.licence or 'nothing that it tells'}”.")
        elif not part.texts:
            found.append(f"{part.name} brings no text of its licence ({part.licence}).")
    return found


def written(parts: Iterable[Part]) -> str:
    """All of it as one text: a list, then each text once."""
    parts = list(parts)
    lines = ["Curator is under the Apache License 2.0; see LICENSE. With it come:", ""]
    lines += [f"  {part.name}: {part.licence}" for part in parts]
    lines += [
        "",
        "Qt, PySide and the other libraries under the LGPL lie in the folder _internal as files of their own, and",
        "can be replaced there by other builds. Their sources: https://code.qt.io and https://sources.debian.org.",
    ]
    by_text: dict[str, list[str]] = {}
    for part in parts:
        for text in part.texts:
            by_text.setdefault(text, []).append(part.name)
    for text, names in by_text.items():
        lines += ["", _RULE, ", ".join(names), _RULE, "", text]
    return "\n".join(lines) + "\n"


def _of_system(package: str) -> Part:
    licence = next((licence for start, licence in _SYSTEM.items() if package.startswith(start)), "")
    text = Path("/usr/share/doc") / package / "copyright"
    return Part(package, licence, (text.read_text(encoding="utf-8", errors="replace").strip(),))


def _debian_package(path: Path) -> str:
    for place in (path, path.resolve(), Path("/usr") / path.relative_to("/"), Path(str(path).removeprefix("/usr"))):
        done = subprocess.run(["dpkg", "-S", str(place)], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.partition(":")[0]
    raise LicenceError(f"{path} belongs to no package that dpkg knows.")


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
