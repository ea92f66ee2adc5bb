"""Lays the built app out as Linux installs it: /opt/curator, and what a desktop reads under /usr."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

APP_ID = "org.curator.Curator"
OPT = Path("opt") / "curator"
_COPYRIGHT = """\
Curator is under the Apache License 2.0: /usr/share/common-licenses/Apache-2.0
The licences of all that comes with it: /opt/curator/_internal/THIRD-PARTY-LICENSES.txt
"""
_HERE = Path(__file__).parent


def lay_out(app: Path, tree: Path, icons: Path, version: str, date: str) -> None:
    """Fill an empty `tree` with the app (its folder as PyInstaller leaves it) and the desktop's files. The files of the
    app are hard links where the disk allows it, so that a quarter of a gigabyte is not copied."""
    (tree / OPT.parent).mkdir(parents=True)
    shutil.copytree(app, tree / OPT, symlinks=True, copy_function=_link)
    share = tree / "usr" / "share"
    for source, place in (
        (f"{APP_ID}.desktop", "applications"),
        (f"{APP_ID}.metainfo.xml", "metainfo"),
        (f"{APP_ID}.xml", "mime/packages"),
    ):
        (share / place).mkdir(parents=True)
        text = (_HERE / source).read_text(encoding="utf-8")
        (share / place / source).write_text(filled(text, version, date), encoding="utf-8")
    shutil.copytree(icons / "hicolor", share / "icons" / "hicolor")
    (tree / "usr" / "bin").mkdir()
    (tree / "usr" / "bin" / "curator").symlink_to("/opt/curator/curator")
    (share / "doc" / "curator").mkdir(parents=True)
    (share / "doc" / "curator" / "copyright").write_text(_COPYRIGHT, encoding="utf-8")
    for path in tree.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def filled(text: str, version: str, date: str) -> str:
    """A file of the desktop with the version and its day put in."""
    return text.replace("@VERSION@", version).replace("@DATE@", date)


def release_date(changelog: str, version: str, today: str) -> str:
    """The day of a version, YYYY-MM-DD, from the heading in the changelog; today where it is not released yet."""
    found = re.search(rf"^## {re.escape(version)}, (\d{{4}}-\d\d-\d\d)$", changelog, re.MULTILINE)
    return found.group(1) if found else today


def _link(source: str, target: str) -> str:
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
    return target
