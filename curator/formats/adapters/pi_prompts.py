"""What a person typed into pi or OMP, without what the program put around it."""

from __future__ import annotations

import re
from typing import NamedTuple

_NONE: frozenset[str] = frozenset()
_SKILL = re.compile(r'<skill name="([^"]+)"[^>]*>.*?</skill>\s*', re.S)


class Heard(NamedTuple):
    """What a message with the person's role says, once the program's own words are taken off.

    `silent` is a reason (a key of `core.dropped`): nobody asked, and what the assistant does next answers nobody.
    """

    text: str
    flags: frozenset[str] = _NONE
    wrapped: str = ""
    silent: str = ""


def hear(text: str) -> Heard:
    """What a person typed into pi or OMP; a skill's text, which the program puts before it, is taken off."""
    skill = _SKILL.match(text)
    if skill is None:
        return Heard(text.strip())
    typed = f"/skill:{skill[1]} {text[skill.end() :]}"
    return Heard(typed.strip(), frozenset({"slash_command"}), skill[0])
