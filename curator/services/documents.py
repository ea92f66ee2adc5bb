"""Documents beside the transcripts: listed, read, and never cut into exchanges."""

from __future__ import annotations

from curator.core.document import DocumentCard
from curator.services.workspace import Workspace


def list(ws: Workspace) -> tuple[DocumentCard, ...]:
    """Every document of the library, in the order of their paths."""
    return ws.library.documents()


def text(ws: Workspace, id: int) -> str:
    """The text of a document, as it was when its file was read last; raises NotFoundError."""
    return ws.library.document_text(id)
