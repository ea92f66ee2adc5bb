"""A budget's verdict is arithmetic, and its edges are exact."""

from __future__ import annotations

from curator.core.budget import Usage, Verdict


def test_a_row_of_exactly_the_limit_fits_and_one_more_token_does_not() -> None:
    assert Usage(100, 28).verdict(128) is Verdict.FITS
    assert Usage(100, 29).verdict(128) is Verdict.OVER
    assert Usage(100, 29).over(128) == 1
    assert Usage(100, 28).over(128) == 0


def test_a_row_without_a_response_teaches_nothing() -> None:
    assert Usage(100, 0).verdict(128) is Verdict.EMPTY


def test_a_refusal_is_told_before_the_length() -> None:
    assert Usage(100, 4000, refusal="It holds <|im_end|>.").verdict(128) is Verdict.REFUSED
