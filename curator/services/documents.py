"""Documents beside the transcripts: listed, read, and never cut into exchanges."""

from __future__ import annotations

import os
from pathlib import Path

from curator.core.document import DocumentCard
from curator.services.workspace import Workspace


def list(ws: Workspace) -> tuple[DocumentCard, ...]:
    """Every document of the library, in the order of their paths."""
    return ws.library.documents()


def text(ws: Workspace, id: int) -> str:
    """The text of a document, as it was when its file was read last; raises NotFoundError."""
    return ws.library.document_text(id)


def found(ws: Workspace) -> tuple[Path, ...]:
    """The documents that lie in the assistants' usual places on this computer and are not in the library yet.

    Importing them (`importing.import_paths`) brings them in; nothing is read here.
    """
    from curator.ingest import document_places

    known = {os.path.realpath(card.path) for card in list(ws)}
    return tuple(p for p in document_places.find(os.environ, Path.home()) if os.path.realpath(p) not in known)
