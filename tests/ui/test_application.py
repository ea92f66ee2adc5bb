"""The process: arguments, a missing screen, a second start, files handed over."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket

from curator.ui.application import missing_display, parse
from curator.ui.heartbeat import WARN, Heartbeat
from curator.ui.single_instance import SingleInstance, hand_over, server_name


def test_arguments_name_a_library_and_files() -> None:
    options = parse(["--library", "/tmp/x", "a.jsonl", "b.zip"])
    assert (options.library, options.files) == (Path("/tmp/x"), ["a.jsonl", "b.zip"])


def test_wrong_usage_ends_with_two() -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--nothing"])
    assert ended.value.code == 2


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="these always have a screen")
def test_without_a_screen_the_program_says_so_and_ends_with_one(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    command = [
        sys.executable,
        "-c",
        "import sys; from curator.ui.application import run_window; sys.exit(run_window([]))",
    ]
    for display in ({}, {"DISPLAY": ":987"}):
        ended = subprocess.run(command, env=environment | display, capture_output=True, text=True, timeout=120)
        assert ended.returncode == 1
        assert "screen" in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt brings all it needs")
def test_a_system_without_what_qt_needs_is_told_in_a_sentence(tmp_path: Path) -> None:
    told = "libEGL.so.1: cannot open shared object file: No such file or directory"
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6/__init__.py").write_text(f"raise ImportError({told!r})", encoding="utf-8")
    folders = os.pathsep.join([str(tmp_path), str(Path(__file__).resolve().parents[2])])
    command = [sys.executable, "-m", "curator"]
    ended = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": folders}, capture_output=True, text=True, timeout=120, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "this system has no libEGL.so.1" in ended.stderr and "libegl1" in ended.stderr
    assert "Traceback" not in ended.stderr
    (tmp_path / "PySide6/__init__.py").write_text("import nothing_of_this_name", encoding="utf-8")
    ended = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": folders}, capture_output=True, text=True, timeout=120, check=False
    )
    assert "nothing_of_this_name" in ended.stderr, "what is no missing library is not called one"


def test_offscreen_counts_as_a_screen(monkeypatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert missing_display() == ""


def test_a_second_start_hands_its_files_to_the_first(qapp, qtbot, tmp_path: Path) -> None:
    first, heard = SingleInstance(tmp_path), []
    first.called.connect(heard.append)
    code = (
        "import sys; from pathlib import Path; from curator.ui.single_instance import hand_over\n"
        "sys.exit(0 if hand_over(Path(sys.argv[1]), sys.argv[2:]) else 9)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path), "/x/a.jsonl"]) as second:
        qtbot.waitUntil(lambda: second.poll() is not None, timeout=20000)
    first.close()
    assert (heard, second.returncode) == ([["/x/a.jsonl"]], 0)


def test_with_the_files_goes_the_desktops_word_that_a_window_may_be_raised(
    qapp, qtbot, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.delenv("XDG_ACTIVATION_TOKEN", raising=False)
    first, heard = SingleInstance(tmp_path), []
    first.called.connect(lambda _files: heard.append(os.environ.get("XDG_ACTIVATION_TOKEN")))
    code = "import sys; from pathlib import Path; from curator.ui.single_instance import hand_over\n"
    command = [sys.executable, "-c", code + "sys.exit(not hand_over(Path(sys.argv[1]), []))", str(tmp_path)]
    with subprocess.Popen(command, env=os.environ | {"XDG_ACTIVATION_TOKEN": "token-7"}) as second:
        qtbot.waitUntil(lambda: second.poll() is not None, timeout=20000)
    first.close()
    assert (heard, second.returncode) == (["token-7"], 0)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt's own place belongs to the person already")
def test_the_door_is_in_the_folder_of_the_session_where_there_is_one(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/tmp")
    assert server_name(tmp_path).startswith("/tmp/curator-")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("long" * 30)))
    (tmp_path / ("long" * 30)).mkdir()
    assert len(server_name(tmp_path)) < 100, "a path of a socket has at most 107 bytes"


def test_words_that_are_no_call_are_not_heard(qapp, qtbot, tmp_path: Path) -> None:
    first, heard = SingleInstance(tmp_path), []
    first.called.connect(heard.append)
    for words in (b"nonsense\n", b"[1]\n", b'{"files": []}\n'):
        socket = QLocalSocket()
        socket.connectToServer(server_name(tmp_path))
        assert socket.waitForConnected(2000)
        socket.write(words)
        socket.flush()
        qtbot.waitUntil(lambda: socket.bytesToWrite() == 0)  # noqa: B023
        socket.disconnectFromServer()
    assert hand_over_from_another_process(tmp_path, qtbot)
    first.close()
    assert heard == [[]], "only the last one was a call"


def hand_over_from_another_process(library: Path, qtbot) -> bool:
    """A second start of this library in a process of its own; whether it was heard."""
    code = "import sys; from pathlib import Path; from curator.ui.single_instance import hand_over\n"
    command = [sys.executable, "-c", code + "sys.exit(not hand_over(Path(sys.argv[1]), []))", str(library)]
    with subprocess.Popen(command) as second:
        qtbot.waitUntil(lambda: second.poll() is not None, timeout=20000)
    return second.returncode == 0


def test_another_library_has_a_window_of_its_own(tmp_path: Path) -> None:
    assert server_name(tmp_path / "a") != server_name(tmp_path / "b")
    assert not hand_over(tmp_path / "nobody", [])


def test_what_a_crash_left_behind_is_no_obstacle(qapp, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    again = SingleInstance(tmp_path)  # as if the first had died without closing its door
    assert again._server.isListening()
    first.close()
    again.close()


def test_the_heartbeat_feels_a_stall_and_says_where(qapp, qtbot, log_watch, monkeypatch) -> None:
    keep = log_watch.emit
    log_watch.expect("the window did not answer for [0-9]+ ms")
    log_watch.expect("the window stands still(?s:.*)test_application.py")
    beat = Heartbeat()
    qtbot.waitUntil(lambda: beat.worst > 0)
    beat.reset()
    told = threading.Event()
    monkeypatch.setattr(log_watch, "emit", lambda record: (keep(record), told.set()))
    assert told.wait(60), "the window's thread does nothing else until the one beside it has told"
    qtbot.waitUntil(lambda: beat.worst > WARN)
    beat.stop()
    assert beat.gaps >= 1
