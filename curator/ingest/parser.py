"""The parser process: paths in on standard input, packed transcripts out on standard output, one frame each.

A frame is the length of its body in four bytes, little-endian, and the body in msgpack.
"""

from __future__ import annotations

import gc
import os
import signal
import struct
import sys
from typing import IO, TYPE_CHECKING

import msgspec

from curator.core.errors import CuratorError
from curator.core.mapping import Mapping
from curator.library.packed import PackedTranscript, SourceFile

if TYPE_CHECKING:
    from curator.ingest.zips import OpenZip

_LENGTH = struct.Struct("<I")
MAX_FRAME = (1 << 32) - 1


class ParseRequest(msgspec.Struct, frozen=True):
    """Which file, and which member where it is a zip; `root` is the watched folder it belongs to, `mapping` what a
    person said of its fields."""

    path: str
    member: str = ""
    root: int = 0
    mapping: Mapping | None = None


class Parsed(msgspec.Struct, frozen=True, tag="parsed"):
    """A file that was read, however little it gave."""

    source: SourceFile
    transcript: PackedTranscript


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """A file that could not be read, and why, in a sentence."""

    reason: str
    is_quarantined: bool = False  # it cost two processes: not tried again until it changes


Answer = Parsed | Failed

_requests = msgspec.msgpack.Decoder(ParseRequest)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)
_encoder = msgspec.msgpack.Encoder()


def encode(message: ParseRequest | Answer) -> bytes:
    """The body of a frame."""
    return _encoder.encode(message)


def decode_answer(body: bytes) -> Answer:
    """The answer in the body of a frame; raises msgspec.MsgspecError on anything else."""
    return _answers.decode(body)


def write_frame(stream: IO[bytes], body: bytes) -> None:
    """Write one frame and flush it."""
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The body of the next frame; None when the other side is gone, also in the middle of a frame."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None


def parse(request: ParseRequest, *, may_map: bool = False, archive: OpenZip | None = None) -> Answer:
    """Read one file; what cannot be read becomes a sentence. May raise anything a hostile file can bring about."""
    from curator.ingest.reading import read_source

    try:
        source, transcript = read_source(
            request.path, request.member, request.root, may_map=may_map, archive=archive, mapping=request.mapping
        )
    except CuratorError as error:
        return Failed(error.message)
    return Parsed(source, transcript)


def serve() -> int:
    """Answer requests until standard input ends: the parent's death ends this process too."""
    requests, answers = _own_streams()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is for the parent, which then closes our input
    if hasattr(os, "nice"):
        os.nice(5)
    gc.disable()  # events and exchanges hold no cycles; the collector would walk them all again and again
    archive: OpenZip | None = None
    while (body := read_frame(requests)) is not None:
        try:
            request = _requests.decode(body)
            archive = _kept(archive, request)
            answer = parse(request, may_map=True, archive=archive)
            frame = encode(answer)
        except Exception as error:  # noqa: BLE001 — a process boundary: one bad file must not take the others along
            frame = encode(Failed(f"It could not be understood ({type(error).__name__}: {error})."[:500]))
        if len(frame) > MAX_FRAME:
            frame = encode(Failed("It holds more than 4 GB of text; it was left out."))
        try:
            write_frame(answers, frame)
        except (BrokenPipeError, OSError):
            return 0
        del frame
        gc.collect(0)
    return 0


def _kept(archive: OpenZip | None, request: ParseRequest) -> OpenZip | None:
    """What stays open between the files of one zip; nothing for other files."""
    if request.member and archive is None:
        from curator.ingest.zips import OpenZip

        return OpenZip()
    if archive is not None and not request.member:
        archive.close()
        return None
    return archive


def _own_streams() -> tuple[IO[bytes], IO[bytes]]:
    """Keep the frames to ourselves: whatever prints from now on goes to standard error."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, answers
