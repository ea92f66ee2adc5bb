"""Several PNGs in one file: Apple's .icns and Windows' .ico."""

from __future__ import annotations

import struct
from collections.abc import Mapping

ICNS_KINDS = {
    b"ic11": 32,  # 16 points at two pixels
    b"ic12": 64,  # 32 points at two pixels
    b"ic07": 128,
    b"ic13": 256,  # 128 points at two pixels
    b"ic08": 256,
    b"ic14": 512,  # 256 points at two pixels
    b"ic09": 512,
    b"ic10": 1024,  # 512 points at two pixels
}
"""The kinds that take a PNG on every macOS since 10.8, and the pixels of each. The kinds for 16 and 32 points at one
pixel take none that all of them read; macOS makes those from the next larger."""
ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)
"""Pixels that Windows asks for at 100 to 250 % in its taskbar, title bars and lists."""
_ICO_HEAD = struct.Struct("<HHH")
_ICO_ENTRY = struct.Struct("<BBBBHHII")


def icns(pictures: Mapping[int, bytes]) -> bytes:
    """An .icns of PNGs by their pixels; a size that it has two kinds for is in it twice. Raises KeyError where one of
    `ICNS_KINDS` is missing."""
    parts = [kind + struct.pack(">I", 8 + len(pictures[size])) + pictures[size] for kind, size in ICNS_KINDS.items()]
    body = b"".join(parts)
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def ico(pictures: Mapping[int, bytes]) -> bytes:
    """An .ico of PNGs by their pixels, at most 256 (Windows reads PNGs in it since Vista)."""
    offset = _ICO_HEAD.size + _ICO_ENTRY.size * len(pictures)
    head, body = [_ICO_HEAD.pack(0, 1, len(pictures))], []
    for size, picture in sorted(pictures.items()):
        side = size % 256  # 256 is written as 0
        head.append(_ICO_ENTRY.pack(side, side, 0, 0, 1, 32, len(picture), offset))
        body.append(picture)
        offset += len(picture)
    return b"".join((*head, *body))
