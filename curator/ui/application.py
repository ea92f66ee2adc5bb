"""The application: reads the arguments, opens the window at once and the library behind it."""

from __future__ import annotations

import gc
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtCore import QEvent, QSettings, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QFileOpenEvent, QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from curator import __version__, paths
from curator.core.errors import CuratorError
from curator.ui.appearance import Dresser
from curator.ui.closing import LINGER
from curator.ui.collector import Collector
from curator.ui.heartbeat import Heartbeat
from curator.ui.main_window import MainWindow
from curator.ui.place_makers import load_views
from curator.ui.reporting.crash_desk import CrashDesk
from curator.ui.reporting.process import Reporting
from curator.ui.single_instance import SingleInstance, hand_over
from curator.ui.tasks import Tasks
from curator.ui.views.status_line import Fact

if TYPE_CHECKING:
    from argparse import Namespace

    from curator.services.workspace import Workspace
    from curator.ui.first_list import FirstList

_log = logging.getLogger(__name__)
NO_DISPLAY = 1
DESKTOP_ENTRY = "org.curator.Curator"
"""The name of the .desktop file: by it a Linux desktop finds the icon of the window and puts its windows together."""
LOOK_BACK = 2500  # ms from the first frame until it is looked whether the last window ended as it should
TURN = 0.0005
"""Seconds that a thread may keep the interpreter while another waits for it, a tenth of Python's own measure: nearly
every call of the window into Qt gives it up and takes it back, and with 5 ms each a place of 70 ms took 300."""
MADE_BY = 8000  # ms from the first frame until everything is imported that is imported at all starts, charts too


class Application(QApplication):
    """Hears of the files that the system hands over: the Dock, “Open with”."""

    opened = Signal(object)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FileOpen and isinstance(event, QFileOpenEvent):
            self.opened.emit([event.file()])
            return True
        return super().event(event)


def parse(args: list[str]) -> Namespace:
    """`[--library DIR] [FILE…]`; wrong usage ends with code 2, as in every verb."""
    import argparse

    parser = argparse.ArgumentParser(prog="curator", description="Open the window, and import FILEs.")
    parser.add_argument("--library", type=Path, metavar="DIR", help="another library than the platform's own")
    parser.add_argument("--version", action="version", version=f"curator {__version__}")
    parser.add_argument("files", nargs="*", metavar="FILE")
    return parser.parse_args(args)


def missing_display() -> str:
    """Why no window can be opened here, in a sentence; empty when one can. Qt itself would abort without a word."""
    if sys.platform in ("darwin", "win32") or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    if os.environ.get("WAYLAND_DISPLAY"):
        return ""
    display = os.environ.get("DISPLAY", "")
    if not display:
        return "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set)."
    host, _, number = display.rpartition(":")
    if host not in ("", "unix"):
        return ""
    try:
        port = int(number.split(".")[0])
    except ValueError:
        return f"“{display}” is no display."
    import socket

    for address in (f"\0/tmp/.X11-unix/X{port}", f"/tmp/.X11-unix/X{port}"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            if probe.connect_ex(address) == 0:
                return ""
    return f"The screen “{display}” does not answer."


def run_window(args: list[str]) -> int:
    """Open the window and stay until it is closed. Returns the exit code."""
    options = parse(args)
    problem = missing_display()
    if problem:
        sys.stderr.write(f"{problem} Every verb also works without a window: curator --help\n")
        return NO_DISPLAY
    library = (options.library or paths.default_library()).expanduser()
    gc.disable()  # from here on the window collects
    app = Application([sys.argv[0] if sys.argv else "curator"])
    app.setApplicationName(paths.APP)
    app.setApplicationDisplayName(paths.APP)
    app.setApplicationVersion(__version__)
    QGuiApplication.setDesktopFileName(DESKTOP_ENTRY)
    if sys.platform == "win32":  # elsewhere the desktop's entry and the app's bundle have it
        app.setWindowIcon(QIcon(str(paths.resources() / "icons" / "app.svg")))
    app.setQuitOnLastWindowClosed(True)
    if hand_over(library, options.files):
        return 0
    reporting = Reporting()
    window = open_window(app, library, [Path(f) for f in options.files])
    reporting.tell = window.fail
    QTimer.singleShot(LOOK_BACK, window.crashes.look_back)
    code = app.exec()
    window.beat.stop()
    if window.closing is not None and not window.closing.wait(LINGER):
        _leave(code, window, reporting)
    reporting.end()
    return code


def _leave(code: int, window: Curator, reporting: Reporting) -> None:
    """End the process though something in it does not. Where that was a write, the next window says that this one came
    to no good end: something that was asked for was not done."""
    _log.warning("ended with the process: %s", window.closing.words if window.closing is not None else "")
    if not window.tasks.is_writing:
        reporting.end()
    os._exit(code)


class Curator(MainWindow):
    """The window with what belongs to the process: the collector, heartbeat, crash reports, single instance, files
    handed over."""

    def __init__(self, tasks: Tasks, geometry: QSettings, library: Path) -> None:
        super().__init__(tasks, geometry)
        self.folder = library
        self._unattached: list[Workspace] = []  # open, and on its way to the window: whoever takes it out closes it
        self.collector = Collector(self, MADE_BY)
        self.beat = Heartbeat(self)
        self.crashes = CrashDesk(self)
        self.instance = SingleInstance(library, self)
        self.instance.called.connect(self._on_called)

    def open(self) -> None:
        """Open the library off the window's thread, and attach it; or say why it can't be, and offer what can be."""
        self.status.set_facts([Fact("Opening the library")])
        self.tasks.long(self._opened, self._on_opened, self._on_not_opened)

    def end_unattached(self) -> None:
        """Close the library that was opened while the window was closed, whichever of the two came first."""
        while self._unattached:
            self._unattached.pop().close()

    def _opened(self) -> tuple[Workspace, FirstList | None]:
        made = _open(self.folder)
        self._unattached.append(made[0])
        if self.tasks.is_closed:
            self.end_unattached()
        return made

    def _on_opened(self, made: tuple[Workspace, FirstList | None]) -> None:
        self.attach(*made)
        self._unattached.clear()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.instance.close()  # a start from now on opens a window of its own
        self.beat.stop()
        super().closeEvent(event)

    def _on_not_opened(self, error: BaseException) -> None:
        from curator.ui.another_library import offer

        self.status.set_facts([Fact("No library is open", "bad")])
        offer(self, error, self.open)

    def _on_called(self, files: list[str]) -> None:
        self.setWindowState(self.windowState() & ~self.windowState().WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        self.read([Path(f) for f in files])


def open_window(app: QApplication, library: Path, files: list[Path]) -> Curator:
    """Show the window now; the library is opened beside it and attached when it is ready."""
    sys.setswitchinterval(TURN)
    dresser = Dresser(app)
    tasks = Tasks(parent=app)
    config = Path(platformdirs.user_config_dir(paths.APP, appauthor=False))
    window = Curator(tasks, QSettings(str(config / "window.ini"), QSettings.Format.IniFormat), library)
    window.appearance_chosen.connect(dresser.choose)
    if isinstance(app, Application):
        app.opened.connect(lambda names: window.read([Path(n) for n in names]))
    window.read(files)
    window.show()
    # The first frame first: everything behind it is imported and opened in a thread.
    QTimer.singleShot(0, window.open)
    return window


def _open(library: Path) -> tuple[Workspace, FirstList | None]:
    """Open the library, import what the window is built from, and read the first list meanwhile: all of it off the
    window's thread."""
    from curator.services.workspace import Workspace

    workspace = Workspace.open(library, counts_apart=True)
    with ThreadPoolExecutor(1, thread_name_prefix="first") as beside:
        first = beside.submit(_first_list, workspace)
        load_views()
    return workspace, first.result()


def _first_list(workspace: Workspace) -> FirstList | None:
    from curator.ui.first_list import read_first_list

    try:
        return read_first_list(workspace)
    except CuratorError:
        return None  # the Library asks again, and says what is wrong
