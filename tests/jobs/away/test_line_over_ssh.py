"""The line as a person has it: their own configuration, large files, names of every kind."""

from __future__ import annotations

import socket
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil
from job_running import wait_until
from loopback_ssh import OtherComputer

from curator.jobs.away.line import Line, end


def test_what_a_person_has_configured_for_their_terminal_does_not_get_in_the_way(
    other: OtherComputer, tmp_path: Path
) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="c") as short,  # a socket's path may have 104 letters
        socket.create_server(("127.0.0.1", 0)) as taken,
    ):
        sockets = Path(short) / "%C"
        client = tmp_path / "client"
        client.write_text(
            (other.folder / "client").read_text()
            + f"RemoteCommand tmux\nRequestTTY force\nControlMaster auto\nControlPath {sockets}\nControlPersist 60\n"
            + f"LocalForward {taken.getsockname()[1]} localhost:80\nExitOnForwardFailure yes\n"
        )
        line = Line(replace(other.spec, options=("-F", str(client))))
        assert line.run("echo heard") == "heard\n"
        left = [" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"])]
        assert not [words for words in left if str(tmp_path) in words or short in words]


def test_a_transfer_that_is_let_go_ends_at_once_and_leaves_no_half_file(other: OtherComputer, tmp_path: Path) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    (there / "checkpoint.safetensors").write_bytes(bytes(20_000_000))
    process = Line(other.spec).fetching(f"{there}/", here, "--bwlimit=500")  # 40 seconds
    wait_until(lambda: any(path.stat().st_size for path in here.iterdir()), "the first bytes")
    began = time.monotonic()
    end(process)
    assert time.monotonic() - began < 10.0
    wait_until(lambda: list(here.iterdir()) == [], "the half written file being deleted")
