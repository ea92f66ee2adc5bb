"""The parser process: paths in on standard input, packed transcripts out on standard output, a frame each.

A frame is the length of its body in four bytes, little-endian, and the body in msgpack. The sessions of a large file
come in several frames, in order, before the one that ends the answer.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import IO, TYPE_CHECKING, NoReturn

import msgspec

from curator.core.errors import CuratorError
from curator.core.mapping import Mapping
from curator.library.packed import PackedSession, PackedTranscript, SourceFile

if TYPE_CHECKING:
    from curator.ingest.growing import GrowingFiles
    from curator.ingest.zips import OpenZip

_LENGTH = struct.Struct("<I")
KEPT = 2
"""Files that a parser process remembers: each may be large."""
TELL_WHERE = getattr(signal, "SIGUSR1", None)
"""The signal at which a parser that takes too long writes down where it stands; Windows has none."""
_PIECE = 1 << 18
"""Characters and bytes of exchanges after which a piece is sent: its decoding takes the app about a millisecond."""
MAX_FRAME = (1 << 32) - 1


class CopyRequest(msgspec.Struct, frozen=True):
    """Sessions of a database to be copied whole into the archive's folder: their keys, and of each the sizes of the
    copies that there are."""

    folder: str
    sessions: dict[str, list[int]]


class ParseRequest(msgspec.Struct, frozen=True):
    """Which file, and which member where it is a zip; `root` is the watched folder it belongs to, `mapping` what a
    person said of its fields, `since` the mark of an earlier reading where only what changed is wanted. `grows` says
    that the file was read before and is longer now, as it will be again: what is read of it is worth keeping. With
    `copies` the file is a database of which nothing is read but sessions to be copied."""

    path: str
    member: str = ""
    root: int = 0
    mapping: Mapping | None = None
    since: str = ""
    grows: bool = False
    copies: CopyRequest | None = None


class Copied(msgspec.Struct, frozen=True):
    """A session of a database that lies in the archive's folder now: see `archive_files.PackedFile`."""

    key: str
    sha256: bytes
    size: int
    packed: int
    begins: list[tuple[int, bytes]]


class Piece(msgspec.Struct, frozen=True, tag="piece"):
    """Some sessions of a file that is still being read: neither side has to hold a large file in one piece, and
    decoding one holds up no other thread of the app for long."""

    sessions: list[PackedSession]


class Parsed(msgspec.Struct, frozen=True, tag="parsed"):
    """A file that was read, however little it gave: its last sessions, after those of the pieces. Where copies were
    asked for, they are told instead, and in a sentence and a hint what kept the rest from being stored."""

    source: SourceFile
    transcript: PackedTranscript
    copies: list[Copied] = []
    refused: tuple[str, str] | None = None


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """A file that could not be read, and why, in a sentence."""

    reason: str
    is_quarantined: bool = False  # it cost two processes: not tried again until it changes


Answer = Parsed | Failed


class _Kind(msgspec.Struct):
    """Which of them a body holds; decoding it passes over the rest."""

    type: str


_requests = msgspec.msgpack.Decoder(ParseRequest)
_answers: msgspec.msgpack.Decoder[Answer | Piece] = msgspec.msgpack.Decoder(Answer | Piece)
_kinds = msgspec.msgpack.Decoder(_Kind)
_encoder = msgspec.msgpack.Encoder()


def encode(message: ParseRequest | Answer | Piece) -> bytes:
    """The body of a frame."""
    return _encoder.encode(message)


def decode_answer(body: bytes) -> Answer | Piece:
    """The answer, or a piece of it, in the body of a frame; raises msgspec.MsgspecError on anything else."""
    return _answers.decode(body)


def is_piece(body: bytes) -> bool:
    """Whether the body of a frame is a piece, without making anything of what is in it. Raises msgspec.MsgspecError on
    what is no answer."""
    return _kinds.decode(body).type == "piece"


def write_frame(stream: IO[bytes], body: bytes) -> None:
    """Write one frame and flush it. Raises ValueError for more than a frame holds."""
    if len(body) > MAX_FRAME:
        raise ValueError("more than 4 GB of text in one session")
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


def parse(
    request: ParseRequest,
    *,
    may_map: bool = False,
    archive: OpenZip | None = None,
    take: Callable[[PackedSession], object] | None = None,
    growing: GrowingFiles | None = None,
) -> Answer:
    """Read one file; what cannot be read becomes a sentence. May raise anything a hostile file can bring about.
    `take` gets the sessions one by one, which the answer then lacks; `growing` knows what was read lately."""
    from curator.ingest.reading import read_source

    try:
        if request.copies is not None:
            from curator.ingest.session_copies import copy_sessions

            return copy_sessions(request.path, request.copies)
        source, transcript = read_source(
            request.path,
            request.member,
            request.root,
            may_map=may_map,
            archive=archive,
            mapping=request.mapping,
            since=request.since,
            take=take,
            growing=growing,
        )
    except CuratorError as error:
        return Failed(error.message)
    return Parsed(source, transcript)


def serve() -> NoReturn:
    """Answer requests until standard input ends, and leave: the parent's death ends this process too."""
    if sys.stderr is not None:  # a program without a console has none, on Windows
        faulthandler.enable()
        if TELL_WHERE is not None:
            faulthandler.register(TELL_WHERE)
    requests, answers = _own_streams()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is for the parent, which then closes our input
    if hasattr(os, "nice"):
        os.nice(5)
    from curator.ingest.growing import GrowingFiles

    gc.disable()  # events and exchanges hold no cycles; the collector would walk them all again and again
    archive: OpenZip | None = None
    growing = GrowingFiles(KEPT)
    with suppress(OSError):  # nobody listens any more: what the file itself can raise was told as an answer
        while (body := read_frame(requests)) is not None:
            try:
                request = _requests.decode(body)
                archive = _kept(archive, request)
                _answer(request, archive, answers, growing if request.grows else None)
            except OSError:
                raise
            except Exception as error:  # noqa: BLE001 — a process boundary: one bad file must not take the others along
                reason = f"It could not be understood ({type(error).__name__}: {error})."[:500]
                write_frame(answers, encode(Failed(reason)))
            gc.collect(0)
    if sys.stderr is not None:
        sys.stderr.flush()
    os._exit(0)  # nothing is left to be put down: taking Python apart takes a tenth of what a small import takes


def _answer(request: ParseRequest, archive: OpenZip | None, answers: IO[bytes], growing: GrowingFiles | None) -> None:
    pieces = _Pieces(answers)
    answer = parse(request, may_map=growing is None, archive=archive, take=pieces.take, growing=growing)
    write_frame(answers, encode(pieces.completed(answer)))


class _Pieces:
    """The sessions of the file that is being read, sent whenever enough of them are there."""

    def __init__(self, answers: IO[bytes]) -> None:
        self._answers = answers
        self._sessions: list[PackedSession] = []
        self._weight = 0

    def take(self, session: PackedSession) -> None:
        """Take the next session; raises OSError when nobody listens any more."""
        self._sessions.append(session)
        self._weight += sum([len(one.prompt) + len(one.response) + len(one.steps) for one in session.exchanges])
        if self._weight > _PIECE:
            write_frame(self._answers, encode(Piece(self._sessions)))
            self._sessions, self._weight = [], 0

    def completed(self, answer: Answer) -> Answer:
        """The answer with the sessions that were not sent yet."""
        if isinstance(answer, Parsed):
            answer.transcript.sessions.extend(self._sessions)
        return answer


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
