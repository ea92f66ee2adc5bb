"""A curve read off the screen: the pixels of its colour, column by column, and whether it falls."""

from __future__ import annotations

from typing import NamedTuple

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]  # x, y, width, height in pixels


class Picture(NamedTuple):
    """Rows of RGB bytes, from the top."""

    width: int
    height: int
    data: bytes

    def at(self, x: int, y: int) -> Colour:
        """The colour of one pixel."""
        start = (y * self.width + x) * 3
        return self.data[start], self.data[start + 1], self.data[start + 2]

    def share(self, colour: Colour, box: Box) -> float:
        """Which share of a box has a colour."""
        return sum(len(rows) for rows in columns(self, colour, box).values()) / max(1, box[2] * box[3])


def read_picture(ppm: bytes) -> Picture:
    """A binary PPM (P6, 8 bit): three words and a maximum, one white space, then the bytes."""
    words: list[bytes] = []
    place = 0
    while len(words) < 4:
        end = place
        while end < len(ppm) and not ppm[end : end + 1].isspace():
            end += 1
        word = ppm[place:end]
        place = end + 1
        if word.startswith(b"#"):
            place = ppm.index(b"\n", end) + 1
        elif word:
            words.append(word)
        elif place > len(ppm):
            raise ValueError("the picture ends in its head")
    if words[0] != b"P6" or words[3] != b"255":
        raise ValueError(f"not an 8-bit P6 picture: {words!r}")
    width, height = int(words[1]), int(words[2])
    data = ppm[place:]
    if len(data) != width * height * 3:
        raise ValueError(f"{len(data)} bytes for {width} × {height} pixels")
    return Picture(width, height, data)


def columns(picture: Picture, colour: Colour, box: Box, near: int = 40) -> dict[int, list[int]]:
    """The heights (y, from the top of the box) at which each column holds the colour, give or take `near` a channel."""
    left, top, width, height = box
    red, green, blue = colour
    found: dict[int, list[int]] = {}
    for y in range(max(0, top), min(picture.height, top + height)):
        for x in range(max(0, left), min(picture.width, left + width)):
            r, g, b = picture.at(x, y)
            if abs(r - red) <= near and abs(g - green) <= near and abs(b - blue) <= near:
                found.setdefault(x - left, []).append(y - top)
    return found


def curve(picture: Picture, colour: Colour, box: Box) -> list[tuple[int, float]]:
    """The line of a colour as (column, mean height in it), from left to right."""
    return [(x, sum(rows) / len(rows)) for x, rows in sorted(columns(picture, colour, box).items())]


def fall(line: list[tuple[int, float]]) -> float:
    """By how many pixels a line is lower on the screen in its last third than in its first: above 0, the loss fell."""
    if len(line) < 3:
        return 0.0
    third = len(line) // 3
    first = sum(y for _, y in line[:third]) / third
    last = sum(y for _, y in line[-third:]) / third
    return last - first
