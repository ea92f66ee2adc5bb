"""Signing Curator.app from the inside out, and having Apple look at it where the environment holds the credentials.

`CURATOR_CODESIGN_IDENTITY`  such as "Developer ID Application: Marta Kern (AB12CD34EF)"
`CURATOR_NOTARY_PROFILE`     a profile in the keychain (`xcrun notarytool store-credentials`), or the three of a key:
`CURATOR_NOTARY_KEY`, `CURATOR_NOTARY_KEY_ID`, `CURATOR_NOTARY_ISSUER`  the .p8 file, its id, and who issued it

No password is ever taken: on a command line any program could read it. Source: Apple, "Notarizing macOS software
before distribution" and Technical Note 2206.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from macos.checks import files_of
from macos.mach import is_mach_o

ENTITLEMENTS = Path(__file__).with_name("entitlements.plist")
AD_HOC = "-"
EXECUTABLE = "curator"

Command = list[str]


def identity(environment: Mapping[str, str]) -> str:
    """Who signs; `AD_HOC` for nobody, which an arm64 program needs all the same in order to start at all."""
    return environment.get("CURATOR_CODESIGN_IDENTITY", "").strip() or AD_HOC


def notary_credentials(environment: Mapping[str, str]) -> Command:
    """The options that let notarytool in; none where the environment has no credentials."""
    if profile := environment.get("CURATOR_NOTARY_PROFILE", "").strip():
        return ["--keychain-profile", profile]
    names = ("CURATOR_NOTARY_KEY", "CURATOR_NOTARY_KEY_ID", "CURATOR_NOTARY_ISSUER")
    key, key_id, issuer = (environment.get(name, "").strip() for name in names)
    return ["--key", key, "--key-id", key_id, "--issuer", issuer] if key and key_id and issuer else []


def signed_apart(app: Path) -> list[Path]:
    """All code in an app that has a signature of its own, the innermost first, less the app itself: libraries and
    extensions, then the frameworks they lie in. A framework's own library is signed with the framework."""
    main = app / "Contents" / "MacOS" / EXECUTABLE
    found = {path for path in app.rglob("*.framework") if path.is_dir() and not path.is_symlink()}
    for path in files_of(app):
        if path != main and path.name not in _framework_names(path) and is_mach_o(path):
            found.add(path)
    return sorted(found, key=lambda path: (-len(path.parts), path))


def sign_commands(app: Path, environment: Mapping[str, str]) -> list[Command]:
    """The commands that sign an app, in their order, and then look whether all of it holds together.

    With an identity the runtime is hardened, as the notary asks; signed by nobody it is not, since there the system
    would refuse every library that has another signature.
    """
    who = identity(environment)
    how = ["codesign", "--force", "--sign", who]
    if who != AD_HOC:
        how += ["--options", "runtime", "--timestamp"]
    commands = [[*how, str(path)] for path in signed_apart(app)]
    commands.append([*how, "--entitlements", str(ENTITLEMENTS), str(app)])
    commands.append(["codesign", "--verify", "--deep", "--strict", str(app)])
    return commands


def notary_commands(file: Path, environment: Mapping[str, str]) -> list[Command]:
    """The commands that have a signed app or .dmg looked at, and its ticket stapled to it; none without credentials.

    notarytool has ended with 0 for a file that was refused; the stapler, which then finds no ticket, does not.
    """
    credentials = notary_credentials(environment)
    if identity(environment) == AD_HOC or not credentials:
        return []
    sent, commands = file, []
    if file.suffix == ".app":  # it is sent as a zip; the ticket goes to the folder
        sent = file.with_suffix(".zip")
        commands.append(["ditto", "-c", "-k", "--keepParent", str(file), str(sent)])
    commands.append(["xcrun", "notarytool", "submit", str(sent), *credentials, "--wait"])
    commands.append(["xcrun", "stapler", "staple", str(file)])
    return commands


def image_sign_commands(image: Path, environment: Mapping[str, str]) -> list[Command]:
    """The command that signs a .dmg; none without an identity."""
    who = identity(environment)
    return [] if who == AD_HOC else [["codesign", "--force", "--sign", who, "--timestamp", str(image)]]


def note(environment: Mapping[str, str]) -> str:
    """What a person who builds is told about the signature; empty where all of it is there."""
    if identity(environment) == AD_HOC:
        return (
            "Curator.app is signed by nobody: CURATOR_CODESIGN_IDENTITY is not set. It runs on this Mac. On another, "
            "the person has to allow it once under System Settings, Privacy & Security, “Open Anyway”."
        )
    if not notary_credentials(environment):
        return (
            "Curator.app is signed and not notarised: neither CURATOR_NOTARY_PROFILE nor CURATOR_NOTARY_KEY, "
            "CURATOR_NOTARY_KEY_ID and CURATOR_NOTARY_ISSUER are set. Another Mac will refuse it until the person "
            "allows it under System Settings, Privacy & Security, “Open Anyway”."
        )
    return ""


def _framework_names(path: Path) -> set[str]:
    """The names of the frameworks that a file lies in at the place of their own library."""
    parts = path.parts
    return {
        Path(part).stem
        for at, part in enumerate(parts)
        if part.endswith(".framework") and len(parts) - at in (2, 4)  # X.framework/X, X.framework/Versions/A/X
    }
