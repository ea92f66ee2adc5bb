"""Personal data: addresses, numbers and home folders that name a person, told by shape and check digit."""

from __future__ import annotations

import re

from curator.screening.glance import digits_as_zeros, has_long_number

_BEFORE_AT = re.compile(r"(?<![\w.+\-/:])[A-Za-z0-9][\w.+\-]{0,60}$")
_AFTER_AT = re.compile(r"@(?:[A-Za-z0-9\-]{1,60}\.){1,4}[A-Za-z]{2,12}\b")
_NOBODY = re.compile(
    r"(?i)\A(?:no-?reply|git|user|you|your|name|foo|bar|test|admin|info|root|example|someone|me|john\.?doe|jane\.?doe|hello"
    r"|support)(?:[.+_\-\d][\w.+\-]*)?@|@(?:[\w\-]+\.)*"
    r"(?:example|test|localhost|invalid|domain|email|company|acme|users\.noreply\.github|your\w*)\b"
)
# A pattern that opens with a look behind is tried at every character: it stands after the first one instead.
_PHONE = re.compile(r"\+(?<![\w+.\-/]\+)\d{1,3}[ \-.]?\(?\d{1,4}\)?(?:[ \-.]?\d{2,4}){2,4}(?![\w.\-])")
_HOME = re.compile(r"(?:/Users/|/home/|\\Users\\)(?P<name>[A-Za-z][\w.\-]{1,40})(?=[/\\])")
_NO_NAMES = frozenset(
    [
        "user",
        "username",
        "you",
        "me",
        "name",
        "shared",
        "public",
        "runner",
        "ubuntu",
        "node",
        "app",
        "root",
        "vscode",
        "default",
    ]
)
_CARD = re.compile(r"[3-6](?<![\w.\-]\d)\d{3}[ \-]?\d{4}[ \-]?\d{4}[ \-]?\d{1,7}(?![\w.\-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_IP = re.compile(r"\d(?<![\w.\-]\d)\d{0,2}(?:\.\d{1,3}){3}(?![\w.\-])")
_LONG = re.compile(r"\d(?:[ \-.()]{0,2}\d){9}")


def personal_data(text: str) -> tuple[str, str] | None:
    """The first piece that names a person and its kind, or None. Placeholders and documentation ranges do not count."""
    if (address := _email(text)) is not None:
        return address, "e-mail address"
    if "/Users/" in text or "/home/" in text or "\\Users\\" in text:
        for match in _HOME.finditer(text):
            if match["name"].lower() not in _NO_NAMES:
                return match.group(), "home folder"
    zeros, is_ascii = digits_as_zeros(text), text.isascii()
    digits = zeros.count(b"0")
    if digits >= 5 and text.count(".") >= 3 and (zeros.count(b"0.0") >= 2 or not is_ascii):
        for match in _IP.finditer(text):
            if _is_public(match.group()):
                return match.group(), "network address"
    if digits < 10 or (is_ascii and not has_long_number(zeros)) or not _LONG.search(text):
        return None
    for match in _PHONE.finditer(text) if "+" in text else ():
        if 8 <= _digits(match.group()) <= 15:
            return match.group(), "phone number"
    for match in _CARD.finditer(text):
        if 13 <= _digits(match.group()) <= 19 and _luhn(match.group()):
            return match.group(), "card number"
    for match in _IBAN.finditer(text):
        if _is_iban(match.group()):
            return match.group(), "bank account"
    return None


def _email(text: str) -> str | None:
    """The first address that could be a person's. Found from its sign: code is full of words, but not of @."""
    at = text.find("@")
    while at >= 0:
        if text[at - 1 : at].isalnum() and text[at + 1 : at + 2].isalnum():
            host = _AFTER_AT.match(text, at)
            name = _BEFORE_AT.search(text, max(0, at - 64), at) if host is not None else None
            if host is not None and name is not None:
                address = name.group() + host.group()
                if not _NOBODY.search(address):
                    return address
        at = text.find("@", at + 1)
    return None


def _digits(text: str) -> int:
    return sum(c.isdigit() for c in text)


def _luhn(text: str) -> bool:
    digits = [int(c) for c in text if c.isdigit()]
    doubled = [d * 2 - 9 * (d > 4) for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 2


def _is_iban(text: str) -> bool:
    packed = text.replace(" ", "")
    if not 15 <= len(packed) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in packed[4:] + packed[:4])) % 97 == 1


def _is_public(text: str) -> bool:
    a, b, c, d = (int(part) for part in text.split("."))
    if max(a, b, c, d) > 255 or a in (0, 10, 127) or a >= 224:
        return False
    private = (a == 192 and b == 168) or (a == 172 and 16 <= b < 32) or (a == 169 and b == 254)
    documented = (a, b, c) in ((192, 0, 2), (198, 51, 100), (203, 0, 113)) or text in ("1.1.1.1", "8.8.8.8", "8.8.4.4")
    is_version = a < 10 and b < 20 and c < 20  # 1.2.3.4 is a version more often than an address
    return not (private or documented or is_version)
