"""Memory, disk, locks and the rest of this computer, and of recorded others."""

from __future__ import annotations

import fcntl
from pathlib import Path

import psutil
import pytest

from curator.jobs import machine
from curator.jobs.locks import is_locked

GB = 1 << 30


def make_cgroup(folder: Path, limit: str, used: int, files: int) -> Path:
    folder.mkdir()
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 1\nfile {files}\ninactive_file {files}\nactive_file 3\n")
    return folder


def test_a_container_has_the_memory_that_it_is_given(tmp_path: Path) -> None:
    limit = psutil.virtual_memory().total // 4
    small = make_cgroup(tmp_path / "small", str(limit), limit // 2, limit // 10)
    free = make_cgroup(tmp_path / "free", "max", GB, 0)
    have = machine.memory([small, free])
    assert have.total == limit
    assert have.available <= limit // 2 + limit // 10 + 1
    assert machine.memory([free]).total == machine.memory([tmp_path / "none"]).total == psutil.virtual_memory().total


def test_a_system_that_does_not_tell_of_its_swap_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse() -> None:
        raise RuntimeError("Performance counters may be disabled.")  # psutil on Windows

    monkeypatch.setattr(psutil, "swap_memory", refuse)
    have = machine.memory([tmp_path / "none"])
    assert have.total == psutil.virtual_memory().total and have.swap_total == have.swap_used == 0


def test_the_control_groups_are_those_of_this_process_and_above(tmp_path: Path) -> None:
    inner = tmp_path / "user.slice" / "app.scope"
    inner.mkdir(parents=True)
    own = tmp_path / "cgroup"
    own.write_text("1:name=systemd:/x\n0::/user.slice/app.scope\n")
    assert machine.control_groups(own, tmp_path) == [inner, tmp_path / "user.slice", tmp_path]
    own.write_text("0::/docker/4f2a/not/seen/from/inside\n")
    assert machine.control_groups(own, tmp_path) == [tmp_path]
    assert machine.control_groups(tmp_path / "none", tmp_path) == []


def test_free_disk_is_told_for_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    free = machine.free_disk(tmp_path / "not" / "yet")
    assert free is not None and free > 0


def test_a_mac_gives_its_graphics_two_thirds_or_three_quarters_or_what_was_set() -> None:
    assert machine.graphics_memory(18 * GB) == 12 * GB
    assert machine.graphics_memory(64 * GB) == 48 * GB
    assert machine.graphics_memory(18 * GB, limit_mb=14_336) == 14 * GB


def test_a_lock_is_seen_while_it_is_held(tmp_path: Path) -> None:
    path = tmp_path / "device.lock"
    assert not is_locked(path)
    with path.open("w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert is_locked(path)
    assert not is_locked(path)


def test_threads_are_those_that_the_person_set_or_all() -> None:
    assert machine.threads({"OMP_NUM_THREADS": "3"}) == 3
    assert machine.threads({"OMP_NUM_THREADS": "3", "OPENBLAS_NUM_THREADS": "2"}) == 2
    assert machine.threads({"OMP_NUM_THREADS": "many"}) == machine.threads({}) >= 1


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', {"ubuntu", "debian"}),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', {"rocky", "rhel", "centos", "fedora"}),
        ("ID=arch\n", {"arch"}),
        ("", set()),
    ],
)
def test_the_distribution_is_read_from_os_release(tmp_path: Path, text: str, ids: set[str]) -> None:
    path = tmp_path / "os-release"
    path.write_text(text)
    assert machine.distribution(path) == ids
    assert machine.distribution(tmp_path / "none") == frozenset()


def test_a_program_that_is_missing_fails_or_hangs_prints_nothing() -> None:
    assert machine.output_of("echo", "4") == "4\n"
    assert machine.output_of("no-such-program-here") == ""
    assert machine.output_of("false") == ""
    assert machine.output_of("sleep", "30") == ""
