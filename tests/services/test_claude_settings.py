"""The days are written into Claude Code's settings, and not one other byte of them changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.core.errors import CuratorError
from curator.services.claude_settings import KEY, days, set_days, with_days


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '{\n  "cleanupPeriodDays": 99\n}\n'),
        ("{}", '{\n  "cleanupPeriodDays": 99\n}'),
        ('{ "a": 1 }', '{ "cleanupPeriodDays": 99, "a": 1 }'),
        ('{\r\n\t"a": [1, 2],\r\n\t"b": 2\r\n}', '{\r\n\t"cleanupPeriodDays": 99,\r\n\t"a": [1, 2],\r\n\t"b": 2\r\n}'),
        ('{"a":1,\n "cleanupPeriodDays" :30 , "b":"\\u00fc"}', '{"a":1,\n "cleanupPeriodDays" :99 , "b":"\\u00fc"}'),
        ('{"a":{"cleanupPeriodDays":5}}', '{"cleanupPeriodDays": 99,"a":{"cleanupPeriodDays":5}}'),
        ('{"x":"} \\" {","cleanupPeriodDays":null}', '{"x":"} \\" {","cleanupPeriodDays":99}'),
        ('{"cleanupPeriodDays":1,"cleanupPeriodDays":2}', '{"cleanupPeriodDays":1,"cleanupPeriodDays":99}'),
    ],
)  # fmt: skip
def test_only_the_days_change(before: str, after: str) -> None:
    assert with_days(before, 99) == after


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.just(KEY), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.text() | st.just(KEY), JSON, max_size=4), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_whatever_else_is_in_it_stays(value: dict[str, object], indent: int | str | None, is_ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    new = with_days(text, 1234)
    assert json.loads(new) == {**value, KEY: 1234}
    rest = new.replace(f'"{KEY}": 1234', "", 1)
    assert len(rest) <= len(text) + 8
    assert with_days(new, 1234) == new


@pytest.mark.parametrize("text", ["[]", "{broken", '{"a":1}}', "nothing", '"words"', "{// comment\n}"])
def test_what_is_not_understood_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(text)
    with pytest.raises(CuratorError) as error:
        set_days(file, 99)
    assert "left as it is" in error.value.message and KEY in error.value.hint
    assert file.read_text() == text and [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_a_link_stays_a_link_and_the_rights_stay(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "settings.json"
    real.parent.mkdir()
    real.write_text('{"model": "opus"}')
    real.chmod(0o600)
    link = tmp_path / "settings.json"
    link.symlink_to(real)
    set_days(link, 400)
    assert link.is_symlink() and days(real) == 400
    assert real.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in real.parent.iterdir()] == ["settings.json"]


def test_settings_that_are_not_there_yet_are_made(tmp_path: Path) -> None:
    set_days(tmp_path / ".claude" / "settings.json", 400)
    assert json.loads((tmp_path / ".claude" / "settings.json").read_bytes()) == {KEY: 400}


def test_settings_that_cannot_be_written_are_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CuratorError) as error:
        set_days(tmp_path / "file" / "settings.json", 400)
    assert "could not be written" in error.value.message and KEY in error.value.hint
