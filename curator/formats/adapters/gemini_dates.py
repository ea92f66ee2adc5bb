"""Moments on Takeout's pages, as they are written for people, in the languages whose months can be told apart."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>\S*)"
_YEAR = r"(?P<year>\d{4})"
_NAME = r"(?P<month>[^\W\d_]{3,12})"
_DAY = r"(?P<day>\d{1,2})"
_WAYS = tuple(
    re.compile(way)
    for way in (
        rf"{_NAME}\.? {_DAY},? {_YEAR},? {_CLOCK}",
        rf"{_DAY}\.? (?:de )?{_NAME}\.?,? (?:de )?{_YEAR},?(?: [^\W\d_]{{1,3}})? {_CLOCK}",
        rf"{_YEAR}\D{{1,2}}(?P<month>\d{{1,2}})\D{{1,2}}{_DAY}\D{{1,3}}{_CLOCK}",
    )
)
_MONTHS = (
    ("jan", "gen", "ene", "jän"), ("feb", "fév", "fev"), ("mar", "mär", "mrt", "maa"), ("apr", "avr", "abr"),
    ("may", "mai", "mag", "mei", "maj"), ("jun", "juin", "giu"), ("jul", "juil", "lug"), ("aug", "aoû", "ago"),
    ("sep", "set"), ("oct", "okt", "ott", "out"), ("nov",), ("dec", "dez", "déc", "dic"),
)  # fmt: skip
_ZONES = {
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "BRT": -3, "CET": 1, "CEST": 2,
    "EET": 2, "EEST": 3, "JST": 9, "KST": 9,
}  # fmt: skip
"""Hours before UTC of the zones whose short names mean one thing; any other counts as UTC."""
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d\d))?")


def moment(words: str) -> str:
    """ISO 8601 in UTC; empty where the words are of a language that is not known."""
    told = words.replace("\u202f", " ").replace("\xa0", " ").strip()
    found = next((found for way in _WAYS if (found := way.fullmatch(told))), None)
    month = _month(found["month"]) if found is not None else 0
    if found is None or not month:
        return ""
    hour = int(found["hour"]) % 12 + 12 * (found["half"][0] in "Pp") if found["half"] else int(found["hour"])
    try:
        at = datetime(
            int(found["year"]), month, int(found["day"]), hour, int(found["minute"]), int(found["second"]),
            tzinfo=timezone(_offset(found["zone"])),
        )  # fmt: skip
        return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return ""


def _month(name: str) -> int:
    if name.isdecimal():
        return int(name)
    told = name.lower()
    return next((at for at, names in enumerate(_MONTHS, 1) if told.startswith(names)), 0)


def _offset(zone: str) -> timedelta:
    told = _OFFSET.fullmatch(zone)
    if told is None:
        return timedelta(hours=_ZONES.get(zone, 0))
    size = timedelta(hours=int(told[2]), minutes=int(told[3] or 0))
    return -size if told[1] == "-" else size
