"""Where the person was: kept whole, read with patience."""

from __future__ import annotations

import pytest

from curator.core.query import ExchangeQuery, Order
from curator.core.row import State
from curator.ui.whereabouts import FIRST_SOURCE, Whereabouts, asked_for


def test_what_is_kept_leads_back() -> None:
    where = Whereabouts("tag:“good”", "webhook retry", Order.NEWEST, 412)
    assert Whereabouts.parse(where.words()) == where


@pytest.mark.parametrize("kept", ["", "{", "[]", "7", '{"order": "sideways", "exchange": "x", "source": null}'])
def test_what_cannot_be_read_is_where_everybody_begins(kept: str) -> None:
    assert Whereabouts.parse(kept) == Whereabouts(FIRST_SOURCE, "", Order.BEST, 0)


def test_the_best_match_is_asked_for_only_with_words() -> None:
    base = ExchangeQuery(states=frozenset({State.LATER}))
    assert asked_for(base, "  ", Order.RELEVANCE) == base
    found = asked_for(base, " retry ", Order.RELEVANCE)
    assert (found.text, found.order, found.states) == ("retry", Order.RELEVANCE, base.states)
