"""Wording: what the first words of a prompt or an answer say about how well the pair stands alone."""

from __future__ import annotations

import re

_BARE = re.compile(
    r"(?:please\s+)?(?:continue|go on|go ahead|proceed|keep going|yes|yep|yeah|yup|y|no|n|ok|okay|k|sure|do it|do that|again"
    r"|retry|try again|next|done|thanks|thank you|thx|ty|great|perfect|nice|cool|good|right|correct|resume|commit|push|"
    r"commit and push|run it|fix it|test it|sounds good|looks good|lgtm|[a-d1-9][).]?"
    r"|weiter|mach weiter|ja|nein|gut|danke|passt|nochmal|continua|continúa|sí|si|vale|gracias|oui|non|merci|d'accord"
    r"|continuez|sim|obrigado|да|нет|дальше|продолжай|спасибо|继续|好|好的|是|是的|谢谢|続けて|はい|ありがとう|계속|네)"
    r"(?:[,\s]+(?:please|pls|thanks|do it|go ahead|proceed|continue|bitte|weiter))?",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"\b(?:above|earlier|previous(?:ly)?|as before|same as|the same (?:thing|way|for)|you (?:said|mentioned|suggested|just|wrote)"
    r"|that (?:file|error|function|change|one|approach|bug)|like (?:that|before)|the (?:first|second|third|last|other) (?:one|option)"
    r"|what we (?:did|had|said)|instead)\b",
    re.IGNORECASE,
)
_LEADS_ON = re.compile(r"(?:and|also|but|now|then|still|again|so|ok,|okay,|no,|actually,?|wait)\b", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:it|its|this|that|they|them|these|those|he|she)\b", re.IGNORECASE)
_CORRECTS = re.compile(
    r"(?:no\b(?! problem| worries)|nope\b|not (?:what|that|quite|right|correct|working)|wrong\b|that'?s (?:not|wrong|incorrect)"
    r"|actually\b|stop\b|undo\b|revert\b|still (?:broken|fail|not|doesn'?t|the same|getting|see)|(?:it |that |this )?"
    r"(?:doesn'?t|does not|didn'?t|did not) (?:work|help|compile)|i said\b|why did you\b|you (?:forgot|missed|broke|didn'?t)\b"
    r"|nein\b|falsch\b|pas ça|不对|错)",
    re.IGNORECASE,
)
_CONFIRMS = re.compile(
    r"(?:thanks|thank you|thx|perfect|great|awesome|excellent|nice\b|works|it works|that works|that worked|lgtm|ship it"
    r"|looks good|love it|danke|perfekt|merci|gracias|谢谢)",
    re.IGNORECASE,
)
_STATUS = re.compile(
    r"(?:done\b|fixed\b|i'?ve (?!been)|i have (?:now )?\w+ed\b|updated\b|committed\b|pushed\b|all (?:tests|checks|set|done)"
    r"|the (?:tests|build) (?:now )?pass|everything (?:is|works|passes)|successfully\b|changes (?:are|have been))",
    re.IGNORECASE,
)
_REFUSES = re.compile(
    r"(?:i'?m (?:really |very )?sorry,? (?:but )?(?:i |as an)|sorry,? (?:but )?i (?:can|am|won)|i can(?:'t|’t|not| not) (?:help|assist|do that|"
    r"provide|comply|fulfil|engage|create|generate|write|discuss)|i(?:'m| am) (?:unable|not able) to|as an ai\b|i won(?:'t|’t) (?:be able|help|"
    r"do|provide|assist)|i must decline|es tut mir leid, aber ich kann|je suis désolé, mais je ne peux|对不起,我(?:不能|无法))",
    re.IGNORECASE,
)
_LOCAL = re.compile(
    r"(?P<path>(?:/Users/|/home/|/tmp/|/private/|/mnt/|[A-Z]:\\)[^\s'\"`)>\]]{2,80})"
    r"|(?P<place>\b[\w\-./]{1,80}\.(?:py|ts|tsx|js|jsx|go|rs|java|kt|c|h|cpp|rb|php|cs|swift|vue|svelte|sql|sh|ya?ml|toml|json|md)"
    r":\d{1,6}\b)"
    r"|(?P<mention>(?<![\w/`.])@(?:[\w\-]+/)+[\w\-]+\.[a-z]{1,5}\b)"
    r"|(?P<trace>Traceback \(most recent call last\)|^\s+at [\w$.<>]+ ?\([^)]{3,120}:\d+)"
    r"|(?P<commit>\b(?:commit|hash|sha|rev) [0-9a-f]{7,40}\b)",
    re.MULTILINE,
)
_LOCAL_HINTS = ("/", ":\\", "Traceback", "commit ", "    at ", ".py:", ".ts:", ".go:", ".rs:", "hash ", "sha ")


def is_bare(prompt: str) -> bool:
    """Whether the whole prompt is a reply such as "continue", which means nothing by itself."""
    words = prompt.strip().rstrip(".!?… 。!")
    return len(words) <= 40 and _BARE.fullmatch(words) is not None


def leans_on_context(prompt: str) -> str | None:
    """The words that refer to something said before, or None."""
    start = prompt[:400]
    lead = _LEADS_ON.match(start.lstrip())
    if lead is not None:
        return lead.group()
    refers = _REFERS.search(start)
    if refers is not None:
        return refers.group()
    pronoun = _PRONOUN.search(" ".join(start.split(maxsplit=6)[:6]))
    return pronoun.group() if pronoun is not None else None


def rejects(prompt: str) -> bool:
    """Whether a prompt rejects the answer before it."""
    return _CORRECTS.match(prompt[:200].lstrip()) is not None


def accepts(prompt: str) -> bool:
    """Whether a prompt accepts the answer before it."""
    return _CONFIRMS.match(prompt[:200].lstrip()) is not None


def reports_status(response: str) -> bool:
    """Whether an answer says what was done rather than anything to learn from."""
    return len(response) < 200 or _STATUS.match(response[:200].lstrip("*#_ \n✅✓")) is not None


def refuses(response: str) -> str | None:
    """The words with which an answer refuses, or None."""
    found = _REFUSES.match(response[:200].lstrip())
    return found.group() if found is not None else None


def names_local_things(text: str) -> str | None:
    """A path, a place in a file, a commit or a stack trace that only means something on one computer; None without."""
    if not any(hint in text for hint in _LOCAL_HINTS):
        return None
    found = _LOCAL.search(text)
    return found.group().strip() if found is not None else None
