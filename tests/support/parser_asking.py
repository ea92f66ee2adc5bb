"""Questions to parser processes, and files whose answers come in pieces."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

from curator.ingest.answers import Given
from curator.ingest.parser import ParseRequest, write_frame
from curator.ingest.parser_process import Asked, ParserProcess

COMMAND = [sys.executable, "-m", "curator", "--parser"]


def long_export(path: Path, conversations: int) -> Path:
    """An export of conversations of 100 KB each: more than one piece of an answer holds."""
    made = []
    for number in range(conversations):
        asked = {"id": f"q{number}", "author": {"role": "user"}, "content": {"parts": [f"Question {number}?"]}}
        said = {"id": f"a{number}", "author": {"role": "assistant"}, "content": {"parts": ["So it is. " * 10_000]}}
        nodes = {"q": {"message": asked, "children": ["a"]}, "a": {"message": said, "parent": "q"}}
        made.append({"conversation_id": f"c{number}", "current_node": "a", "mapping": nodes})
    path.write_text(json.dumps(made))
    return path


def framed(body: bytes) -> bytes:
    stream = io.BytesIO()
    write_frame(stream, body)
    return stream.getvalue()


def answered(parser: ParserProcess, request: ParseRequest, seconds: float) -> Given:
    """What comes of one file, asked for alone."""
    [given] = parser.ask([Asked(request, seconds)])
    return given
