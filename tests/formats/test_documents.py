"""Documents that hold a list: each item by itself, also where the whole is no valid JSON."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.core.exchange import Problem
from curator.formats.documents import items_under, list_items, list_records
from curator.formats.reader import open_transcript


def found(data: bytes) -> tuple[list[tuple[int, Any]], list[Problem]]:
    problems: list[Problem] = []
    return [(number, json.loads(bytes(raw))) for number, raw in list_items(data, problems)], problems


def test_a_list_gives_its_items_and_a_lone_object_is_a_list_of_one() -> None:
    assert found(b'\xef\xbb\xbf [{"a": 1}, 7, "x"]') == ([(1, {"a": 1}), (2, 7), (3, "x")], [])
    assert found(b'{"a": [1, 2]}') == ([(1, {"a": [1, 2]})], [])
    assert found(b"[]") == ([], [])


def test_what_is_no_object_in_a_list_of_records_is_told_by_its_number() -> None:
    problems: list[Problem] = []
    assert list(list_records("Chat {number}", b'[{"a": NaN}, 7, {"b": "\\ud800"}]', problems)) == [
        (1, {"a": None}),
        (3, {"b": "\ufffd"}),
    ]
    assert problems == [Problem(2, "Chat 2 is not readable.")]


ITEMS = [b'{"a": "]}\\"{"}', b'{"b": [1, {"c": 2}]}', b'{"d": 3}']


@pytest.mark.parametrize("end", range(1, len(b", ".join(ITEMS)) + 1))
def test_a_list_that_breaks_off_gives_the_whole_items_before(end: int) -> None:
    data = b"[" + b", ".join(ITEMS)
    ends = [len(b"[" + b", ".join(ITEMS[: count + 1])) for count in range(len(ITEMS))]
    whole = sum(at <= end for at in ends)
    items, problems = found(data[:end])
    assert items == [(number, json.loads(raw)) for number, raw in enumerate(ITEMS[:whole], 1)]
    is_inside = data[:end][ends[whole - 1] if whole else 1 :].lstrip(b", ") != b""
    assert [(p.line, "breaks off" in p.reason) for p in problems] == [(whole + 1, True)] * is_inside


def test_one_spoilt_item_leaves_the_others_and_their_numbers() -> None:
    problems: list[Problem] = []
    data = b'[{"a": "\\ud83d"}, 7, null, {"b": NaN}, {"c" 1}, "x", {"d": 4}, 8] and more'
    items = [(number, bytes(raw)) for number, raw in list_items(data, problems)]
    assert items == [
        (1, b'{"a": "\\ud83d"}'),
        (2, b"7"),
        (3, b"null"),
        (4, b'{"b": NaN}'),
        (5, b'{"c" 1}'),
        (6, b'"x"'),
        (7, b'{"d": 4}'),
        (8, b"8"),
    ]
    assert problems == []


def test_the_list_under_a_key_is_found_in_a_document_that_breaks_off_too() -> None:
    problems: list[Problem] = []
    data = b'{"version": 1, "rows" : [{"a": 1}, {"b": 2}], "more": {}}'
    assert [n for n, _ in items_under("rows", data, problems)] == [1, 2]
    assert [bytes(raw) for _, raw in items_under("rows", data[:40], problems)] == [b'{"a": 1}']
    assert [p.line for p in problems] == [2]
    assert list(items_under("rows", data[:15], problems)) == []
    assert list(items_under("other", data, problems)) == []
    assert problems[1:] == [Problem(0, "The file breaks off before its first item.")]


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(st.dictionaries(st.text(max_size=4), values, max_size=4) | st.integers(-9, 9), max_size=6))
def test_what_brackets_tell_is_what_a_parser_tells(items: list[Any]) -> None:
    whole = json.dumps(items).encode()
    assert found(whole + b"?")[0] == found(whole)[0] == list(enumerate(items, 1))


def test_a_large_export_is_read_one_conversation_at_a_time() -> None:
    words = "Tea leaves steep in hot water — slowly. " * 40

    def message(key: str, parent: str | None, role: str) -> dict[str, Any]:
        said = {"id": key, "author": {"role": role}, "content": {"content_type": "text", "parts": [f"{key} {words}"]}}
        return {"parent": parent, "children": [], "message": said}

    def chat(number: int) -> dict[str, Any]:
        keys = [f"{number}-{at}" for at in range(10)]
        parents = [None, *keys]
        nodes = {k: message(k, parents[i], "assistant" if i % 2 else "user") for i, k in enumerate(keys)}
        return {"conversation_id": f"c{number}", "current_node": keys[-1], "mapping": nodes}

    data = json.dumps([chat(number) for number in range(120)]).encode()
    for part in (data, data[:-20]):
        list(open_transcript(data[:20_000]).events)  # what is imported and cached at first use is no part of it
        tracemalloc.start()
        try:
            exchanges = sum(len(session.exchanges) for session in open_transcript(part).sessions())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert exchanges >= 119 * 5
        assert peak < len(data) / 4, f"{peak} bytes for a file of {len(data)}"
