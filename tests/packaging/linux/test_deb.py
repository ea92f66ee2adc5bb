"""The Debian package and the tree it is made of: a small app, packed and read again with Debian's own tools."""

from __future__ import annotations

import configparser
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from linux import deb
from linux.package import archive
from linux.tree import APP_ID, filled, lay_out, release_date

HERE = Path(__file__).resolve().parents[3] / "packaging" / "linux"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A laid-out app of two files."""
    app, icons = tmp_path / "app", tmp_path / "icons"
    (app / "_internal").mkdir(parents=True)
    (app / "curator").write_text("#!/bin/sh\n")
    (app / "curator").chmod(0o700)
    (app / "_internal" / "data").write_bytes(b"x" * 5000)
    (app / "_internal" / "libx.so").symlink_to("data")
    icon = icons / "hicolor" / "scalable" / "apps" / f"{APP_ID}.svg"
    icon.parent.mkdir(parents=True)
    icon.write_text("<svg/>")
    lay_out(app, tmp_path / "tree", icons, "1.2.3", "2027-01-02")
    return tmp_path / "tree"


def test_the_tree_is_as_linux_wants_it(tree: Path) -> None:
    assert (tree / "opt/curator/curator").stat().st_mode & 0o777 == 0o755
    assert (tree / "opt/curator/_internal/libx.so").is_symlink()
    assert str((tree / "usr/bin/curator").readlink()) == "/opt/curator/curator"
    for name in (
        f"applications/{APP_ID}.desktop",
        f"metainfo/{APP_ID}.metainfo.xml",
        f"mime/packages/{APP_ID}.xml",
        f"icons/hicolor/scalable/apps/{APP_ID}.svg",
        "doc/curator/copyright",
    ):
        assert (tree / "usr/share" / name).stat().st_mode & 0o777 == 0o644
    assert 'version="1.2.3" date="2027-01-02"' in (tree / f"usr/share/metainfo/{APP_ID}.metainfo.xml").read_text()


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg is not installed")
def test_dpkg_reads_the_package_and_finds_everything_in_it_roots(tree: Path, tmp_path: Path) -> None:
    package = deb.build(tree, tmp_path, "1.2.3", "amd64", ["libc6 (>= 2.35)", "libx11-6"], is_quick=True)
    assert package.name == "curator_1.2.3_amd64.deb"
    fields = subprocess.run(["dpkg-deb", "-f", package], capture_output=True, text=True, check=True).stdout
    assert "Depends: libc6 (>= 2.35), libx11-6\n" in fields and "Version: 1.2.3\n" in fields
    listing = subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, check=True).stdout
    assert all(line.split()[1] == "root/root" for line in listing.splitlines())
    assert "./usr/bin/curator -> /opt/curator/curator" in listing
    out = tmp_path / "out"
    subprocess.run(["dpkg-deb", "-R", package, out], check=True)
    sums = out / "DEBIAN" / "md5sums"
    assert "opt/curator/_internal/data" in sums.read_text() and "DEBIAN" not in sums.read_text()
    subprocess.run(["md5sum", "--check", "--quiet", sums], cwd=out, check=True)


def test_the_installed_size_counts_whole_kilobytes(tree: Path) -> None:
    before = deb.kilobytes(tree)
    (tree / "opt/curator/more").write_bytes(b"x" * 1025)
    assert deb.kilobytes(tree) == before + 2


def test_the_archive_unpacks_to_one_folder(tree: Path, tmp_path: Path) -> None:
    packed = archive(tree, tmp_path / "curator.tar.xz")
    listing = subprocess.run(["tar", "tvf", packed], capture_output=True, text=True, check=True).stdout
    assert all(line.split()[1] == "root/root" for line in listing.splitlines())
    subprocess.run(["tar", "xf", packed, "-C", tmp_path], check=True)
    assert str((tmp_path / "curator/_internal/libx.so").readlink()) == "data"
    assert (tmp_path / "curator" / "curator").stat().st_mode & 0o111
    assert (tmp_path / "curator" / "share" / "applications" / f"{APP_ID}.desktop").is_file()


def test_the_files_of_the_desktop_are_well_formed() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read(HERE / f"{APP_ID}.desktop", encoding="utf-8")
    assert entry["Desktop Entry"]["Exec"].endswith(" %F") and entry["Desktop Entry"]["Icon"] == APP_ID
    assert "inode/directory" not in entry["Desktop Entry"]["MimeType"]  # or it might become what folders open with
    about = ElementTree.fromstring(filled((HERE / f"{APP_ID}.metainfo.xml").read_text(), "1.0", "2027-01-02"))
    assert about.findtext("id") == APP_ID and about.findtext("launchable") == f"{APP_ID}.desktop"
    ElementTree.parse(HERE / f"{APP_ID}.xml")


@pytest.mark.skipif(shutil.which("appstreamcli") is None, reason="appstreamcli is not installed")
def test_appstream_takes_the_description(tmp_path: Path) -> None:
    file = tmp_path / f"{APP_ID}.metainfo.xml"
    file.write_text(filled((HERE / file.name).read_text(), "1.0.0", "2026-01-02"))
    done = subprocess.run(["appstreamcli", "validate", "--no-net", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_release_has_the_day_that_the_changelog_tells() -> None:
    changelog = "# Changelog\n\n## 0.2.0, unreleased\n\n## 0.1.0, 2026-12-01\n"
    assert release_date(changelog, "0.1.0", "2027-01-01") == "2026-12-01"
    assert release_date(changelog, "0.2.0", "2027-01-01") == "2027-01-01"
