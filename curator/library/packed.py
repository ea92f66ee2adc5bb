"""What crosses from a parser process to the library's writer: exchanges, their steps compressed, their hashes made."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
import xxhash
import zstandard

from curator.core.document import Document
from curator.core.exchange import Event, Exchange, Problem, Session, Transcript

# Sets are written in order: two processes that read the same file must come to the same digest.
_STEPS_ENCODER = msgspec.msgpack.Encoder(order="deterministic")
_DIGESTED = msgspec.msgpack.Encoder()
_STEPS = msgspec.msgpack.Decoder(tuple[Event, ...])
_SPACE = bytes([*range(9, 14), *range(28, 33)])
_LOWER = bytes(range(256)).lower()


class PackedExchange(msgspec.Struct, array_like=True, gc=False):
    """One exchange ready to be written. `steps` is zstd of the msgpack of its events, `b""` when there are none.

    `digest` (XXH3-128 over everything) tells whether a re-import changed anything; `content_hash` (XXH3-64 of prompt
    and response without case and spacing, signed) finds duplicates; `text_hash` (of the exact texts) keys the token
    cache. `at` is the time in milliseconds since 1970, 0 when unknown.

    Tuples and no lists: the garbage collector forgets tuples of texts and numbers, while of 25,000 exchanges with lists
    each full collection cost every thread of the app 50 ms.
    """

    key: str
    ordinal: int
    prompt: str
    response: str
    steps: bytes
    steering: tuple[str, ...]
    first_line: int
    last_line: int
    started: str
    ended: str
    model: str
    signals: tuple[tuple[str, int, str, str], ...]
    score: int
    digest: bytes
    content_hash: int
    text_hash: int = 0
    at: int = 0


class PackedSession(msgspec.Struct, array_like=True):
    """One conversation of a file; `origin` is the value of `core.exchange.Origin`."""

    key: str
    format: str
    title: str
    project: str
    started: str
    origin: str
    model: str
    parent_key: str
    exchanges: list[PackedExchange]


class PackedDocument(msgspec.Struct, array_like=True):
    """A document; `kind` is a key of `core.document.KINDS`, `text` zstd of its UTF-8."""

    kind: str
    characters: int
    text: bytes


class PackedTranscript(msgspec.Struct, array_like=True):
    """Everything one file gave; `problems` are (line, reason). `is_partial`: reading broke off, or was of what changed
    alone, so that a session which is not here may still be in the file. `mark`: where the next reading can begin.
    `is_store`: the file is another program's database. `gone`: the keys of sessions that are no longer in it, though it
    was read in part."""

    format: str
    sessions: list[PackedSession]
    problems: list[tuple[int, str]] = []
    unknown: dict[str, int] = {}
    document: PackedDocument | None = None
    is_partial: bool = False
    mark: str = ""
    is_store: bool = False
    gone: list[str] = []


class SourceFile(msgspec.Struct, array_like=True, frozen=True):
    """A file as it was when it was read. `head_hash` covers the first 4 KB, `content_hash` all of it; `root` is the id
    of the watched folder it was found in, 0 for none, and `reader` the way it was read in."""

    path: str
    size: int
    mtime_ns: int
    inode: int
    head_hash: bytes
    content_hash: bytes
    root: int = 0
    reader: int = 0


def text_hash(prompt: str, response: str) -> int:
    """The key of a text in the token cache: XXH3-64 of the exact texts, as the signed integer that SQLite stores."""
    return _signed(xxhash.xxh3_64_intdigest(_joined(prompt, response)))


def content_hash(prompt: str, response: str) -> int:
    """The same for texts that differ in case and spacing only; finds duplicates."""
    return _content_hash(_joined(prompt, response), prompt, response)


def milliseconds(timestamp: str) -> int:
    """An ISO 8601 time as milliseconds since 1970; 0 for an unreadable one. Without a zone it counts as UTC."""
    if not timestamp:
        return 0
    try:
        moment = datetime.fromisoformat(timestamp)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0


class Packer(threading.local):
    """Turns what a reader found into what the writer stores; the costly work is done here, in the parser's process.
    A reader of a large file packs each session before it reads the next. Each thread has a compressor of its own, which
    is kept: making one takes as long as packing a short session."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=1)

    def session(self, session: Session) -> PackedSession:
        """One session with its exchanges."""
        return pack_session(session, [self.exchange(exchange, session) for exchange in session.exchanges])

    def exchange(self, exchange: Exchange, session: Session) -> PackedExchange:
        """One exchange of a session; of that only the time of its start may matter."""
        return _exchange(exchange, session.started, self._compressor)

    def document(self, document: Document) -> PackedDocument:
        """A document with its text."""
        text = document.text.encode("utf-8", "replace")
        return PackedDocument(document.kind, len(document.text), self._compressor.compress(text))


PACKER = Packer()


def pack(transcript: Transcript) -> PackedTranscript:
    """A whole transcript at once."""
    return PackedTranscript(
        format=transcript.format,
        sessions=list(map(PACKER.session, transcript.sessions)),
        problems=pack_problems(transcript.problems),
        unknown=dict(transcript.unknown),
        document=PACKER.document(transcript.document) if transcript.document is not None else None,
    )


def pack_session(session: Session, exchanges: list[PackedExchange]) -> PackedSession:
    """A session with its exchanges as they are packed already."""
    return PackedSession(
        session.key,
        session.format,
        session.title,
        session.project,
        session.started,
        str(session.origin),
        session.model,
        session.parent_key,
        exchanges,
    )


def pack_problems(problems: Iterable[Problem]) -> list[tuple[int, str]]:
    """Problems as (line, reason)."""
    return [(problem.line, problem.reason) for problem in problems]


def unpack_steps(blob: bytes) -> tuple[Event, ...]:
    """The events between prompt and answer again."""
    return _STEPS.decode(zstandard.ZstdDecompressor().decompress(blob)) if blob else ()


def _exchange(exchange: Exchange, began: str, compressor: zstandard.ZstdCompressor) -> PackedExchange:
    steps = _STEPS_ENCODER.encode(exchange.steps) if exchange.steps else b""
    signals = tuple([(hit.name, hit.line, hit.excerpt, hit.part) for hit in exchange.signals])
    said = _joined(exchange.prompt, exchange.response)
    packed = PackedExchange(
        key=exchange.key,
        ordinal=exchange.ordinal,
        prompt=exchange.prompt,
        response=exchange.response,
        steps=steps,
        steering=exchange.steering,
        first_line=exchange.first_line,
        last_line=exchange.last_line,
        started=exchange.started,
        ended=exchange.ended,
        model=exchange.model,
        signals=signals,
        score=exchange.score,
        digest=b"",
        content_hash=_content_hash(said, exchange.prompt, exchange.response),
        text_hash=_signed(xxhash.xxh3_64_intdigest(said)),
        at=milliseconds(exchange.started) or milliseconds(began),
    )
    # Over the steps as they were: another release of zstd may compress the same steps to other bytes.
    packed.digest = xxhash.xxh3_128_digest(_DIGESTED.encode(packed))
    if steps:
        packed.steps = compressor.compress(steps)
    return packed


def _joined(prompt: str, response: str) -> bytes:
    return f"{prompt}\0{response}".encode("utf-8", "replace")


def _content_hash(joined: bytes, prompt: str, response: str) -> int:
    if joined.isascii() and prompt.isascii() and response.isascii():
        # Most are, and one pass over bytes does what three over words do.
        return _signed(xxhash.xxh3_64_intdigest(joined.translate(_LOWER, _SPACE)))
    text = f"{prompt}\0{response}"
    return _signed(xxhash.xxh3_64_intdigest("".join(text.casefold().split()).encode("utf-8", "replace")))


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value
