"""Copies of whole transcript files, kept beside the library so that they outlive the files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ArchivedCopy:
    """One copy of a file, or of one session of a database, as it was at one time.

    `size` is the file's in bytes, `packed` what the copy takes on disk; `sha256` is of the file and names the copy.
    `path` is where the file lay when it was copied. A file has several copies only where a later one does not begin
    with what an earlier one holds; `is_newest` marks the last. `source_is_gone`: this copy is all there is. `session`
    is the key of the session, empty where the whole file was copied, and `title` what that session is called.
    """

    id: int
    source: int
    path: str
    format: str
    size: int
    packed: int
    sha256: str
    made: str
    is_newest: bool = True
    source_is_gone: bool = False
    session: str = ""
    title: str = ""
