"""One window for each library: a second start hands its files over and ends."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import xxhash
from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_log = logging.getLogger(__name__)
WAIT = 800  # ms for the other window to answer


def server_name(library: Path) -> str:
    """The same for every start of this person with this library (the sockets of all persons may share a folder).

    A short name, not a secret; hashlib would load OpenSSL with it, which takes longer than the rest of this module.
    """
    digest = xxhash.xxh3_64_hexdigest(f"{Path.home()}\n{library.expanduser().resolve()}".encode())
    return f"curator-{digest}"


def hand_over(library: Path, files: list[str]) -> bool:
    """Give the files to the window that is already open; False when there is none."""
    socket = QLocalSocket()
    socket.connectToServer(server_name(library))
    if not socket.waitForConnected(WAIT):
        return False
    socket.write(json.dumps([str(Path(f).absolute()) for f in files]).encode() + b"\n")
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
            files = json.loads(bytes(socket.readLine().data()))
        except ValueError:
            return
        socket.write(b"ok\n")
        socket.flush()
        if isinstance(files, list):
            self.called.emit([str(f) for f in files])
