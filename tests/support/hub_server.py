"""A hub on loopback: the two addresses a download needs, byte ranges, and every way to fail."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class HubServer:
    """Serves one repository. `cut_after` ends a connection after so many bytes of a weight file, `cuts` times."""

    def __init__(self, repo: str, files: dict[str, bytes]) -> None:
        self.repo = repo
        self.files = dict(files)
        self.commit = COMMIT
        self.cut_after = 0
        self.cuts = 0
        self.error = 0
        self.is_gated = False
        self.wrong_hash = False
        self.is_dying = False  # after the first cut every connection is closed without an answer
        self.requests: list[tuple[str, str]] = []  # path, Range header
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that hang up are meant to
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def fetched(self) -> list[str]:
        """Names of the files that were asked for, in order."""
        return [path.rpartition("/")[2] for path, _ in self.requests if "/resolve/" in path]

    def __enter__(self) -> HubServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _info(self) -> dict[str, Any]:
        siblings = []
        for name, data in self.files.items():
            entry: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": hashlib.sha1(data).hexdigest()}
            if name.endswith(".safetensors"):
                digest = hashlib.sha256(b"other" if self.wrong_hash else data).hexdigest()
                entry["lfs"] = {"sha256": digest, "size": len(data), "pointerSize": 134}
            siblings.append(entry)
        return {"id": self.repo, "modelId": self.repo, "sha": self.commit, "siblings": siblings, "tags": []}

    def _handler(hub) -> type[BaseHTTPRequestHandler]:  # noqa: N805  the handler below has a self of its own
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                return

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                hub.requests.append((path, self.headers.get("Range", "")))
                if hub.is_dying and hub.cut_after and not hub.cuts:
                    self.close_connection = True
                    return self.connection.shutdown(2)
                if hub.error:
                    return self._answer(hub.error, b"{}")
                if path == f"/api/models/{hub.repo}":
                    return self._answer(200, json.dumps(hub._info()).encode())
                prefix = f"/{hub.repo}/resolve/{hub.commit}/"
                if path.startswith(prefix) and path[len(prefix) :] in hub.files:
                    if hub.is_gated:
                        return self._answer(403, b"{}", {"X-Error-Code": "GatedRepo"})
                    return self._file(path[len(prefix) :])
                return self._answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})

            def _file(self, name: str) -> None:
                data = hub.files[name]
                begin = self.headers.get("Range", "")
                start = int(begin.removeprefix("bytes=").removesuffix("-")) if begin else 0
                if start >= len(data) > 0:
                    return self._answer(416, b"")
                body = data[start:]
                headers = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if begin else {}
                if hub.cuts and hub.cut_after and name.endswith(".safetensors"):
                    hub.cuts -= 1
                    self._head(206 if begin else 200, len(body), headers)
                    self.wfile.write(body[: hub.cut_after])
                    self.wfile.flush()
                    self.close_connection = True
                    self.connection.shutdown(2)
                    return None
                return self._answer(206 if begin else 200, body, headers)

            def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
                self._head(status, len(body), headers or {})
                self.wfile.write(body)

            def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(length))
                self.end_headers()

        return Handler
