"""What the smoke test judges by: what changed in a folder, whether a curve falls, what a file manager runs."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest
from smoke.account import Account, SmokeError
from smoke.bare_root import Resident
from smoke.curve import Picture, curve, fall, read_picture
from smoke.inside import Place, is_own
from smoke.listing import differences, listing
from smoke.stage import System
from smoke.visitor import launched

INK, PAPER = (70, 86, 200), (250, 250, 250)


def drawn(width: int, height: int, line: dict[int, int]) -> Picture:
    """A picture of a line, one pixel a column."""
    rows = [[INK if line.get(x) == y else PAPER for x in range(width)] for y in range(height)]
    return Picture(width, height, bytes(c for row in rows for pixel in row for c in pixel))


def test_every_kind_of_change_in_a_folder_is_seen(tmp_path: Path) -> None:
    for name in ("same", "changed", "gone", "sub/below", "left/out"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    before = listing(tmp_path, ["left"])
    stat = (tmp_path / "changed").stat()
    (tmp_path / "changed").write_text("CHANGED", encoding="utf-8")  # as long as before
    os.utime(tmp_path / "changed", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (tmp_path / "gone").unlink()
    (tmp_path / "sub/new").symlink_to("nowhere")
    (tmp_path / "left/new").touch()
    assert differences(before, listing(tmp_path, ["left"])) == ["changed changed", "gone gone", "new sub/new"]


def test_a_folder_is_not_called_changed_for_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    before = listing(tmp_path)
    (tmp_path / "sub/new").touch()
    assert differences(before, listing(tmp_path)) == ["new sub/new"]


@pytest.mark.parametrize("path", [".local/share/Curator/library/library.db", ".config", ".bashrc", "Downloads/a.md"])
def test_what_is_the_apps_own_or_was_there(path: str) -> None:
    assert is_own(path)


@pytest.mark.parametrize("path", [".cache/matplotlib", ".local/share/Curators", "core", ".config/org.curator"])
def test_what_is_strange_in_a_home(path: str) -> None:
    assert not is_own(path)


def test_a_falling_curve_falls_and_a_rising_one_does_not() -> None:
    falling = {x: round(10 + 60 * (1 - math.exp(-x / 20))) for x in range(100)}  # y grows downwards
    box = (0, 0, 100, 80)
    assert fall(curve(drawn(100, 80, falling), INK, box)) > 20
    assert fall(curve(drawn(100, 80, {x: 70 - y for x, y in falling.items()}), INK, box)) < -20
    assert abs(fall(curve(drawn(100, 80, dict.fromkeys(range(100), 40)), INK, box))) < 1
    assert fall([]) == 0


def test_only_what_is_in_the_box_and_of_the_colour_counts() -> None:
    picture = drawn(20, 20, dict.fromkeys(range(20), 15))
    assert curve(picture, INK, (5, 10, 10, 10)) == [(x, 5.0) for x in range(10)]
    assert curve(picture, INK, (0, 0, 20, 10)) == []
    assert curve(picture, (255, 0, 0), (0, 0, 20, 20)) == []
    assert picture.share(PAPER, (0, 0, 20, 10)) == 1.0


def test_a_picture_is_read_with_remarks_in_its_head() -> None:
    picture = read_picture(b"P6\n# made by somebody\n2 1\n255\n" + bytes([1, 2, 3, 10, 11, 12]))
    assert (picture.width, picture.height, picture.at(1, 0)) == (2, 1, (10, 11, 12))


@pytest.mark.parametrize("broken", [b"", b"P6\n2", b"P5\n2 1\n255\n12", b"P6\n2 1\n255\n123"])
def test_a_broken_picture_is_told(broken: bytes) -> None:
    with pytest.raises(ValueError, match=r"picture|pixels"):
        read_picture(broken)


def test_a_file_manager_runs_the_entry_with_every_file_as_one_word() -> None:
    entry = '[Desktop Entry]\nName=Curator\nExec=/opt/curator/curator --new "a b" %F 100%%\nTerminal=false\n'
    files = ["/home/Zoë Müller/März (1).jsonl", "/x.md"]
    assert launched(entry, files) == ["/opt/curator/curator", "--new", "a b", *files, "100%"]
    assert launched("Exec=curator %u %i", files) == ["curator", files[0]]
    with pytest.raises(SmokeError):
        launched("[Desktop Entry]\nName=Curator\n", files)


def test_our_own_entry_hands_over_the_files() -> None:
    entry = Path(__file__).resolve().parents[2] / "packaging/linux/org.curator.Curator.desktop"
    assert launched(entry.read_text(encoding="utf-8"), ["/a b.jsonl"])[-1] == "/a b.jsonl"


def test_a_failed_step_is_kept_and_the_next_is_tried(tmp_path: Path, capsys) -> None:
    account = Account(tmp_path)
    with account.step("one") as step:
        step.seen.append("something")
        raise SmokeError("it did not come")
    account.figures["seconds"] = 1.5
    with account.step("two"):
        pass
    again = Account(tmp_path)  # the process that follows
    assert again.failed == ["one"] and [step.name for step in again.steps] == ["one", "two"]
    assert again.steps[0].seen == ["something", "it did not come"]
    assert json.loads((tmp_path / "account.json").read_text(encoding="utf-8"))["figures"] == {"seconds": 1.5}
    assert "✗ one" in capsys.readouterr().out


def test_an_error_that_nobody_expected_ends_the_test_and_its_step_is_not_good(tmp_path: Path) -> None:
    account = Account(tmp_path)
    with pytest.raises(KeyError), account.step("one"):
        raise KeyError
    assert Account(tmp_path).failed == ["one"]


def test_the_place_is_the_same_on_the_other_side(tmp_path: Path) -> None:
    place = Place(tmp_path / "root", ["curator"], Resident(), tmp_path, None, "curator")
    place.write(tmp_path / "place.json")
    assert Place.read(tmp_path / "place.json") == place
    here = Place(Path("/"), ["python", "-m", "curator"], Resident(home="/tmp/Zoë"), tmp_path, tmp_path)
    here.write(tmp_path / "place.json")
    assert Place.read(tmp_path / "place.json") == here and not here.is_apart


def test_in_a_system_apart_the_program_is_the_ordinary_users_with_a_clean_environment(tmp_path: Path) -> None:
    system = System(tmp_path, ["curator"], Resident())
    system.home.mkdir(parents=True)
    command = system.command(["curator", "a b"], {"HOME": "/home/Zoë Müller"})
    assert command[:3] == ["chroot", "--userspec=1000:1000", "--groups="]
    assert command[3:] == [
        str(tmp_path),
        "env",
        "-i",
        "--chdir=/home/Zoë Müller",
        "HOME=/home/Zoë Müller",
        "curator",
        "a b",
    ]
