"""A base model's own tokenizer and chat template, read from its folder without transformers."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import tokenizers

from curator.core.errors import ModelError
from curator.tokens.chat import ChatTemplate

COUNTING_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "config.json",
)
"""The files that decide token counts, in the order in which the fingerprint takes them."""

_CONFIG = "tokenizer_config.json"
_NAMED = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
_SHAPED = re.compile(r"<[|｜].+[|｜]>", re.DOTALL)


def fingerprint(folder: Path) -> str:
    """SHA-256 over what decides the counts of a model folder, in hexadecimal; absent files count as absent.

    Raises `ModelError` when a file is there and cannot be read.
    """
    digest = hashlib.sha256()
    for name in COUNTING_FILES:
        path = folder / name
        if path.is_file():
            data = _read(path)
            digest.update(f"{name}\0{len(data)}\0".encode())
            digest.update(data)
    return digest.hexdigest()


def chat_template_source(folder: Path) -> str | None:
    """The Jinja source of the folder's default chat template, where transformers looks for it; None without one.

    `chat_template.jinja` wins over the one in `tokenizer_config.json`, `chat_template.json` (processors) comes last.
    """
    path = folder / "chat_template.jinja"
    if path.is_file():
        return _text(path)
    for name in ("tokenizer_config.json", "chat_template.json"):
        found = _default_of(_json(folder / name).get("chat_template"))
        if found is not None:
            return found
    return None


def template_of(folder: Path) -> ChatTemplate | None:
    """The folder's chat template without its tokenizer, which takes long to load; None without one. Raises
    `ModelError` where it is broken."""
    source = chat_template_source(folder)
    return None if source is None else ChatTemplate(source, _special_tokens(folder, _json(folder / _CONFIG)))


class ModelTokenizer:
    """Text to ids and messages to text, as the model's own files say; `day` is what a template writes that names the
    date, if not today.

    Raises `ModelError` on loading when `tokenizer.json` or the chat template is missing or broken.
    """

    def __init__(self, folder: Path, day: date | None = None) -> None:
        self.folder = folder
        config = _json(folder / _CONFIG)
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise ModelError(
                f"“{folder.name}” has no tokenizer.json, so its tokens cannot be counted.",
                "Download the model again, or choose one that has the file.",
            )
        try:
            self._tokenizer = tokenizers.Tokenizer.from_str(_text(path))
        except Exception as error:  # the Rust library raises bare Exception for every bad file
            raise ModelError(
                f"The tokenizer.json of “{folder.name}” cannot be read: {error}.", "Download the model again."
            ) from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.special_tokens = _special_tokens(folder, config)
        _add_missing_tokens(self._tokenizer, config, self.special_tokens)
        source = chat_template_source(folder)
        if source is None or not source.strip():
            raise ModelError(
                f"“{folder.name}” has no chat template: it is a base model that was never taught to talk.",
                "Choose its instruct or chat version.",
            )
        self.template = ChatTemplate(source, self.special_tokens, day)
        self.fingerprint = fingerprint(folder)
        added = self._tokenizer.get_added_tokens_decoder().values()
        self.control_tokens = _control_tokens(added, self.special_tokens, self.template.literal_text)
        self._control = _pattern(self.control_tokens)
        self._splitters = _pattern(_splitters(added))
        self._piece = lru_cache(maxsize=64)(self._encode)

    def ids(self, text: str) -> list[int]:
        """The ids of a rendered text; nothing is added, nothing is cut.

        The text is tokenized in the pieces that the control tokens cut it into, and the last pieces are remembered: a
        row and its prompt share all but one, so that counting both costs one pass.
        """
        ids: list[int] = []
        start = 0
        for found in self._splitters.finditer(text):
            if found.start() > start:
                ids += self._piece(text[start : found.start()])
                start = found.start()
        ids += self._piece(text[start:])
        return ids

    def _encode(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def text(self, ids: list[int]) -> str:
        """The text of ids, control tokens included."""
        text: str = self._tokenizer.decode(ids, skip_special_tokens=False)
        return text

    def control_token_in(self, text: str) -> str | None:
        """The first control token written out in a person's text, or None. Training on it would teach a false turn."""
        found = self._control.search(text)
        return found.group() if found else None


def _splitters(added: Any) -> list[str]:
    """Special tokens that cut a text into pieces which are tokenized alone (none when another added token could lie
    across such a cut)."""
    plain = [t.content for t in added if t.special and not (t.normalized or t.lstrip or t.rstrip or t.single_word)]
    beginnings = {token[:end] for token in plain for end in range(1, len(token) + 1)}
    others = {t.content for t in added}.difference(plain)
    if any(token[start:] in beginnings for token in others for start in range(len(token))):
        return []
    return plain


def _control_tokens(added: Any, special_tokens: dict[str, str], literals: str) -> tuple[str, ...]:
    """Tokens that carry the form of the chat: named ones, those the template writes, and any shaped `<|…|>`."""
    named = set(special_tokens.values())
    return tuple(
        token.content
        for token in added
        if token.content in named
        or (token.content.strip() and token.content in literals)
        or (token.special and _SHAPED.fullmatch(token.content))
    )


def _pattern(texts: Any) -> re.Pattern[str]:
    longest_first = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or "(?!)")


def _special_tokens(folder: Path, config: dict[str, Any]) -> dict[str, str]:
    """The special tokens a template may name (`bos_token` …), as transformers collects them."""
    merged = dict(config)
    if "added_tokens_decoder" not in config:
        merged.update(_json(folder / "special_tokens_map.json"))
    found = {}
    extra = merged.get("extra_special_tokens")
    candidates = {**merged, **(extra if isinstance(extra, dict) else {})}
    for name, value in candidates.items():
        content = value.get("content") if isinstance(value, dict) else value
        if isinstance(content, str) and (name in _NAMED or name.endswith("_token") or name in (extra or ())):
            found[name] = content
    return found


def _add_missing_tokens(tokenizer: tokenizers.Tokenizer, config: dict[str, Any], special: dict[str, str]) -> None:
    """Tokens that only `tokenizer_config.json` knows: transformers adds them when it loads, and so they count."""
    known = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    decoder = config.get("added_tokens_decoder")
    listed = sorted(decoder.items(), key=lambda item: int(item[0])) if isinstance(decoder, dict) else []
    missing = [
        tokenizers.AddedToken(
            str(token["content"]),
            **{flag: bool(token.get(flag)) for flag in ("single_word", "lstrip", "rstrip", "normalized", "special")},
        )
        for _, token in listed
        if isinstance(token, dict) and "content" in token and token["content"] not in known
    ]
    if missing:
        tokenizer.add_tokens(missing)
        known |= {token.content for token in missing}
    others = config.get("extra_special_tokens") or config.get("additional_special_tokens")
    contents = [*special.values(), *(others if isinstance(others, list) else [])]
    names = [c.get("content") if isinstance(c, dict) else c for c in contents]
    unknown = [name for name in dict.fromkeys(names) if isinstance(name, str) and name not in known]
    if unknown:
        tokenizer.add_special_tokens([tokenizers.AddedToken(name, special=True) for name in unknown])


def _default_of(template: object) -> str | None:
    """The default among a model's templates: a text, or a list or mapping of named ones."""
    if isinstance(template, str):
        return template
    if isinstance(template, list):
        template = {t.get("name"): t.get("template") for t in template if isinstance(t, dict)}
    if isinstance(template, dict):
        chosen = template.get("default")
        return chosen if isinstance(chosen, str) else None
    return None


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        value = json.loads(_text(path))
    except ValueError as error:
        raise ModelError(f"{path.name} of “{path.parent.name}” is not JSON.", "Download the model again.") from error
    return value if isinstance(value, dict) else {}


def _text(path: Path) -> str:
    try:
        return _read(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ModelError(f"{path.name} of “{path.parent.name}” is not UTF-8.", "Download the model again.") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.", "Check the folder's permissions.") from error
