"""What may be shipped, by what it says it is under."""

from __future__ import annotations

import pytest
from licensing import Part, is_refused, refused, written


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
        "LGPL-2.1-or-later",
        "GNU Lesser General Public License v3 (LGPLv3)",
        "MPL-2.0 AND (Apache-2.0 OR MIT)",
        "GPL-2.0-or-later WITH Bootloader-exception",
        "Mozilla Public License 2.0 (MPL 2.0)",
    ],
)
def test_what_leaves_a_choice_or_allows_linking_is_shipped(licence: str) -> None:
    assert not is_refused(licence)


@pytest.mark.parametrize(
    "licence",
    ["GPL-3.0-or-later", "GPL-2.0-only OR GPL-3.0-only", "AGPL-3.0-only", "GNU General Public License v3 (GPLv3)", ""],
)
def test_the_gpl_alone_and_silence_are_refused(licence: str) -> None:
    assert is_refused(licence)


def test_a_part_without_a_text_is_named() -> None:
    parts = [Part("fine 1.0", "MIT", ("words",)), Part("bare 2.0", "MIT", ()), Part("closed 3.0", "AGPL-3.0", ("w",))]
    assert refused(parts) == ["bare 2.0 brings no text of its licence (MIT).", "closed 3.0 is under “AGPL-3.0”."]


def test_a_text_that_several_share_stands_once() -> None:
    text = written([Part("a 1", "MIT", ("the same words",)), Part("b 2", "MIT", ("the same words", "others"))])
    assert text.count("the same words") == 1 and "a 1, b 2" in text
    assert "  a 1: MIT\n  b 2: MIT" in text
