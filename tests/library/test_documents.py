"""Documents are kept as they were read last, beside the exchanges and never among them."""

from __future__ import annotations

import pytest
from library_making import EVERYTHING, make_exchange, make_session, make_source, make_transcript

from curator.core.document import DOCUMENT, Document
from curator.core.errors import NotFoundError
from curator.core.exchange import Transcript
from curator.library.library import Library
from curator.library.packed import PackedTranscript, pack


def document(text: str, kind: str = "soul") -> PackedTranscript:
    return pack(Transcript(DOCUMENT, document=Document(kind, text)))


def test_a_document_is_listed_and_read_and_cuts_no_exchange(library: Library) -> None:
    stored = library.store(make_source("/w/SOUL.md"), document("You are Ünä.\n"))
    assert (stored.documents, stored.new) == (1, 0) and stored.changes.sources
    (card,) = library.documents()
    assert (card.path, card.kind, card.characters, card.is_gone) == ("/w/SOUL.md", "soul", 13, False)
    assert card.title == "Who the assistant is" and card.changed.startswith("2023-11-14T")
    assert library.document_text(card.id) == "You are Ünä.\n"
    assert not library.exchange_ids(EVERYTHING) and library.counts().total == 0


def test_the_newest_text_is_kept_and_the_same_text_is_no_change(library: Library) -> None:
    library.store(make_source("/w/SOUL.md", "1"), document("one"))
    assert not library.store(make_source("/w/SOUL.md", "1"), document("one")).changes
    stored = library.store(make_source("/w/SOUL.md", "2"), document("two"))
    assert stored.documents == 1 and stored.changes
    (card,) = library.documents()
    assert library.document_text(card.id) == "two"


def test_a_document_outlives_its_file(library: Library) -> None:
    library.store(make_source("/w/SOUL.md"), document("one"))
    library.mark_sources_gone(["/w/SOUL.md"])
    (card,) = library.documents()
    assert card.is_gone and library.document_text(card.id) == "one"


def test_a_file_that_is_a_transcript_now_is_no_document_any_more(library: Library) -> None:
    library.store(make_source("/w/AGENTS.md", "1"), document("be kind", "agents"))
    library.store(make_source("/w/AGENTS.md", "2"), make_transcript(make_session([make_exchange(0)])))
    assert library.documents() == ()
    library.store(make_source("/w/AGENTS.md", "3"), document("be kind", "agents"))
    assert len(library.documents()) == 1 and not library.exchange_ids(EVERYTHING)


def test_a_document_nobody_knows_is_not_found(library: Library) -> None:
    with pytest.raises(NotFoundError, match="no document 5"):
        library.document_text(5)
