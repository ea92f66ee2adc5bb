"""The Windows package: what is put together, which commands pack it, and that the installer's script fits them."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import bundle
import pytest
from windows.package import (
    SCRIPT,
    TERMINAL,
    WINDOW,
    PackageError,
    finish,
    inno_setup,
    installer_command,
    package_name,
    sign_commands,
)
from windows.version_info import numbers, version_info

from curator import __version__
from curator.ingest.names import STORES, SUFFIXES


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose app was just built."""
    root = tmp_path / "project"
    files = {
        "LICENSE": "Apache",
        "build/package/icons/Curator.ico": "icon",
        f"dist/curator/{WINDOW}.exe": "MZ",
        f"dist/curator/{TERMINAL}.exe": "MZ",
        "dist/curator/_internal/resources/samples/a.jsonl": "{}",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("version", "four"), [("0.1.0", (0, 1, 0, 0)), ("1.2.0rc1", (1, 2, 0, 0)), ("3", (3, 0, 0, 0))]
)
def test_windows_gets_four_numbers(version: str, four: tuple[int, int, int, int]) -> None:
    assert numbers(version) == four


def test_the_version_is_the_one_that_the_app_tells() -> None:
    assert bundle.version(SCRIPT.parents[2]) == __version__
    assert numbers(__version__) >= (0, 1, 0, 0)


def test_the_version_s_file_is_what_pyinstaller_evaluates() -> None:
    made: list[tuple[object, ...]] = []

    def note(*words: object, **named: object) -> tuple[object, ...]:
        made.append((*words, *named.values()))
        return words

    names = (
        "VSVersionInfo",
        "FixedFileInfo",
        "StringFileInfo",
        "StringTable",
        "StringStruct",
        "VarFileInfo",
        "VarStruct",
    )
    eval(version_info("curatorw", "Curator", "1.2.3"), dict.fromkeys(names, note))
    assert ("OriginalFilename", "curatorw.exe") in made and ("ProductVersion", "1.2.3") in made
    assert any((1, 2, 3, 0) in entry for entry in made)


def test_without_inno_setup_there_is_a_zip_and_a_word_about_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PATH", "ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(root / "nowhere"))
    told: list[str] = []
    made = finish(root / "dist/curator", root, root / "dist", "1.2.3", root, told.append, is_quick=False)
    assert [path.name for path in made] == ["Curator-1.2.3-windows-x64.zip"]
    with zipfile.ZipFile(made[0]) as packed:
        names = set(packed.namelist())
    assert {"curator/curatorw.exe", "curator/LICENSE.txt", "curator/_internal/resources/samples/a.jsonl"} <= names
    assert "Inno Setup is not here" in told[0]


def test_a_program_that_was_not_built_stops_the_packing(root: Path) -> None:
    (root / f"dist/curator/{WINDOW}.exe").unlink()
    with pytest.raises(PackageError, match=r"curatorw\.exe was not built"):
        finish(root / "dist/curator", root, root / "dist", "1.2.3", root, str, is_quick=True)


def test_inno_setup_is_found_where_it_installs_itself(tmp_path: Path) -> None:
    compiler = tmp_path / "Inno Setup 6" / "ISCC.exe"
    compiler.parent.mkdir()
    compiler.touch()
    assert inno_setup({"PATH": "", "ProgramFiles(x86)": str(tmp_path)}) == compiler
    assert inno_setup({"PATH": ""}) is None


def test_the_script_s_words_are_all_given_and_its_files_are_here(tmp_path: Path) -> None:
    script = SCRIPT.read_text(encoding="utf-8")
    command = installer_command(Path("ISCC.exe"), tmp_path, tmp_path / "dist", "1.2.3")
    given = {word[2:].partition("=")[0] for word in command if word.startswith("/D")}
    defined = set(re.findall(r"#define (\w+)", script))
    assert set(re.findall(r"\{#(\w+)\}", script)) == given | defined
    assert f"OutputBaseFilename={package_name('{#Version}')}" in script
    assert f'#define Window "{WINDOW}.exe"' in script
    assert SCRIPT.with_name(re.search(r"InfoBeforeFile=(.+)", script)[1]).read_text(encoding="ascii")  # type: ignore[index]
    tasks = set(re.findall(r'^Name: "(\w+)"', script, re.MULTILINE))
    assert set(re.findall(r"Tasks: (\w+)", script)) == tasks


def test_windows_offers_curator_for_every_file_that_is_read() -> None:
    offered = re.findall(
        r'SupportedTypes"; ValueType: string; ValueName: "(\.\w+)"', SCRIPT.read_text(encoding="utf-8")
    )
    assert sorted(offered) == sorted({*SUFFIXES, ".zip"} - set(STORES))  # a database is not opened, its folder is


def test_programs_are_signed_only_with_a_certificate(tmp_path: Path) -> None:
    files = [tmp_path / "a.exe", tmp_path / "b.exe"]
    assert sign_commands(files, {}) == []
    (command,) = sign_commands(files, {"CURATOR_SIGNTOOL_CERTIFICATE": "AB12"})
    assert command[:4] == ["signtool", "sign", "/sha1", "AB12"] and command[-2:] == [str(path) for path in files]
