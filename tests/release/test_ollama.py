"""The client of Ollama against a server on loopback that speaks its API."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from curator.release.ollama import LoadedModel, Ollama, OllamaError, loopback_address


class Server(ThreadingHTTPServer):
    """Holds models as Ollama does: /api/ps tells them, a generate with keep_alive 0 lets one go."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.held: dict[str, tuple[int, int]] = {"gemma3:latest": (6_591_830_464, 5_333_539_264), "tiny": (400, 400)}
        self.asked: list[tuple[str, str, Any]] = []
        self.answer: bytes | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(("GET", self.path, None))
        models = [
            {"name": name, "model": name, "size": size, "size_vram": graphics, "expires_at": "2026-11-22T03:00:00Z"}
            for name, (size, graphics) in self.server.held.items()
        ]
        self.reply(200, json.dumps({"models": models}).encode() if self.server.answer is None else self.server.answer)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(("POST", self.path, body))
        if self.server.held.pop(body["model"], None) is None:
            self.reply(404, json.dumps({"error": "model not found"}).encode())
        else:
            self.reply(200, json.dumps({"model": body["model"], "done": True, "done_reason": "unload"}).encode())

    def reply(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_what_ollama_holds_is_told_the_largest_first(server: Server) -> None:
    assert Ollama(server.address).loaded() == (
        LoadedModel("gemma3:latest", 6_591_830_464, 5_333_539_264),
        LoadedModel("tiny", 400, 400),
    )


def test_a_model_is_let_go_of(server: Server) -> None:
    client = Ollama(server.address)
    client.unload("gemma3:latest")
    assert [one.name for one in client.loaded()] == ["tiny"]
    assert server.asked[0] == (
        "POST",
        "/api/generate",
        {"model": "gemma3:latest", "keep_alive": 0, "stream": False},
    )
    with pytest.raises(OllamaError, match="gone"):
        client.unload("gone")


@pytest.mark.parametrize("answer", [b"", b"[]", b"{", b'{"models": 3}', b'{"models": [3]}', b'{"models": null}'])
def test_an_odd_answer_is_no_model(server: Server, answer: bytes) -> None:
    server.answer = answer
    assert Ollama(server.address).loaded() == ()


def test_without_ollama_nothing_is_held(server: Server) -> None:
    address = server.address
    server.shutdown()
    server.server_close()
    assert Ollama(address).loaded() == ()
    with pytest.raises(OllamaError) as caught:
        Ollama(address).unload("tiny")
    assert "ollama stop tiny" in caught.value.hint


def test_a_proxy_is_not_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("OLLAMA_HOST", f"http://{server.address}")
    assert len(Ollama().loaded()) == 2


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("", ("127.0.0.1", 11434)),
        ("0.0.0.0", ("127.0.0.1", 11434)),
        (":8080", ("127.0.0.1", 8080)),
        ("localhost:9999", ("127.0.0.1", 9999)),
        ("http://127.0.0.1:11500", ("127.0.0.1", 11500)),
        ("http://localhost", ("127.0.0.1", 80)),
        ("[::1]:11434", ("::1", 11434)),
        ('"127.0.0.1"', ("127.0.0.1", 11434)),
        ("192.168.1.20:11434", None),
        ("https://ollama.example.org", None),
        ("mac.local", None),
        ("127.0.0.1:port", None),
    ],
)
def test_only_this_computer_is_ever_asked(host: str, address: tuple[str, int] | None) -> None:
    assert loopback_address(host) == address
    if address is None:
        assert Ollama(host).loaded() == ()
