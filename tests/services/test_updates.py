"""Newer versions are asked for only when allowed, at most once a day, without saying who asks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from curator import __version__
from curator.services import updates
from curator.services.workspace import Workspace

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Releases:
    """GitHub's “latest release” on loopback, with what was asked of it."""

    def __init__(self) -> None:
        self.answer: tuple[int, bytes] = (200, self.release("v99.1"))
        self.moved_to = ""
        self.asked: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.host = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.host}/repos/somebody/curator/releases/latest"
        self._thread.start()

    def release(self, tag: str, page: str = "https://github.com/somebody/curator/releases/tag/x") -> bytes:
        told = {"tag_name": tag, "html_url": page, "published_at": "2026-11-20T10:00:00Z", "body": "…"}
        return json.dumps(told).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        releases = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                releases.asked.append(dict(self.headers))
                if releases.moved_to and self.path != "/moved":
                    self.send_response(301)
                    self.send_header("Location", releases.moved_to)
                    self.end_headers()
                    return
                code, body = releases.answer
                self.send_response(code)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def releases(monkeypatch: pytest.MonkeyPatch) -> Iterator[Releases]:
    served = Releases()
    monkeypatch.setenv("CURATOR_RELEASES", served.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield served
    served.close()


def test_nobody_is_asked_before_the_person_allows_it(ws: Workspace, releases: Releases) -> None:
    assert updates.check(ws, now=NOW) == updates.Standing(False, True) and releases.asked == []
    assert updates.allow(ws, True).settings
    newer = updates.check(ws, now=NOW).newer
    assert newer == updates.Release("99.1", "https://github.com/somebody/curator/releases/tag/x", "2026-11-20")
    assert not updates.allow(ws, True) and updates.allow(ws, False)
    updates.check(ws, now=NOW + timedelta(days=3))
    assert len(releases.asked) == 1


def test_it_is_asked_once_a_day_and_whenever_the_person_presses(ws: Workspace, releases: Releases) -> None:
    updates.allow(ws, True)
    for hours in (0, 1, 23.9, 24, 30, 47, 49):
        updates.check(ws, now=NOW + timedelta(hours=hours))
    assert len(releases.asked) == 3
    updates.check(ws, is_asked=True, now=NOW + timedelta(hours=49))
    assert len(releases.asked) == 4
    updates.check(ws, now=NOW)
    assert len(releases.asked) == 5, "a clock that was set back does not silence it for years"


def test_the_question_says_which_version_asks_and_nothing_else(ws: Workspace, releases: Releases) -> None:
    updates.check(ws, is_asked=True)
    (headers,) = releases.asked
    host = releases.host.removeprefix("http://")
    assert headers == {
        "Accept-Encoding": "identity",
        "Host": host,
        "User-Agent": f"Curator/{__version__}",
        "Accept": "application/vnd.github+json",
        "Connection": "close",
    }


@pytest.mark.parametrize(
    ("code", "body", "words"),
    [
        (404, b"", "No version is published there yet."),
        (403, b"rate limit", "answered with an error (403)"),
        (200, b"<html>log in to this hotel", "cannot be read"),
        (200, b'{"tag_name": "latest"}', "cannot be read"),
        (200, b'["v9"]', "cannot be read"),
    ],
)
def test_what_fails_is_kept_for_the_settings_to_tell(
    ws: Workspace, releases: Releases, code: int, body: bytes, words: str
) -> None:
    releases.answer = code, body
    assert words in updates.check(ws, is_asked=True, now=NOW).problem
    told = updates.standing(ws)
    assert words in told.problem and told.checked == NOW and told.newer is None
    releases.answer = 200, releases.release("v99.1")
    told = updates.check(ws, is_asked=True, now=NOW)
    assert told.problem == "" and told.newer is not None


def test_nobody_there_is_told_and_known_news_stay(ws: Workspace, releases: Releases) -> None:
    assert updates.check(ws, is_asked=True).newer is not None
    releases.close()
    told = updates.check(ws, is_asked=True)
    assert told.problem == "The page with the versions could not be reached." and told.newer is not None


def test_a_page_that_moved_is_followed_on_its_host_only(ws: Workspace, releases: Releases) -> None:
    releases.moved_to = f"{releases.host}/moved"
    assert updates.check(ws, is_asked=True).newer is not None
    releases.moved_to = "http://127.0.0.1:9/moved"
    assert "error (301)" in updates.check(ws, is_asked=True).problem


def test_only_a_page_of_the_same_place_can_be_opened(ws: Workspace, releases: Releases) -> None:
    for page in ("https://evil.example/x", "file:///etc/passwd", "http://github.com/x", "https://[", ""):
        releases.answer = 200, releases.release("v99.2", page)
        assert updates.check(ws, is_asked=True).newer == updates.Release("99.2", "", "2026-11-20")


def test_news_are_told_once(ws: Workspace, releases: Releases) -> None:
    assert updates.take_news(ws) is None
    updates.check(ws, is_asked=True)
    news = updates.take_news(ws)
    assert news is not None and news.version == "99.1" and updates.take_news(ws) is None
    releases.answer = 200, releases.release("v99.2")
    updates.check(ws, is_asked=True)
    assert updates.take_news(ws) is not None


def test_a_build_without_an_address_asks_nobody(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for found in ("", "http://somewhere.example/x", "ftp://x", "no address"):
        monkeypatch.setenv("CURATOR_RELEASES", found)
        updates.allow(ws, True)
        assert updates.check(ws, is_asked=True) == updates.Standing(True, False)


@pytest.mark.parametrize(
    ("version", "than", "newer"),
    [
        ("0.10", "0.9", True),
        ("v1.0", "1.0.0", False),
        ("1.0", "1.0rc2", True),
        ("1.0rc2", "1.0", False),
        ("1.0-rc.2", "1.0rc1", True),
        ("1.0.1", "1.0", True),
        ("nightly", "0.1", False),
        ("2.0", "nightly", False),
    ],
)
def test_versions_are_compared_by_their_numbers(version: str, than: str, newer: bool) -> None:
    assert updates.is_newer(version, than) is newer
