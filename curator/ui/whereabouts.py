"""Where the person is in the Library, kept between two starts: line of the sidebar, search, order, open exchange."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import NamedTuple

from curator.core.query import ExchangeQuery, Order

FIRST_SOURCE = "queue:unreviewed"


class Whereabouts(NamedTuple):
    """What leads back to the same exchange in the same list."""

    source: str = FIRST_SOURCE
    text: str = ""
    order: Order = Order.BEST
    exchange: int = 0

    def words(self) -> str:
        """As it is kept among the settings."""
        return json.dumps(self._asdict())

    @classmethod
    def parse(cls, kept: str) -> Whereabouts:
        """From what was kept; what cannot be read is where everybody begins."""
        try:
            found = json.loads(kept) if kept else {}
        except ValueError:
            found = {}
        if not isinstance(found, dict):
            found = {}
        source, text, order, exchange = (found.get(name) for name in cls._fields)
        return cls(
            str(source or FIRST_SOURCE),
            str(text or ""),
            Order(order) if order in set(Order) else Order.BEST,
            exchange if isinstance(exchange, int) else 0,
        )


def asked_for(base: ExchangeQuery, text: str, order: Order) -> ExchangeQuery:
    """The query of a line of the sidebar with a search: without words there is no best match."""
    words = text.strip()
    return replace(base, text=words, order=order if words or order is not Order.RELEVANCE else Order.BEST)
