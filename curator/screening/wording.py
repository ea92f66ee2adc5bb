"""Wording: what the first words of a prompt or an answer say about how well the pair stands alone."""

from __future__ import annotations

import re

from curator.screening.glance import digits_as_zeros

_BARE = re.compile(
    r"(?:please\s+)?(?:continue|go on|go ahead|proceed|keep going|yes|yep|yeah|yup|y|no|n|ok|okay|k|sure|do it|do that"
    r"|again|retry|try again|next|done|thanks|thank you|thx|ty|great|perfect|nice|cool|good|right|correct|resume|commit"
    r"|push|commit and push|run it|fix it|test it|sounds good|looks good|lgtm|[a-d1-9][).]?"
    r"|weiter|mach weiter|ja|nein|gut|danke|passt|nochmal|continua|continúa|sí|si|vale|gracias|oui|non|merci|d'accord"
    r"|continuez|sim|obrigado|да|нет|дальше|продолжай|спасибо|继续|好|好的|是|是的|谢谢|続けて|はい|ありがとう|계속|네)"
    r"(?:[,\s]+(?:please|pls|thanks|do it|go ahead|proceed|continue|bitte|weiter))?",
    re.IGNORECASE,
)
_ENDS = " ".join(".!?…。!")
_REFERS = (
    "above", "earlier", "previous", "as before", "like before", "same as", "the same thing", "the same way",
    "you said", "you mentioned", "you suggested", "you just", "you wrote", "that file", "that error",
    "that function", "that change", "that one", "that approach", "that bug", "like that", "first one",
    "second one", "third one", "last one", "other one", "first option", "second option", "what we did",
    "what we had", "what we said", "instead",
)  # fmt: skip
_HINTS = ("that", "you ", " one", " option", "same", "what we ", " before", "above", "earlier", "previous", "instead")
"""One of these stands in each of the words above; few texts have many."""
_REFERS_BY_HINT = tuple(
    (hint, tuple(words for words in _REFERS if next(h for h in _HINTS if h in words) == hint)) for hint in _HINTS
)
_LEADS_ON = re.compile(r"(?:and|also|but|now|then|still|again|so|ok,|okay,|no,|actually,?|wait)\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_PRONOUNS = frozenset(["it", "its", "this", "that", "they", "them", "these", "those", "he", "she"])
_CORRECTS = re.compile(
    r"(?:no\b(?! problem| worries)|nope\b|not (?:what|that|quite|right|correct|working)|wrong\b"
    r"|that'?s (?:not|wrong|incorrect)"
    r"|actually\b|stop\b|undo\b|revert\b|still (?:broken|fail|not|doesn'?t|the same|getting|see)|(?:it |that |this )?"
    r"(?:doesn'?t|does not|didn'?t|did not) (?:work|help|compile)|i said\b|why did you\b"
    r"|you (?:forgot|missed|broke|didn'?t)\b"
    r"|nein\b|falsch\b|pas ça|不对|错)",
    re.IGNORECASE,
)
_CONFIRMS = re.compile(
    r"(?:thanks|thank you|thx|perfect|great|awesome|excellent|nice\b|works|it works|that works|that worked|lgtm|ship it"
    r"|looks good|love it|danke|perfekt|merci|gracias|谢谢)",
    re.IGNORECASE,
)
_STATUS = re.compile(
    r"(?:done\b|fixed\b|i'?ve (?!been)|i have (?:now )?\w+ed\b|updated\b|committed\b|pushed\b"
    r"|all (?:tests|checks|set|done)"
    r"|the (?:tests|build) (?:now )?pass|everything (?:is|works|passes)|successfully\b|changes (?:are|have been))",
    re.IGNORECASE,
)
_SHORT = 200
"""Characters; what says more than that explains something as well."""
_DEED = re.compile(
    r"\b(?<!is )(?<!are )(?<!be )(?<!gets )(?:done|created|added|updated|fixed|committed|pushed|merged|saved|moved"
    r"|renamed|removed|deleted|installed|implemented|applied|changed|replaced|refactored|wrote|written|copied"
    r"|dispatched|deployed|(?:re)?started|stopped|cleaned|reverted|validated|verified|completed?|finished|failed"
    r"|pass(?:es|ed)?|successfully|sent|booked|all clean|all set|in place|waiting for"
    r"|erledigt|fertig|terminé|hecho|listo|готово|完成)\b",
    re.IGNORECASE,
)
_DEED_IN_ASCII = re.compile(rf"\b(?=[abcdefhilmprsuvw]){_DEED.pattern[2:]}")
"""The same for ASCII in small letters, in a sixth of the time: without the case, and at the words that begin so."""
_REFUSES = re.compile(
    r"(?:i'?m (?:really |very )?sorry,? (?:but )?(?:i |as an)|sorry,? (?:but )?i (?:can|am|won)"
    r"|i can(?:'t|’t|not| not) (?:help|assist|do that|provide|comply|fulfil|engage|create|generate|write|discuss)"
    r"|i(?:'m| am) (?:unable|not able) to|as an ai\b"
    r"|i won(?:'t|’t) (?:be able|help|do|provide|assist)|i must decline|es tut mir leid, aber ich kann"
    r"|je suis désolé, mais je ne peux|对不起,我(?:不能|无法))",
    re.IGNORECASE,
)
_FOLDERS = ("/Users/", "/home/", "/tmp/", "/private/", "/mnt/", ":\\")
_FOLDER = re.compile(r"(?:/Users/|/home/|/tmp/|/private/|/mnt/|\b[A-Z]:\\)[^\s'\"`)>\]]{2,80}")
_PLACE = re.compile(
    r"\.(?:py|tsx?|jsx?|go|rs|java|kt|[ch]|cpp|rb|php|cs|swift|vue|svelte|sql|sh|ya?ml|toml|json|md):\d{1,6}\b"
)
_FILE = re.compile(r"[\w\-./]+$")
_MENTION = re.compile(r"@(?<![\w/`.]@)(?:[\w\-]+/)+[\w\-]+\.[a-z]{1,5}\b")
_TRACE = re.compile(r"Traceback \(most recent call last\)|^[ \t]+at [\w$.<>]+ ?\([^)\n]{3,120}:\d+", re.M)
_COMMIT = re.compile(r"commit `?(?=[a-f]*\d)[0-9a-f]{7,40}\b")


def is_bare(prompt: str) -> bool:
    """Whether the whole prompt is a reply such as "continue", which means nothing by itself."""
    words = prompt.strip().rstrip(_ENDS)
    return len(words) <= 40 and _BARE.fullmatch(words) is not None


def leans_on_context(prompt: str) -> str | None:
    """The words that refer to something said before, or None."""
    start = prompt[:400]
    lead = _LEADS_ON.match(start.lstrip())
    if lead is not None:
        return lead.group()
    lowered = start.lower()
    referring = [words for hint, all in _REFERS_BY_HINT if hint in lowered for words in all if words in lowered]
    if referring:
        return min(referring, key=_REFERS.index)
    words = _WORD.findall(" ".join(start.split(maxsplit=6)[:6]))
    return next((word for word in words if word in _PRONOUNS or word.lower() in _PRONOUNS), None)


def rejects(prompt: str) -> bool:
    """Whether a prompt rejects the answer before it."""
    return _CORRECTS.match(prompt[:200].lstrip()) is not None


def accepts(prompt: str) -> bool:
    """Whether a prompt accepts the answer before it."""
    return _CONFIRMS.match(prompt[:200].lstrip()) is not None


def reports_status(response: str) -> bool:
    """Whether an answer says what was done rather than anything to learn from: it begins so, or is short and names a
    deed. A short answer to a question names none, nor one that says what “is created” where."""
    start = response[:200].lstrip("*#_ \n✅✓")
    if _STATUS.match(start) is not None:
        return True
    if len(response) >= _SHORT:
        return False
    is_ascii = response.isascii()
    return (_DEED_IN_ASCII.search(response.lower()) if is_ascii else _DEED.search(response)) is not None


def refuses(response: str) -> str | None:
    """The words with which an answer refuses, or None."""
    found = _REFUSES.match(response[:200].lstrip())
    return found.group() if found is not None else None


def names_local_things(text: str) -> str | None:
    """A path, a place in a file, a commit or a stack trace that only means something on one computer; None without."""
    found = None
    if ("/" in text or "\\" in text) and (places := [at for folder in _FOLDERS if (at := text.find(folder)) >= 0]):
        found = _FOLDER.search(text, max(0, min(places) - 1))  # from the letter of a drive on
    has_number = ":" in text and (not text.isascii() or b":0" in digits_as_zeros(text))
    if found is None and has_number and (place := _PLACE.search(text)) is not None:
        file = _FILE.search(text, max(0, place.start() - 60), place.start())
        return (file.group() if file is not None else "") + place.group()
    if found is None and "@" in text:
        found = _MENTION.search(text)
    if found is None and ("Traceback (" in text or "  at " in text):
        found = _TRACE.search(text)
    if found is None and "commit " in text:
        found = _COMMIT.search(text)
    return found.group().strip() if found is not None else None
