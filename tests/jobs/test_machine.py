"""Memory, disk, locks and the rest of this computer, and of recorded others."""

from __future__ import annotations

import fcntl
import platform
from pathlib import Path
from types import SimpleNamespace

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


def test_what_a_container_has_left_is_its_limit_less_what_cannot_be_given_back(tmp_path: Path) -> None:
    limit = psutil.virtual_memory().total // 256  # far less than what is free here
    inner = make_cgroup(tmp_path / "inner", str(2 * limit), limit // 2, limit // 10)
    outer = make_cgroup(tmp_path / "outer", str(limit), limit // 2, limit // 10)
    have = machine.memory([inner, outer])
    assert (have.total, have.available) == (limit, limit - (limit // 2 - limit // 10))
    (outer / "memory.current").write_text(f"{3 * limit}\n")  # lowered while it ran
    assert machine.memory([inner, outer]).available == 0
    (outer / "memory.current").write_text(f"{limit // 20}\n")  # what it has of files was read by another group
    assert machine.memory([outer]).available == limit
    (outer / "memory.stat").unlink()
    assert machine.memory([outer]).available == limit - limit // 20


def test_where_a_container_is_only_held_up_that_is_its_limit(tmp_path: Path) -> None:
    limit = psutil.virtual_memory().total // 4
    group = make_cgroup(tmp_path / "held", "max", limit // 2, 0)
    (group / "memory.high").write_text(f"{limit}\n")
    assert machine.memory([group]).total == limit
    (group / "memory.max").write_text(f"{limit // 2}\n")
    assert machine.memory([group]).total == limit // 2
    (group / "memory.high").write_text("max\n")
    assert machine.memory([group]).total == limit // 2


@pytest.mark.parametrize(
    ("percent", "plugged", "expected"),
    [
        (41.6, False, machine.Battery(42, False)),
        (99.9, True, machine.Battery(100, True)),
        (80.0, None, machine.Battery(80, True)),  # it cannot tell, so nothing is asked for
    ],
)
def test_a_battery_is_told_with_its_charger(
    monkeypatch: pytest.MonkeyPatch, percent: float, plugged: bool | None, expected: machine.Battery
) -> None:
    found = SimpleNamespace(percent=percent, power_plugged=plugged, secsleft=3600)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: found, raising=False)
    assert machine.battery() == expected


def test_a_computer_without_a_battery_or_that_does_not_tell_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise FileNotFoundError("/sys/class/power_supply")

    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    assert machine.battery() is None
    monkeypatch.setattr(psutil, "sensors_battery", refuse, raising=False)
    assert machine.battery() is None


def test_the_version_of_macos_is_known_there_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "mac_ver", lambda: ("26.1", ("", "", ""), "arm64"))
    monkeypatch.setattr(machine.sys, "platform", "darwin")
    assert machine.macos_version() == (26, 1) >= (26,)
    assert machine.true_version("16.0") == (26, 0)  # what an older build of Python is told there
    assert machine.true_version("15.7.2") == (15, 7, 2)
    monkeypatch.setattr(machine.sys, "platform", "linux")
    assert machine.macos_version() == ()


@pytest.mark.parametrize(("words", "limit"), [("0\n", 0), ("14336\n", 14_336), ("", 0), ("unknown oid\n", 0)])
def test_the_share_that_a_person_gave_to_graphics_is_read(
    monkeypatch: pytest.MonkeyPatch, words: str, limit: int
) -> None:
    monkeypatch.setattr(machine, "output_of", lambda *_: words)
    assert machine.wired_limit_mb() == limit


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
    assert machine.graphics_memory(36 * GB) == 24 * GB and machine.graphics_memory(37 * GB) > 27 * GB
    assert machine.graphics_memory(18 * GB, limit_mb=14_336) == 14 * GB
    assert machine.graphics_memory(18 * GB, limit_mb=99_999) == 18 * GB


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
    assert machine.threads({"OPENBLAS_NUM_THREADS": "0"}) == machine.threads({})
    assert machine.threads({"OPENBLAS_NUM_THREADS": "1"}) == 1


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
