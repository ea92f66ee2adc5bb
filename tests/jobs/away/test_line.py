"""What the person names as another computer, and what ssh and rsync say about it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from curator.core.errors import JobError
from curator.core.job import EVENTS_FILE, STOP_FILE
from curator.core.machine import RuntimeKind, RuntimeSpec
from curator.jobs.away.follower import Follower
from curator.jobs.away.line import Line, LineDownError, NoPythonError, NoRoomHereError
from curator.jobs.away.outage import Outage, StopAskedError
from curator.jobs.away.sitting import Sitting
from curator.jobs.folder import append_event, read_events


def spec(host: str, **more: str) -> RuntimeSpec:
    return RuntimeSpec("there", RuntimeKind.SSH, host=host, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("host", "destination", "port"),
    [
        ("mac.local", "mac.local", None),
        ("me@mac.local", "me@mac.local", None),
        ("ssh://me@mac.local:2222", "me@mac.local", "2222"),
        ("ssh://Studio/", "Studio", None),  # a name of the person's configuration, which minds capitals
    ],
)
def test_a_host_is_named_as_ssh_names_it(host: str, destination: str, port: str | None) -> None:
    command = Line(spec(host)).ssh("true")
    assert command[-3:] == ["--", destination, "true"]
    assert ("-p" in command) == (port is not None) and (port is None or port in command)
    assert {"BatchMode=yes", "ControlMaster=no", "ClearAllForwardings=yes", "RemoteCommand=none"} < set(command)
    assert not [word for word in command if "StrictHostKeyChecking" in word]


@pytest.mark.parametrize(
    "host",
    ["", "-oProxyCommand=touch x", "a b", "ssh://", "ssh://h:port", "ssh://h:", "h;id", "$(id)", "me@-v", "me@", "@h"],
)
def test_what_is_no_host_never_reaches_ssh(host: str) -> None:
    with pytest.raises(JobError, match="names no computer"):
        Line(spec(host))


@pytest.mark.parametrize("folder", ["a b", "x;id", "$HOME", "-x", "a'b", "~you/x", "käse", "A=b"])
def test_a_path_over_there_has_nothing_that_a_shell_reads(folder: str) -> None:
    with pytest.raises(JobError, match="cannot be the folder"):
        Line(spec("mac", folder=folder))
    with pytest.raises(JobError, match="cannot be the Python"):
        Line(spec("mac", python=folder))


def test_paths_begin_at_home_unless_they_are_whole() -> None:
    assert Line(spec("mac")).path("jobs", "x") == ".curator/jobs/x"
    assert Line(spec("mac", folder="~/deep/er/")).word("jobs") == '"$HOME"/deep/er/jobs'
    assert Line(spec("mac", folder="/srv/c")).word("jobs") == "/srv/c/jobs"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("Host key verification failed.", "does not know mac yet"),
        ("me@mac: Permission denied (publickey,password).", "without a password"),
        ("ssh: Could not resolve hostname mac: Name or service not known", "No computer called mac"),
        ("ssh: connect to host mac port 22: Connection refused", "does not take connections"),
        ("client_loop: send disconnect: Broken pipe", "The line to mac broke"),
        ("", "The line to mac broke"),
    ],
)
def test_what_ssh_says_becomes_a_sentence(words: str, message: str) -> None:
    error = Line(spec("mac")).failure(255, words)
    assert isinstance(error, LineDownError) and message in error.message


def test_a_changed_key_is_told_apart_from_an_unknown_one() -> None:
    forget = 'ssh-keygen -f "/home/me/.ssh/known_hosts" -R "mac"'
    words = (
        "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n"
        f"  remove with:\n  {forget}\nHost key verification failed."
    )
    changed = Line(spec("mac")).failure(255, words)
    assert "not the one this computer knows" in changed.message and changed.hint.endswith(forget)


def test_what_is_to_be_typed_reaches_the_same_door() -> None:
    line = Line(RuntimeSpec("there", RuntimeKind.SSH, host="ssh://me@mac:2222", options=("-i", "my key")))
    assert line.failure(255, "Host key verification failed.").hint.endswith("ssh -i 'my key' -p 2222 me@mac")
    refused = line.failure(255, "me@mac: Permission denied (publickey).").hint
    assert "ssh-copy-id -i 'my key' -p 2222 me@mac" in refused and "ssh-add" in refused


def test_what_finds_no_room_here_is_no_fault_of_the_other_disk() -> None:
    full = 'rsync: [receiver] write failed on "/x": No space left on device (28)'
    refused = subprocess.Popen(
        ["/bin/sh", "-c", f"echo '{full}' >&2; exit 11"], stdin=-1, stdout=-1, stderr=-1
    )  # as an rsync that brings something here
    with pytest.raises(NoRoomHereError, match="disk of this computer is full"):
        Line(spec("mac")).fetched(refused)


def test_the_computer_on_the_way_is_told_apart_from_the_one_behind_it() -> None:
    line = Line(spec("jumped"))
    after = "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535"
    refused = line.failure(255, f"me@door: Permission denied (publickey,password).\n{after}")
    assert refused.message == "The computer on the way to jumped does not let you in without a password."
    assert "ssh-copy-id me@door." in refused.hint
    unknown = line.failure(255, f"Host key verification failed.\n{after}")
    assert unknown.message == "This computer does not know the computer on the way to jumped yet."
    assert line.failure(255, "Host key verification failed.").message == "This computer does not know jumped yet."


def test_a_python_that_is_not_there_is_told_by_its_name() -> None:
    line = Line(spec("mac", python="~/env/bin/python"))
    missing = line.failure(127, "env: ‘/home/me/env/bin/python’: No such file or directory")
    assert (
        isinstance(missing, NoPythonError) and missing.message == "There is no Python called ~/env/bin/python on mac."
    )


def test_a_disk_that_refuses_is_no_broken_line() -> None:
    error = Line(spec("mac")).failure(23, 'rsync: mkdir "/x" failed: Permission denied (13)', is_rsync=True)
    assert not isinstance(error, LineDownError) and "could not do its part" in error.message
    full = (
        'rsync: [receiver] write failed on "/x": No space left on device (28)\nrsync error: error in file IO (code 11)'
    )
    assert "disk of mac is full" in Line(spec("mac")).failure(11, full, is_rsync=True).message
    assert "no rsync on mac" in Line(spec("mac")).failure(127, "", is_rsync=True).message
    assert isinstance(Line(spec("mac")).failure(12, "connection unexpectedly closed", is_rsync=True), LineDownError)


def test_each_event_is_copied_once_whatever_dies_in_between(tmp_path: Path) -> None:
    sitting = Sitting.new(spec("mac"))
    assert sitting.copied(tmp_path) == 0
    assert sitting.copy(tmp_path, b'{"event": "train", "t": 1, "loss": null}', 41) is not None
    append_event(tmp_path, "line", is_up=False, host="mac", message="far")
    assert sitting.copied(tmp_path) == 41
    with (tmp_path / EVENTS_FILE).open("ab") as stream:
        stream.write(f'{{"event": "train", "t": 2, "far": "{sitting.key}:8'.encode())  # died while writing
    assert sitting.copied(tmp_path) == 41
    assert sitting.copy(tmp_path, b"torn over there", 60) is None
    assert sitting.copy(tmp_path, b'{"event": "train", "t": 2}', 87) is not None
    assert sitting.copied(tmp_path) == 87
    assert [event.time for event in read_events(tmp_path)[0] if event.kind == "train"] == [1.0, 2.0]
    assert Sitting.new(spec("mac")).copied(tmp_path) == 0  # another sitting counts for itself
    sitting.save(tmp_path)
    assert Sitting.load(tmp_path) == sitting
    sitting.finish(tmp_path)
    assert Sitting.load(tmp_path) is None


def test_a_line_that_is_silent_counts_as_broken() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", "print('beat running', flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    follower = Follower(Line(spec("mac")), process, silence=0.5)
    with pytest.raises(LineDownError, match="silent"):
        list(follower.told())
    follower.close()


def test_a_refusal_over_there_comes_as_its_sentence() -> None:
    code = 'print("3 updates wait.\\n{ Welcome }\\n" + \'{"message": "No disk.", "hint": "Buy one."}\', flush=True)'
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    follower = Follower(Line(spec("mac")), process)
    with pytest.raises(JobError, match=r"No disk\."):
        list(follower.told())
    follower.close()


@pytest.fixture
def over_a_third(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An ssh that goes over a third computer, whose line hangs: what it has started for that holds its output open."""
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    apart = tmp_path / "apart"  # from the input, which a shell takes from its children only after they have begun
    way = f"(exec < /dev/null; : > {apart}; exec sleep 600) &\necho $! > {tmp_path}/way"
    ssh.write_text(
        f"#!/bin/sh\n{way}\nuntil [ -e {apart} ]; do sleep 0.01; done\necho 'beat running'\nexec sleep 600\n"
    )
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ssh.parent}:{os.environ['PATH']}")
    yield tmp_path / "way"
    os.kill(int((tmp_path / "way").read_text()), signal.SIGKILL)


def test_a_line_whose_way_hangs_is_let_go_all_the_same(over_a_third: Path) -> None:
    process = Line(spec("mac")).start("true")
    follower = Follower(Line(spec("mac")), process, silence=0.3)
    with pytest.raises(LineDownError, match="silent"):
        list(follower.told())
    began = time.monotonic()
    follower.close()
    assert process.returncode is not None and time.monotonic() - began < 60
    with pytest.raises(LineDownError, match="too long"):
        Line(spec("mac")).run("true", patience=0.2)
    assert time.monotonic() - began < 120


def test_why_a_line_broke_is_told_though_its_way_hangs(over_a_third: Path) -> None:
    process = Line(spec("mac")).start("true")
    follower = Follower(Line(spec("mac")), process)
    told = follower.told()
    assert next(told) is not None
    process.kill()
    process.wait()
    with pytest.raises(LineDownError, match="The line to mac broke"):
        follower.ask("keep")
    follower.close()


@pytest.mark.parametrize("ahead", [-7200.0, 0.0, 7200.0])
def test_a_stop_does_not_wait_for_ever_for_a_line_that_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: float
) -> None:
    outage = Outage(tmp_path, "mac")
    outage.give_up_stopped()  # nobody asked
    (tmp_path / STOP_FILE).write_text("keep")
    asked = time.time()
    os.utime(tmp_path / STOP_FILE, (asked - ahead, asked - ahead))  # the disk's clock is not ours
    now = time.monotonic()
    if ahead <= 0:
        outage.give_up_stopped()
    monkeypatch.setattr(time, "monotonic", lambda: now + 21)
    with pytest.raises(StopAskedError):
        outage.give_up_stopped()
