"""What macOS is told about Curator.app, and what is looked at before it is signed, on an app of a few bytes."""

from __future__ import annotations

import plistlib
import struct
from pathlib import Path

import pytest
from macos.checks import problems
from macos.image import image_command, stage
from macos.mach import Code, is_mach_o, metal_system, parts
from macos.metal import metallib_copies, place_kernels
from macos.package import finish, hint
from macos.plist import info_plist
from macos.signing import (
    ENTITLEMENTS,
    image_sign_commands,
    notary_commands,
    note,
    sign_commands,
    signed_apart,
)
from macos.wheels import PLATFORM, locked, wheel_commands, wheel_tags

ROOT = Path(__file__).resolve().parents[2]
IDENTITY = {"CURATOR_CODESIGN_IDENTITY": "Developer ID Application: Marta Kern (AB12CD34EF)"}
KEY = {"CURATOR_NOTARY_KEY": "/keys/a.p8", "CURATOR_NOTARY_KEY_ID": "K1", "CURATOR_NOTARY_ISSUER": "i-1"}
ARM, INTEL = 0x0100000C, 0x01000007


def mach_o(system: tuple[int, int] = (14, 0), cpu: int = ARM, needs: str = "") -> bytes:
    """A Mach-O header with commands before and after the one that names the system, as linkers write it."""
    uuid = struct.pack("<II16x", 0x1B, 24)
    build = struct.pack("<6I", 0x32, 24, 1, system[0] << 16 | system[1] << 8, 0, 0)
    name = needs.encode().ljust(len(needs) // 8 * 8 + 8, b"\0")
    load = struct.pack("<6I", 0xC, 24 + len(name), 24, 2, 0, 0) + name if needs else b""
    commands = uuid + build + load
    head = struct.pack("<8I", 0xFEEDFACF, cpu, 0, 6, 2 + bool(needs), len(commands), 0, 0)
    return head + commands


def fat(*parts: bytes) -> bytes:
    """Several architectures in one file."""
    offset, entries, body = 8 + 20 * len(parts), b"", b""
    for part in parts:
        entries += struct.pack(">5I", 0, 0, offset + len(body), len(part), 0)
        body += part
    return struct.pack(">II", 0xCAFEBABE, len(parts)) + entries + body


def metallib(system: tuple[int, int] = (14, 0)) -> bytes:
    """The head of a Metal library, as it stands in mlx-metal's wheels."""
    return b"MTLB" + struct.pack("<HHHBB", 0x8001, 2, 7, 0, 0x81) + struct.pack("<HH", *system) + bytes(48)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app laid out as PyInstaller does it: code in Frameworks, data in Resources, links between the two."""
    app = tmp_path / "Curator.app"
    frameworks, resources = app / "Contents" / "Frameworks", app / "Contents" / "Resources"
    qt = frameworks / "PySide6/Qt/lib/QtCore.framework"
    files = {
        app / "Contents/MacOS/curator": mach_o((11, 0)),
        frameworks / "mlx/core.so": mach_o(needs="@rpath/libmlx.dylib"),
        frameworks / "mlx/lib/libmlx.dylib": mach_o(needs="/usr/lib/libc++.1.dylib"),
        resources / "mlx/lib/mlx.metallib": metallib(),
        qt / "Versions/A/QtCore": fat(mach_o((13, 0)), mach_o((13, 0), INTEL)),
        qt / "Versions/A/Resources/Info.plist": b"<plist/>",
        resources / "resources/samples/a.jsonl": b"{}\n",
        app / "Contents/Info.plist": plistlib.dumps(info_plist("1.2.3")),
    }
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (qt / "QtCore").symlink_to("Versions/A/QtCore")
    (frameworks / "libmlx.dylib").symlink_to("mlx/lib/libmlx.dylib")
    return app


def test_the_plist_is_one_and_names_what_can_be_dropped_on_the_dock() -> None:
    plist = plistlib.loads(plistlib.dumps(info_plist("0.9.1")))
    assert plist["CFBundleIdentifier"] == "org.curator.Curator"
    assert plist["CFBundleShortVersionString"] == plist["CFBundleVersion"] == "0.9.1"
    assert plist["LSMinimumSystemVersion"] == "14.0"
    types = {name for kind in plist["CFBundleDocumentTypes"] for name in kind["LSItemContentTypes"]}
    assert {"public.folder", "public.json", "org.jsonlines.jsonl", "public.zip-archive"} <= types
    assert {kind["LSHandlerRank"] for kind in plist["CFBundleDocumentTypes"]} == {"Alternate"}
    described = {kind["UTTypeIdentifier"] for kind in plist["UTImportedTypeDeclarations"]}
    assert {name for name in types if not name.startswith("public.")} == described


def test_the_entitlements_are_the_three_that_are_needed_and_no_more() -> None:
    entitlements = plistlib.loads(ENTITLEMENTS.read_bytes())
    assert entitlements == {
        f"com.apple.security.cs.{name}": True
        for name in ("allow-jit", "allow-unsigned-executable-memory", "disable-library-validation")
    }


def test_code_is_told_from_data_and_says_which_system_it_asks_for(tmp_path: Path) -> None:
    thin, both, java, text = (tmp_path / name for name in ("a.so", "b.dylib", "C.class", "d.txt"))
    thin.write_bytes(mach_o((14, 4), needs="@rpath/libb.dylib"))
    both.write_bytes(fat(mach_o((11, 0)), mach_o((10, 13), INTEL)))
    java.write_bytes(b"\xca\xfe\xba\xbe" + struct.pack(">I", 52) + bytes(40))
    text.write_bytes(b"")
    assert [is_mach_o(path) for path in (thin, both, java, text)] == [True, True, False, False]
    assert parts(thin) == {"arm64": Code((14, 4), ("@rpath/libb.dylib",))}
    assert parts(both) == {"arm64": Code((11, 0), ()), "x86_64": Code((10, 13), ())}
    with pytest.raises(ValueError, match="no Metal library"):
        metal_system(text)


def test_the_kernels_end_up_beside_every_copy_of_the_library(app: Path) -> None:
    assert len(problems(app)) == 2
    place_kernels(app)
    assert metallib_copies(app) == []
    assert problems(app) == []
    for library in app.rglob("libmlx.dylib"):
        kernels = library.with_name("mlx.metallib")
        assert metal_system(kernels) == (14, 0)
        assert not kernels.is_symlink() or not kernels.readlink().is_absolute()


def test_an_app_without_kernels_cannot_be_packaged(app: Path) -> None:
    next(app.rglob("mlx.metallib")).unlink()
    with pytest.raises(FileNotFoundError, match="graphics"):
        place_kernels(app)


@pytest.mark.parametrize(
    ("inside", "data", "words"),
    [
        ("Resources/mlx/lib/mlx.metallib", metallib((26, 2)), "asks for macOS 26.2: the wheel of mlx-metal"),
        ("Frameworks/mlx/core.so", mach_o((15, 0)), "asks for macOS 15.0, later than 14.0"),
        ("Frameworks/mlx/core.so", mach_o(cpu=INTEL), "has no code for arm64"),
        ("Frameworks/mlx/core.so", mach_o(needs="@rpath/libb.dylib"), "needs libb.dylib, which was left out"),
    ],
)
def test_what_would_not_run_on_the_oldest_mac_is_named(app: Path, inside: str, data: bytes, words: str) -> None:
    place_kernels(app)
    (app / "Contents" / inside).write_bytes(data)
    (found,) = problems(app)
    assert found.startswith(f"Contents/{inside}") and words in found


def test_the_bindings_of_pyside_6_11_are_let_in_and_those_of_6_12_are_not(app: Path) -> None:
    place_kernels(app)
    bindings = app / "Contents/Frameworks/PySide6/QtCore.abi3.so"
    bindings.write_bytes(mach_o((15, 0)))
    assert problems(app) == []
    bindings.write_bytes(mach_o((26, 0)))
    assert "Python 3.11" in hint(problems(app))
    assert hint(["Contents/Frameworks/mlx/core.so has no code for arm64."]) == ""


def test_it_is_signed_from_the_inside_out_and_each_code_once(app: Path) -> None:
    inner = [path.relative_to(app / "Contents/Frameworks").as_posix() for path in signed_apart(app)]
    assert sorted(inner) == ["PySide6/Qt/lib/QtCore.framework", "mlx/core.so", "mlx/lib/libmlx.dylib"]
    commands = sign_commands(app, IDENTITY)
    signed = [Path(command[-1]) for command in commands if "--sign" in command]
    assert signed[-1] == app
    for at, path in enumerate(signed):
        assert not any(path in later.parents for later in signed[at:])
    assert all("runtime" in command and "--timestamp" in command for command in commands if "--sign" in command)
    assert [command for command in commands if "--entitlements" in command] == commands[-2:-1]
    assert commands[-1][:2] == ["codesign", "--verify"]


def test_without_an_identity_it_is_signed_by_nobody_and_says_so(app: Path) -> None:
    commands = [command for command in sign_commands(app, {}) if "--sign" in command]
    assert {command[command.index("--sign") + 1] for command in commands} == {"-"}
    assert not any("runtime" in command for command in commands)
    assert notary_commands(app, KEY) == [] and image_sign_commands(app, KEY) == []
    assert "CURATOR_CODESIGN_IDENTITY" in note({})
    assert "not notarised" in note(IDENTITY)
    assert note(IDENTITY | KEY) == ""


def test_an_app_goes_to_the_notary_as_a_zip_and_the_ticket_to_the_app(app: Path) -> None:
    zipped, submit, staple = notary_commands(app, IDENTITY | KEY)
    assert zipped[0] == "ditto" and zipped[-1] == submit[3] == str(app.with_suffix(".zip"))
    assert submit[4:] == ["--key", "/keys/a.p8", "--key-id", "K1", "--issuer", "i-1", "--wait"]
    assert staple[-1] == str(app)
    image = app.with_name("Curator.dmg")
    assert notary_commands(image, IDENTITY | {"CURATOR_NOTARY_PROFILE": "ci"})[0][3:6] == [
        str(image), "--keychain-profile", "ci",
    ]  # fmt: skip


def test_the_image_shows_the_app_and_where_to_drag_it(app: Path, tmp_path: Path) -> None:
    copy = stage(app, tmp_path / "shown")
    assert copy == ["ditto", str(app), str(tmp_path / "shown" / "Curator.app")]
    assert (tmp_path / "shown" / "Applications").readlink() == Path("/Applications")
    command = image_command(tmp_path / "shown", tmp_path / "c.dmg")
    assert command[command.index("-srcfolder") + 1] == str(tmp_path / "shown")


def test_the_steps_are_run_in_order_and_the_tickets_stapled(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apple's programs are the wall: stand-ins on the path note how they were called."""
    said = tmp_path / "said"
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("codesign", "ditto", "xcrun", "hdiutil"):
        program = programs / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> "{said}"\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    for name, value in (IDENTITY | KEY).items():
        monkeypatch.setenv(name, value)
    told: list[str] = []
    (image,) = finish(app, ROOT, tmp_path, "1.2.3", tmp_path, told.append, is_quick=False)
    assert image.name == "Curator-1.2.3-arm64.dmg"
    words = [" ".join(line.split()[:2]) for line in said.read_text().splitlines()]
    assert words == (
        ["codesign --force"] * 4 + ["codesign --verify"]
        + ["ditto -c", "xcrun notarytool", "xcrun stapler"]
        + [f"ditto {app}", "hdiutil create", "codesign --force", "xcrun notarytool", "xcrun stapler"]
    )  # fmt: skip
    assert told == ["Apple looks at Curator.app; this takes some minutes"]


def test_the_lock_gives_both_wheels_of_mlx_with_their_hashes(tmp_path: Path) -> None:
    kept = locked((ROOT / "packaging/requirements/run.txt").read_text(encoding="utf-8"))
    heads = [line.split()[0].partition("==") for line in kept.splitlines() if not line.startswith(" ")]
    assert [name for name, _, _ in heads] == ["mlx", "mlx-metal"]
    assert heads[0][2] == heads[1][2] and ";" not in kept
    assert kept.count("--hash=sha256:") > 2
    with pytest.raises(ValueError, match="mlx-metal"):
        locked("mlx==1 \\\n    --hash=sha256:00\n")
    fetch, install = wheel_commands(Path("python"), tmp_path / "r.txt", tmp_path / "w")
    assert fetch[fetch.index("--platform") + 1] == PLATFORM == "macosx_14_0_arm64"
    assert "--no-index" in install


def test_the_tags_of_a_wheel_are_read() -> None:
    metadata = "Wheel-Version: 1.0\nTag: py3-none-macosx_14_0_arm64\n"
    assert wheel_tags(metadata) == ["py3-none-macosx_14_0_arm64"]
