"""The icon is readable at every size, and its files are what the three systems take."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from icons.containers import ICNS_KINDS, ICO_SIZES, icns, ico
from icons.drawing import draw, png
from icons.make import HICOLOR_SIZES, make_icons
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QImageReader


@pytest.mark.parametrize("size", [16, 24, 32, 64, 256])
def test_the_curve_stands_out_at_every_size(size: int) -> None:
    image = draw(size)
    pixels = [QColor.fromRgba(image.pixel(x, y)) for x in range(size) for y in range(size)]
    accent = [pixel for pixel in pixels if pixel.blue() - pixel.red() > 60]
    assert len(accent) > 0.04 * len(pixels)
    strongest = max(pixel.blue() - pixel.red() for pixel in accent)
    assert strongest > 100  # full accent (#4656C8) is 130 apart: nowhere blurred into grey


def test_on_a_mac_the_plate_leaves_the_margin_of_the_dock() -> None:
    def margin(image: QImage) -> int:
        row = [image.pixelColor(x, 256).alpha() for x in range(512)]
        return next(at for at, alpha in enumerate(row) if alpha > 128)

    assert margin(draw(512)) <= 6
    assert 46 <= margin(draw(512, is_mac=True)) <= 54  # 100 of 1024


def test_qt_reads_every_picture_of_the_windows_icon(tmp_path: Path) -> None:
    file = tmp_path / "a.ico"
    file.write_bytes(ico({size: png(draw(size)) for size in ICO_SIZES}))
    reader = QImageReader(str(file))
    read = [reader.read() for _ in range(reader.imageCount()) if reader.jumpToImage(_)]
    assert [image.width() for image in read] == list(ICO_SIZES)
    full = read[-1].convertToFormat(QImage.Format.Format_ARGB32)
    assert full == draw(256)


def test_every_kind_of_the_mac_icon_holds_a_picture_of_its_pixels() -> None:
    pictures = {size: png(draw(size, is_mac=True)) for size in set(ICNS_KINDS.values())}
    data = icns(pictures)
    assert data[:4] == b"icns" and struct.unpack(">I", data[4:8])[0] == len(data)
    found, at = {}, 8
    while at < len(data):
        kind, length = data[at : at + 4], struct.unpack(">I", data[at + 4 : at + 8])[0]
        found[kind] = QImage.fromData(data[at + 8 : at + length], "PNG").width()
        at += length
    assert found == ICNS_KINDS


def test_the_command_makes_all_of_them(tmp_path: Path) -> None:
    made = make_icons(tmp_path)
    assert {path.name for path in made} == {
        "org.curator.Curator.png", "org.curator.Curator.svg", "Curator.icns", "Curator.ico",
    }  # fmt: skip
    for size in HICOLOR_SIZES:
        image = QImage(str(tmp_path / f"hicolor/{size}x{size}/apps/org.curator.Curator.png"))
        assert image.size().width() == size
        assert image.scaled(1, 1, Qt.AspectRatioMode.IgnoreAspectRatio).pixelColor(0, 0).alpha() > 100
