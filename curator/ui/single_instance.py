"""One window for each library: a second start hands its files over and ends."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path

import xxhash
from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_log = logging.getLogger(__name__)
WAIT = 800  # ms for the other window to answer
TOKENS = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")
LONGEST = 100  # bytes of a socket's path; sockaddr_un has room for 107


def server_name(library: Path) -> str:
    """The same for every start of this person with this library.

    On Linux it is a path in the folder of the person's session (XDG Base Directory Specification, `XDG_RUNTIME_DIR`),
    where nobody else can put a socket of that name; without one, and elsewhere, Qt knows a place. A short name, not a
    secret; hashlib would load OpenSSL with it, which takes longer than the rest of this module.
    """
    digest = xxhash.xxh3_64_hexdigest(f"{Path.home()}\n{library.expanduser().resolve()}".encode())
    name = f"curator-{digest}"
    if sys.platform != "linux":
        return name
    session = Path(f"/run/user/{os.getuid()}")  # said here too: a start over ssh or cron may not have the variable
    for folder in (Path(os.environ.get("XDG_RUNTIME_DIR") or session), session):
        path = str(folder / name)
        if folder.is_absolute() and os.access(folder, os.W_OK | os.X_OK) and len(os.fsencode(path)) <= LONGEST:
            return path
    return name


def hand_over(library: Path, files: list[str]) -> bool:
    """Give the files to the window that is already open; False when there is none.

    With them goes the token by which the desktop allows this start to raise a window (xdg-activation; on X11 the
    startup notification's id): the other window may use it in its place.
    """
    socket = QLocalSocket()
    socket.connectToServer(server_name(library))
    if not socket.waitForConnected(WAIT):
        return False
    told = {
        "files": [str(Path(f).absolute()) for f in files],
        "tokens": {name: os.environ[name] for name in TOKENS if name in os.environ},
    }
    socket.write(json.dumps(told).encode() + b"\n")
    socket.waitForBytesWritten(WAIT)
    while not socket.canReadLine() and socket.waitForReadyRead(WAIT):
        pass  # until its line is whole, or it has been silent for too long
    heard = bytes(socket.readAll().data()).startswith(b"ok")
    socket.disconnectFromServer()
    return heard


class SingleInstance(QObject):
    """Listens for later starts. `called(files)` says that one came; the window should come to the front."""

    called = Signal(object)

    def __init__(self, library: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        name = server_name(library)
        if not self._server.listen(name):
            QLocalServer.removeServer(name)  # nobody answered `hand_over`: it is what a crash left behind
            if not self._server.listen(name):
                _log.warning("a second start will open a second window: %s", self._server.errorString())

    def close(self) -> None:
        """Listen no longer."""
        self._server.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda s=socket: self._on_words(s))
            socket.disconnected.connect(socket.deleteLater)

    def _on_words(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            return
        try:
            told = json.loads(bytes(socket.readLine().data()))
            files, tokens = told["files"], told["tokens"]
        except (ValueError, TypeError, KeyError):
            return
        socket.write(b"ok\n")
        socket.flush()
        os.environ.update({name: str(tokens[name]) for name in TOKENS if name in tokens})
        self.called.emit([str(f) for f in files])
