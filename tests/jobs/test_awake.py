"""The computer is kept awake while a worker is at work, where the system offers it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from curator.jobs import awake
from curator.jobs.awake import companions


def test_on_a_mac_the_computer_is_kept_awake_but_not_its_display() -> None:
    assert companions(42, "darwin") == [["caffeinate", "-i", "-w", "42"]]


def test_a_linux_without_a_login_service_offers_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awake, "_SYSTEMD", tmp_path / "nowhere")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert companions(42, "linux") == []


@pytest.mark.parametrize("name", ["systemd-inhibit", "elogind-inhibit"])
def test_on_linux_the_locks_are_let_go_when_the_worker_ends(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inhibit = tmp_path / name  # the real one needs a system bus; this one runs its command as that does
    inhibit.write_text('#!/bin/sh\nwhile case "$1" in --*) true;; *) false;; esac; do shift; done\nexec "$@"\n')
    inhibit.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{Path(str(shutil.which('tail'))).parent}")
    monkeypatch.setattr(awake, "_SYSTEMD", tmp_path if name.startswith("systemd") else tmp_path / "nowhere")
    worker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    commands = companions(worker.pid, "linux")
    assert [command[:2] for command in commands] == [[str(inhibit), "--what=sleep"], [str(inhibit), "--what=idle"]]
    held = [subprocess.Popen(command) for command in commands]
    assert all(one.poll() is None for one in held)
    worker.communicate(b"\n")
    assert [one.wait(timeout=120) for one in held] == [0, 0]
