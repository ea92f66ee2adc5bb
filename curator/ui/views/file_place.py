"""A line of a file with the lines around it, as far as they can be shown: where an import met a problem, or left
something out."""

from __future__ import annotations

import io
import math
import re
from pathlib import Path
from typing import BinaryIO, NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QWidget

from curator.formats.encodings import of_utf_16, of_windows
from curator.ui.controls import LEFT, RIGHT, smooth
from curator.ui.theme import code_font, font, scheme_of
from curator.ui.views.marks import cover_secrets

AROUND = 3  # lines before and after
LONGEST = 400  # characters of a line that are kept: a line of a transcript may be a megabyte
_PIECE = 1 << 16
_LOOK = 4_096
_NO_TEXT = frozenset(range(32)) - frozenset(b"\t\n\f\r\x1b")  # control characters that no text has
_TOP = 8
_WORD = re.compile("[A-Za-z0-9]{4,}")


class FilePlace(NamedTuple):
    """What stands around a line: (number, text) each, and a sentence where there is nothing to show. `file` is what the
    computer can open: the zip, where the path leads into one."""

    line: int
    lines: tuple[tuple[int, str], ...] = ()
    words: str = ""
    file: str = ""


def read_place(path: str, line: int, says: str = "") -> FilePlace:
    """Read the lines around this one; 0 means the file as a whole, of which the beginning is shown. `says` is how the
    record that stood there begins: a line that says something else is not shown for it. Reads the disk, perhaps all of
    a large file: not for the window's thread."""
    file = Path(path)
    outer = next((p for p in (file, *file.parents) if p.is_file()), None)
    if outer is None:
        return FilePlace(line, words=_why_no_file(file))
    if outer != file:
        return FilePlace(line, words=f"It lies inside {outer.name}.", file=str(outer))
    try:
        return _read(file, line, says)
    except OSError as error:
        return FilePlace(line, words=f"The file cannot be read: {error.strerror or error}.", file=path)


def _why_no_file(file: Path) -> str:
    if file.is_dir():
        return "It is a folder."
    if file.is_symlink():
        return "What the link points to is not there."
    if file.exists():
        return "It is no file whose lines could be shown."
    if "\ufffd" in str(file):  # as the name is told of which the true bytes cannot be shown
        return "It cannot be opened from here, because of its name."
    return "The file is not there any more."


def _read(file: Path, line: int, says: str) -> FilePlace:
    word, is_there = max(_WORD.findall(says), key=len, default="").encode(), False
    first, last = (max(1, line - AROUND), line + AROUND) if line else (1, 2 * AROUND + 1)
    found: list[tuple[int, str]] = []
    number = 1
    stream: BinaryIO
    with file.open("rb") as stream:
        start = stream.read(_LOOK)
        if _is_no_text(bytes(of_utf_16(start))):
            return FilePlace(line, words="It holds no plain text that could be shown.", file=str(file))
        stream.seek(0)
        if of_utf_16(start) is not start:
            stream = io.BytesIO(bytes(of_utf_16(stream.read())))
        while number < first and (piece := stream.readline(_PIECE)):
            number += piece.endswith(b"\n")
        while number <= last and (piece := stream.readline(_PIECE)):
            if number == line and not piece.endswith(b"\n"):
                piece += stream.readline()
            is_there = is_there or (number == line and word in piece)
            found.append((number, _shown(piece)))
            while piece and not piece.endswith(b"\n"):
                piece = stream.readline(_PIECE)
            number += 1
    if not found and not line:
        return FilePlace(line, words="The file is empty.", file=str(file))
    is_short = line and all(known != line for known, _ in found)
    if says and (is_short or not is_there) and file.suffix.lower() == ".jsonl":
        lacks = f"it has no line {line:,}" if is_short else f"line {line:,} says something else"
        return FilePlace(line, words=f"The file has changed since it was read: {lacks}.", file=str(file))
    is_part = says and not is_there and start.lstrip()[:1] in (b"{", b"[")
    if is_short or is_part:  # a document's messages are counted, not its lines
        return FilePlace(line, words=f"The file is one document; it is about its part {line:,}.", file=str(file))
    return FilePlace(line, tuple(found), file=str(file))


def _is_no_text(start: bytes) -> bool:
    """Whether the beginning of a file is that of a picture, a packed file or a program's own store."""
    return sum(start.count(bytes([code])) for code in _NO_TEXT) * 20 > len(start)


def _shown(piece: bytes) -> str:
    text = of_windows(piece[: LONGEST * 4])[0].decode("utf-8", "replace").rstrip("\r\n").replace("\t", "    ")
    text = "".join(c if c.isprintable() else "·" for c in text)
    text = cover_secrets(text, ())[0]
    return f"{text[:LONGEST]}…" if len(text) > LONGEST else text


class FilePlaceView(QWidget):
    """The lines with their numbers, the one that is meant marked; or the sentence in their place."""

    def __init__(self) -> None:
        super().__init__()
        self.place = FilePlace(0)
        self._line = max(20, math.ceil(QFontMetricsF(code_font("small")).height()) + 2)
        self.setFixedHeight((2 * AROUND + 1) * self._line + 2 * _TOP)
        self.setAccessibleName("The place in the file")

    def show_place(self, place: FilePlace) -> None:
        """Show another one."""
        self.place = place
        said = [f"line {n}: {text}" for n, text in place.lines if n == place.line]
        self.setAccessibleDescription(" ".join([place.words, *said]).strip())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, s, r = smooth(self), scheme_of(self), QRectF(self.rect())
        p.fillRect(r, s.color("sunken"))
        if not self.place.lines:
            p.setFont(font("small"))
            p.setPen(s.color("text2"))
            p.drawText(r.adjusted(16, 0, -16, 0), LEFT, self.place.words)
            return
        code = code_font("small")
        p.setFont(code)
        line = self._line
        gutter = QFontMetricsF(code).horizontalAdvance(f"{self.place.lines[-1][0]:,}") + 32
        for at, (number, text) in enumerate(self.place.lines):
            is_meant = number == self.place.line
            y = _TOP + at * line
            if is_meant:
                p.fillRect(QRectF(0, y, r.width(), line), s.color("bad_wash"))
                p.fillRect(QRectF(0, y, 3, line), s.color("bad"))
            p.setPen(s.color("bad" if is_meant else "text3"))
            p.drawText(QRectF(0, y, gutter - 12, line), RIGHT, f"{number:,}")
            p.setPen(s.color("text" if is_meant else "text2"))
            room = r.width() - gutter - 12
            shown = QFontMetricsF(code).elidedText(text, Qt.TextElideMode.ElideRight, room)
            p.drawText(QRectF(gutter, y, room, line), LEFT, shown)
