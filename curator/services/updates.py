"""Newer versions: asked for at most once a day, and only if the person allowed it or presses the button.

One GET request in the shape of GitHub's “latest release” goes to the address that whoever built this package put into
`resources/releases.url` (`CURATOR_RELEASES` wins). It says which version asks and nothing else: no id, no cookie, no
system. Nothing is downloaded; the person opens the page themselves. What fails is kept for the settings to tell.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

from curator import __version__, paths
from curator.core.changes import Changes
from curator.core.errors import CuratorError
from curator.services import settings
from curator.services.workspace import Workspace

EVERY = timedelta(days=1)
_ALLOWED, _CHECKED, _FOUND, _TOLD, _PROBLEM = (
    f"updates.{name}" for name in ("allowed", "checked", "found", "told", "problem")
)
_SECONDS = 4.0
_MOST = 1 << 20  # bytes of an answer that are read
_VERSION = re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){0,3})(?:[-.]?(a|b|rc|alpha|beta|dev|pre)[-.]?(\d{0,6}))?")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PLACES = frozenset({"github.com"})


class UpdateError(CuratorError):
    """The question was not answered."""


@dataclass(frozen=True, slots=True)
class Release:
    """A version that is published: its number, the page that tells of it ("" for none that may be opened), the day."""

    version: str
    page: str = ""
    published: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known: whether the person allows the question, whether this build knows whom to ask, when it was asked
    last, what is newer than this version, and why the last question was not answered."""

    is_allowed: bool
    has_address: bool
    checked: datetime | None = None
    newer: Release | None = None
    problem: str = ""


def address() -> str:
    """Whom to ask: an address with https (or on this computer); empty where nobody put one in."""
    found = os.environ.get("CURATOR_RELEASES", "").strip()
    if not found:
        try:
            found = (paths.resources() / "releases.url").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""
    return found if _is_safe(found) else ""


def standing(ws: Workspace) -> Standing:
    """What was chosen and what the last question brought. Asks nobody."""
    return Standing(
        settings.get(ws, _ALLOWED) == "yes",
        bool(address()),
        _moment(settings.get(ws, _CHECKED)),
        _newer(settings.get(ws, _FOUND)),
        settings.get(ws, _PROBLEM),
    )


def allow(ws: Workspace, on: bool) -> Changes:
    """Whether the question may be asked once a day."""
    return settings.put(ws, _ALLOWED, "yes" if on else "")


def check(ws: Workspace, *, is_asked: bool = False, now: datetime | None = None) -> Standing:
    """Ask, if the person allowed it and a day has gone by since the last time, or if they ask for it now. Never
    raises for what the network does: that is told in `problem`."""
    known, now = standing(ws), now or datetime.now(UTC)
    is_due = known.checked is None or not timedelta(0) <= now - known.checked < EVERY
    if not known.has_address or not (is_asked or (known.is_allowed and is_due)):
        return known
    settings.keep(ws, _CHECKED, now.isoformat(timespec="seconds"))  # before: an answer that kills us is asked once
    try:
        found, problem = json.dumps(asdict(_ask(address()))), ""
    except UpdateError as error:
        found, problem = settings.get(ws, _FOUND), error.message
    settings.keep(ws, _FOUND, found)
    settings.keep(ws, _PROBLEM, problem)
    return standing(ws)


def take_news(ws: Workspace) -> Release | None:
    """A newer version that the person has not been told of in the window yet: each is told once."""
    newer = standing(ws).newer
    if newer is None or settings.get(ws, _TOLD) == newer.version:
        return None
    settings.keep(ws, _TOLD, newer.version)
    return newer


def is_newer(version: str, than: str) -> bool:
    """Whether a version comes after another: 0.10 after 0.9, 1.0 after 1.0rc1. What is no version is never newer."""
    one, other = _parts(version), _parts(than)
    return one is not None and other is not None and one > other


def _parts(version: str) -> tuple[tuple[int, ...], str, int] | None:
    match = _VERSION.fullmatch(version.strip())
    if match is None:
        return None
    numbers = tuple(int(part) for part in match[1].split("."))
    return (*numbers, 0, 0, 0, 0)[:4], match[2] or "~", int(match[3] or 0)  # “~” comes after every letter


def _newer(kept: str) -> Release | None:
    try:
        release = Release(**json.loads(kept)) if kept else None
    except (ValueError, TypeError):
        return None
    return release if release is not None and is_newer(release.version, __version__) else None


def _moment(kept: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(kept) if kept else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _ask(url: str) -> Release:
    """The latest release as that address tells it. Raises UpdateError."""
    request = urllib.request.Request(
        url, headers={"User-Agent": f"Curator/{__version__}", "Accept": "application/vnd.github+json"}
    )
    opener = urllib.request.build_opener(_StayingThere, urllib.request.HTTPSHandler(context=_trust()))
    try:
        with opener.open(request, timeout=_SECONDS) as response:
            told = json.loads(response.read(_MOST))
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 404:
            raise UpdateError("No version is published there yet.") from error
        raise UpdateError(f"The page with the versions answered with an error ({error.code}).") from error
    except (OSError, HTTPException) as error:
        raise UpdateError("The page with the versions could not be reached.") from error
    except ValueError as error:
        raise UpdateError("The page with the versions gave an answer that cannot be read.") from error
    return _release(told, url)


def _release(told: Any, url: str) -> Release:
    version = told.get("tag_name") if isinstance(told, dict) else None
    if not isinstance(version, str) or _parts(version) is None:
        raise UpdateError("The page with the versions gave an answer that cannot be read.")
    page, day = str(told.get("html_url", "")), str(told.get("published_at", ""))[:10]
    may_open = _is_safe(page) and urlsplit(page).hostname in (_PLACES | {urlsplit(url).hostname})
    return Release(version.strip().removeprefix("v"), page if may_open else "", day)


class _StayingThere(urllib.request.HTTPRedirectHandler):
    """Follows a page that has moved on the same host, and nowhere else."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        if (before.scheme, before.hostname, before.port) != (after.scheme, after.hostname, after.port):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _trust() -> ssl.SSLContext:
    """The system's certificates, a company's own among them, and those that came along: a packaged Python looks for the
    system's where they were on the computer that built it."""
    trust = ssl.create_default_context()
    try:
        import certifi
    except ImportError:
        return trust
    trust.load_verify_locations(cafile=certifi.where())
    return trust
