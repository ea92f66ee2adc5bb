"""Secrets: strings shaped like keys and passwords, found so that they never reach training."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache

from curator.screening.glance import digits_as_zeros, long_words

_TOKEN = r"[A-Za-z0-9_\-]"

_SHAPES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Anthropic key", ("sk-ant-",), rf"sk-ant-{_TOKEN}{{16,}}"),
    ("OpenRouter key", ("sk-or-",), rf"sk-or-(?:v1-)?{_TOKEN}{{24,}}"),
    ("OpenAI key", ("sk-",), rf"sk-(?:proj-|svcacct-|admin-)?(?!ant-|or-)(?=[A-Za-z_\-]*\d){_TOKEN}{{20,}}"),
    ("Stripe key", ("k_live_", "k_test_", "whsec_"), r"(?:[srp]k_(?:live|test)_|whsec_)[A-Za-z0-9]{16,}"),
    (
        "GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,}",
    ),
    (
        "GitLab token",
        ("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glagent-"),
        rf"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-{_TOKEN}{{20,}}",
    ),
    ("AWS key id", ("AKIA", "ASIA"), r"(?:AKIA|ASIA)[A-Z2-7]{16}"),
    ("Google key", ("AIza",), rf"AIza{_TOKEN}{{35}}"),
    ("Google OAuth secret", ("GOCSPX-",), rf"GOCSPX-{_TOKEN}{{28}}"),
    ("Google OAuth token", ("ya29.",), rf"ya29\.{_TOKEN}{{30,}}"),
    ("Slack token", ("xox", "xapp-"), r"xox[abeoprs]-[A-Za-z0-9\-]{16,}|xapp-\d-[A-Za-z0-9\-]{20,}"),
    ("Slack webhook", ("hooks.slack.com",), r"hooks\.slack\.com/services/T[A-Za-z0-9]+/B[A-Za-z0-9]+/[A-Za-z0-9]{16,}"),
    ("Hugging Face token", ("hf_",), r"hf_[A-Za-z0-9]{30,}"),
    ("npm token", ("npm_",), r"npm_[A-Za-z0-9]{36}"),
    ("PyPI token", ("pypi-",), rf"pypi-{_TOKEN}{{50,}}"),
    ("SendGrid key", ("SG.",), rf"SG\.{_TOKEN}{{16,}}\.{_TOKEN}{{16,}}"),
    ("Twilio key", ("SK", "AC"), r"(?:SK|AC)[0-9a-f]{32}"),
    ("Mailgun key", ("key-",), r"key-[0-9a-f]{32}"),
    ("DigitalOcean token", ("_v1_",), r"do[opr]_v1_[0-9a-f]{64}"),
    ("Groq key", ("gsk_",), r"gsk_[A-Za-z0-9]{40,}"),
    ("xAI key", ("xai-",), r"xai-[A-Za-z0-9]{40,}"),
    ("Replicate token", ("r8_",), r"r8_[A-Za-z0-9]{30,}"),
    ("Perplexity key", ("pplx-",), r"pplx-[A-Za-z0-9]{30,}"),
    ("Databricks token", ("dapi",), r"dapi[0-9a-f]{32}"),
    ("Shopify token", ("shp",), r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    ("Linear key", ("lin_",), r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}"),
    ("Notion token", ("ntn_", "secret_"), r"(?:ntn_|secret_)[A-Za-z0-9]{40,}"),
    ("Vault token", ("hv",), rf"hv[sbr]\.{_TOKEN}{{24,}}"),
    ("Azure client secret", ("8Q~",), r"[A-Za-z0-9_\-.~]{3}8Q~[A-Za-z0-9_\-.~]{31,34}"),
    ("Azure storage key", ("AccountKey=",), r"AccountKey=[A-Za-z0-9+/]{80,}={0,2}"),
    ("Telegram bot token", (":AA",), rf"\d{{8,10}}:AA{_TOKEN}{{32,34}}"),
    ("age key", ("AGE-SECRET-KEY-",), r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
    ("JSON web token", ("eyJ",), rf"eyJ{_TOKEN}{{10,}}\.eyJ{_TOKEN}{{10,}}\.{_TOKEN}{{10,}}"),
    (
        "private key",
        ("-----BEGIN",),
        r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[^-]{0,20000}-----END [A-Z0-9 ]{0,40}-----)?",
    ),
    (
        "password in an address",
        ("://",),
        r"[a-z][a-z0-9+.\-]{1,20}://[^\s:/@'\"<>]{0,80}:(?P<address>[^\s/@'\"<>]{3,120})@[^\s'\"<>]{2,}",
    ),
    ("bearer token", ("earer ",), r"[Bb]earer\s+(?P<bearer>[A-Za-z0-9_\-.=+/~]{20,})"),
)
"""Kind, the literals of which one must stand in the text before its pattern is tried, and the pattern. Prefixes are
those that the services document; each was made so long that ordinary words cannot have its shape."""

_WITH_SPACES = ("private key", "bearer token")
_LITERALS = tuple(
    (literal.encode(), kind, pattern)
    for kind, literals, pattern in _SHAPES
    for literal in literals
    if kind not in _WITH_SPACES
)
"""Each of these shapes is at least as long as a long word, and has no space in it."""
_ANY_LITERAL = re.compile(b"|".join(re.escape(literal) for literal, _, _ in _LITERALS))
_SPACED_LITERALS = tuple(
    (literal, kind, pattern) for kind, literals, pattern in _SHAPES for literal in literals if kind in _WITH_SPACES
)
_NAMES = ("key", "secret", "token", "passw", "pwd", "credential")
_NAMED = re.compile(
    r"(?P<name>key|secret|token|passwo?r?d?|pwd|credentials?)[A-Za-z0-9_\-]{0,20}[\"']?\s{0,3}(?:=>|:=|=|:)\s{0,3}"
    r"(?:\"(?P<double>[^\"\s]{8,200})\"|'(?P<single>[^'\s]{8,200})'|(?P<bare>[A-Za-z0-9_\-.+/=~!@#$%^&*]{8,200}))",
    re.IGNORECASE,
)
_KEY_BEFORE = re.compile(
    r"(?:api|access|private|secret|auth|account|encryption|signing|service|master|client|license)[_\- ]?$", re.I
)
_PLACEHOLDER = re.compile(
    r"(?i)(?:x{4,}|\*{3,}|\.{3}|…|<[^>]*>|\$\{?[A-Za-z_]|\{\{|%\(|your|example|changeme|change_me|placeholder|dummy|redacted"
    r"|sample|fake|todo|process\.env|os\.environ|getenv|env\.|env\[|config[.\[]|settings\.|secrets\.|self\.|this\.|args\."
    r"|0123456789|1234567890|abcdefgh|none$|null$|undefined$|true$|false$|str$|string$|password$|secret$|token$)"
)
_ENTROPY = 3.0
"""Bits per character from which a value beside a telling name is taken for a secret; English words lie below."""
_RANDOM = 3.5


def find_secrets(text: str) -> list[tuple[int, int, str]]:
    """Spans that look like credentials: (start, end, kind), in order, not overlapping.

    Cheap on clean text: only words of 20 characters or more are searched for the literals of a shape, and only a text
    that has one of them meets a pattern.
    """
    found: list[tuple[int, int, str]] = []
    shapes = {kind: pattern for literal, kind, pattern in _SPACED_LITERALS if literal in text}
    if (long := long_words(text)) and _ANY_LITERAL.search(long):
        shapes |= {kind: pattern for literal, kind, pattern in _LITERALS if literal in long}
    for kind, pattern in shapes.items():
        found += _matches(kind, pattern, text)
    if ("=" in text or ":" in text) and (b"0" in digits_as_zeros(text) or not text.isascii()):
        found += _named(text)  # of which each has a digit
    return _apart(found) if found else found


def mask(text: str) -> str:
    """The text with each secret replaced by its kind in brackets."""
    at = 0
    parts: list[str] = []
    for start, end, kind in find_secrets(text):
        parts += (text[at:start], f"[{kind}]")
        at = end
    return "".join([*parts, text[at:]]) if parts else text


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when a text first has one of its literals: most are never met, and all of them take 10 ms."""
    return re.compile(rf"(?<![A-Za-z0-9])(?:{pattern})")


def _matches(kind: str, pattern: str, text: str) -> list[tuple[int, int, str]]:
    found = []
    for match in _compiled(pattern).finditer(text):
        group = match.lastgroup
        start, end = match.span(group) if group else match.span()
        value = text[start:end]
        if kind != "private key" and _PLACEHOLDER.search(value):
            continue
        if group == "bearer" and entropy(value) < _RANDOM:
            continue
        found.append((start, end, kind))
    return found


def _named(text: str) -> list[tuple[int, int, str]]:
    """Values that stand beside a word such as password, and look made by a machine or chosen as a password."""
    found: list[tuple[int, int, str]] = []
    lowered = text.replace("İ", "i").lower()  # the one letter that grows in lower case would move all after it
    for word in _NAMES:
        at = lowered.find(word)
        while at >= 0:
            match = _NAMED.match(text, at)
            if match is not None:
                _judge(match, text, found)
            at = lowered.find(word, at + len(word))
    return found


def _judge(match: re.Match[str], text: str, found: list[tuple[int, int, str]]) -> None:
    name = match["name"].lower()
    if name == "key" and not _KEY_BEFORE.search(text, max(0, match.start() - 12), match.start()):
        return
    group = "double" if match["double"] else "single" if match["single"] else "bare"
    value = match[group]
    is_password = name.startswith(("passw", "pwd"))
    if _PLACEHOLDER.search(value) or not _looks_secret(value, is_password, group == "bare"):
        return
    start, end = match.span(group)
    found.append((start, end, "password" if is_password else "key or token"))


def _looks_secret(value: str, is_password: bool, is_bare: bool) -> bool:
    kinds = any(c.isdigit() for c in value) + any(c.islower() for c in value) + any(c.isupper() for c in value)
    has_sign = any(not c.isalnum() for c in value)
    if is_password:
        if is_bare and (value.endswith(("(", ")", ",", ";")) or "." in value or "(" in value):
            return False
        return any(c.isdigit() for c in value) and (kinds >= 2 or has_sign) and entropy(value) >= 2.5
    if len(value) < 16 or not any(c.isdigit() for c in value):
        return False
    if "/" in value and value.count("/") > 2 and "." in value:
        return False  # a path
    return entropy(value) >= _ENTROPY and ((kinds >= 2 and len(value) >= 20) or entropy(value) >= _RANDOM)


def _apart(found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """In order; of two that overlap the one that begins first, and of those that begin together the longer."""
    kept: list[tuple[int, int, str]] = []
    for span in sorted(found, key=lambda s: (s[0], -s[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def entropy(value: str) -> float:
    """Shannon entropy in bits per character."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0
