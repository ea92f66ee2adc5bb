"""A small client of Ollama on this computer: which models it holds in memory, and asking it to let go of them."""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from curator.core.errors import CuratorError

PORT = 11434
_QUICK, _PATIENT = 0.2, 15.0
_MOST = 4 << 20  # bytes of an answer that are read


class OllamaError(CuratorError):
    """Ollama is there and does not do what it was asked for."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that Ollama holds in memory: its size in bytes, of which `graphics_bytes` on the graphics unit."""

    name: str
    bytes: int
    graphics_bytes: int = 0


class Ollama:
    """Ollama where `OLLAMA_HOST` says, as Ollama's own programs read it; only ever on this computer."""

    def __init__(self, host: str | None = None) -> None:
        self.address = loopback_address(os.environ.get("OLLAMA_HOST", "") if host is None else host)

    def loaded(self) -> tuple[LoadedModel, ...]:
        """The models in memory, the largest first; none where no Ollama answers within a fifth of a second."""
        try:
            answer = self._ask("GET", "/api/ps", None, _QUICK)
            found = [_loaded(one) for one in answer.get("models") or ()]
        except (OSError, http.client.HTTPException, ValueError, TypeError, AttributeError):
            return ()
        return tuple(sorted((one for one in found if one.name), key=lambda one: -one.bytes))

    def unload(self, name: str) -> None:
        """Ask for this model to be let go of now. Raises OllamaError where it is not."""
        try:
            # What `ollama stop` sends: a request without a prompt, to be kept for no time at all.
            self._ask("POST", "/api/generate", {"model": name, "keep_alive": 0, "stream": False}, _PATIENT)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise OllamaError(
                f"Ollama did not let go of {name}.", f"Close what is using it, or type: ollama stop {name}"
            ) from error

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, patience: float) -> dict[str, Any]:
        """One request, without the proxies that a person may have set: it never leaves the computer."""
        if self.address is None:
            raise ConnectionError("Ollama runs on another computer")
        connection = http.client.HTTPConnection(*self.address, timeout=patience)
        try:
            sent = None if body is None else json.dumps(body).encode()
            connection.request(method, path, sent, {"Content-Type": "application/json"} if sent else {})
            response = connection.getresponse()
            data = response.read(_MOST)
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(f"Ollama answered {response.status}: {data[:200]!r}")
        answer = json.loads(data)
        if not isinstance(answer, dict):
            raise ValueError("Ollama answered with something else than an object")
        return answer


def loopback_address(host: str) -> tuple[str, int] | None:
    """Host and port of an `OLLAMA_HOST` ("", "0.0.0.0", ":8080", "http://localhost:11434"); None where it names
    another computer, whose memory is not the one that training needs."""
    host = host.strip().strip("\"'")
    try:
        parts = urlsplit(host if "://" in host else f"http://{host}")
        name, port = parts.hostname or "127.0.0.1", parts.port
    except ValueError:
        return None
    if port is None:
        port = {"http": 80, "https": 443}[parts.scheme] if host.startswith(("http://", "https://")) else PORT
    if parts.scheme != "http":
        return None
    if name == "localhost":
        return "127.0.0.1", port
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return None
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "::1", port
    return (name, port) if address.is_loopback else None


def _loaded(one: dict[str, Any]) -> LoadedModel:
    return LoadedModel(str(one.get("name", "")), int(one.get("size") or 0), int(one.get("size_vram") or 0))
