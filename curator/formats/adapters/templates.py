"""Conversations that a chat template has already put into one text: cut apart again at the marks of the template."""

from __future__ import annotations

import re

_I = re.IGNORECASE
_MARKS = (
    # ChatML (Qwen, SmolLM, Yi), Llama 3, Gemma, Harmony (gpt-oss), Zephyr and Phi, DeepSeek
    re.compile(r"<\|im_start\|>[ \t]*(?P<role>\w+)[ \t]*\n?"),
    re.compile(r"<\|start_header_id\|>[ \t]*(?P<role>\w+)[ \t]*<\|end_header_id\|>\s*"),
    re.compile(r"<start_of_turn>[ \t]*(?P<role>\w+)[ \t]*\n?"),
    re.compile(r"<\|start\|>(?P<role>\w+)(?:<\|channel\|>(?P<channel>\w+))?[^<]*<\|message\|>"),
    re.compile(r"<\|(?P<role>user|assistant|system)\|>\s*"),
    re.compile(r"<｜(?P<role>User|Assistant|System)｜>"),
    # Llama 2 and Mistral
    re.compile(r"(?P<role>\[/?INST\])\s*"),
    # Alpaca, Guanaco, Vicuna and the dialogues of "Helpful and Harmless"
    re.compile(r"(?:\A|\n)#{2,3} ?(?P<role>Instruction|Input|Response|System|Human|User|Assistant):?[ \t]*", _I),
    re.compile(r"(?:\A|(?<=[\s>]))(?P<role>USER|ASSISTANT|SYSTEM):\s"),
    re.compile(r"(?:\A|\n)[ \t]*(?P<role>Human|User|Assistant|AI):[ \t]*"),
    re.compile(r"(?:\A|\n)(?P<role>Q|A):[ \t]*"),
    re.compile(r"(?:\A|\n)(?P<role>Question|Answer):[ \t]*"),
)
_ROLES = {
    "user": "user",
    "human": "user",
    "[inst]": "user",
    "instruction": "user",
    "q": "user",
    "question": "user",
    "input": "input",
    "assistant": "assistant",
    "model": "assistant",
    "ai": "assistant",
    "[/inst]": "assistant",
    "response": "assistant",
    "a": "assistant",
    "answer": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "ipython": "tool",
}
_STOPS = re.compile(
    r"<\|(?:im_end|im_start|eot_id|eom_id|end|return|call|endoftext|end_of_text|begin_of_text|eom|end_of_turn)\|>"
    r"|<(?:end_of_turn|bos|eos)>|</?s>|<｜(?:end|begin)▁of▁sentence｜>"
)
_SYSTEM = re.compile(r"<<SYS>>\s*(.*?)\s*<</SYS>>\s*", re.S)
_BESIDE = ("q", "question")
"""What stands before a question is what it asks about; before other marks it tells the model who it is."""


def turns_of(text: str) -> list[tuple[str, str]]:
    """Role and words of each turn (user, assistant, system, thought, tool); empty when no template is recognised.

    The first turn of a person must come before the first answer, and there must be one of each.
    """
    for pattern in _MARKS:
        marks = list(pattern.finditer(text))
        if len(marks) < 2 or not all(mark["role"].lower() in _ROLES for mark in marks):
            continue
        turns = _cut(text, marks)
        roles = [role for role, _ in turns if role in ("user", "assistant")]
        if roles[:1] == ["user"] and "assistant" in roles:
            return turns
    return []


def _cut(text: str, marks: list[re.Match[str]]) -> list[tuple[str, str]]:
    turns: list[tuple[str, str]] = []
    before = _words(text[: marks[0].start()])
    asks = marks[0]["role"].lower() in _BESIDE
    if before and not asks:
        turns.append(("system", before))
    for at, mark in enumerate(marks):
        role = _ROLES[mark["role"].lower()]
        words = text[mark.end() : marks[at + 1].start() if at + 1 < len(marks) else len(text)]
        if role == "user" and (system := _SYSTEM.match(words)) is not None:
            turns.append(("system", system[1]))
            words = words[system.end() :]
        words = _words(words)
        if "channel" in mark.re.groupindex and mark["channel"] not in (None, "final"):
            role = "thought"
        if at == 0 and asks and before:
            words = f"{before}\n{words}"
        if role == "input":
            if words and turns and turns[-1][0] == "user":
                turns[-1] = ("user", f"{turns[-1][1]}\n\n{words}")
        elif words:
            turns.append((role, words))
    return turns


def _words(text: str) -> str:
    return _STOPS.sub("", text).strip()
