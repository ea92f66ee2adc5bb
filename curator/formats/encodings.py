"""Text that is not UTF-8: UTF-16 as Windows' own tools write it, and what older editors and Excel save."""

from __future__ import annotations

import codecs
import re

from curator.core.notes import REPLACED, WINDOWS
from curator.formats.jsonlines import Source

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOK, _SHARE = 4_096, 20
_PIECE = 1 << 20
_OTHER_CHARACTER = re.compile("[^\\x00-\\x7f\ufffd]")


def of_utf_16(data: Source) -> Source:
    """The same as UTF-8 where the file's first bytes say that it is UTF-16 (PowerShell 5 writes what a program prints
    so, and Excel its “Unicode text”), and some are NUL, as half of each ASCII character is; anything else as it is."""
    start = data[2:_LOOK]
    if data[:2] not in _UTF_16 or start.count(b"\x00") * _SHARE < len(start):
        return data
    return data[:].decode("utf-16", "replace").encode("utf-8", "replace")


def of_old_macs(data: Source) -> Source:
    """The same with ends of lines where a carriage return stands for each, as old Macs and their Excel write it."""
    is_old = b"\r" in data[:_LOOK] and data.find(b"\n") < 0
    return data[:].replace(b"\r", b"\n") if is_old else data


def is_utf_8(data: Source) -> bool:
    """Whether it is UTF-8, but for a character that breaks off at the end; looked at piece by piece."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _PIECE):
            decoder.decode(data[at : at + _PIECE])
    except UnicodeDecodeError:
        return False
    return True


def of_windows(raw: bytes) -> tuple[bytes, str]:
    """The text as UTF-8, and what is to be said of it; nothing where it was UTF-8.

    Where not one character beyond ASCII is valid UTF-8, the bytes are Windows-1252: there every byte is a letter. A few
    odd bytes among valid characters are damage, and stay. A character that breaks off at the end is being written, and
    left out until it is.
    """
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        if error.end >= len(raw) and error.reason == "unexpected end of data":
            return raw[: error.start], ""
        if _OTHER_CHARACTER.search(raw.decode("utf-8", "replace")):
            return raw, REPLACED
        return raw.decode("cp1252", "replace").encode(), WINDOWS
    return raw, ""
