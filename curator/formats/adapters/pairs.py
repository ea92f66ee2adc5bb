"""Rows that are a prompt and an answer: the names that training tools give the two, and what may stand beside them."""

from __future__ import annotations

import msgspec

from curator.core.exchange import Event, EventKind
from curator.formats.adapters.turns import RAW, Turn, prompt, reply, role_of, turn_events, words_of
from curator.formats.events import clean, decode_arguments, dropped
from curator.formats.jsonlines import UNREADABLE

ANSWERS = {
    "instruction": ("output", "response", "completion", "answer"),
    "prompt": ("completion", "response", "answer", "output"),
    "question": ("answer", "response", "output"),
    "query": ("response", "answer", "output"),
    "problem": ("solution", "answer"),
    "input": ("output", "response"),
}
"""What an answer is called beside each name of a prompt; the order says which name wins where several stand."""
_TURNS = msgspec.json.Decoder(list[Turn])
_THOUGHTS = ("reasoning_content", "reasoning", "chain_of_thought", "cot", "thinking", "analysis")


class Pairs(msgspec.Struct, gc=False):
    """A row's columns as far as they are known. `chosen` and `rejected` are of preference rows, `label` and `kto_tag`
    say whether an answer was liked (TRL's and LLaMA-Factory's KTO), `history` are earlier turns (Alpaca)."""

    system: str | None = None
    instruction: str | None = None
    input: str | None = None
    context: str | None = None
    prompt: str | list[Turn] | None = None
    question: str | None = None
    query: str | None = None
    problem: str | None = None
    output: msgspec.Raw = RAW
    completion: msgspec.Raw = RAW
    response: msgspec.Raw = RAW
    answer: msgspec.Raw = RAW
    solution: msgspec.Raw = RAW
    chosen: msgspec.Raw = RAW
    rejected: msgspec.Raw = RAW
    history: list[tuple[str, str]] | None = None
    label: bool | None = None
    kto_tag: bool | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    chain_of_thought: str | None = None
    cot: str | None = None
    thinking: str | None = None
    analysis: str | None = None


def asking_of(record: dict[str, object]) -> str:
    """The name under which a record holds its prompt, where an answer stands beside it; else empty."""
    for asking, answers in ANSWERS.items():
        if isinstance(record.get(asking), str | list) and any(_is_text(record.get(name)) for name in answers):
            return asking
    return ""


def _is_text(value: object) -> bool:
    return isinstance(value, str | list) or (isinstance(value, dict) and isinstance(value.get("output"), str))


def pair_events(row: Pairs, line: int, is_answer_only: bool = False) -> list[Event]:
    """The prompt and the answer of a row that has no list of turns; only the answer where the turns end on a prompt."""
    events: list[Event] = []
    for asked, said in row.history or ():
        events += [prompt(asked, line), *reply(said, line)]
    answer, turns = _answer(row)
    if not is_answer_only:
        if isinstance(row.prompt, list):
            for turn in row.prompt:
                events += turn_events(turn, line)
        elif (asked := _prompt(row)).strip():
            events.append(prompt(asked, line))
        elif row.chosen:
            # Both conversations are whole, the prompt in them.
            return [e for turn in turns for e in turn_events(turn, line)]
        else:
            return events
    if row.label is False or row.kto_tag is False:
        return [*events, dropped("rejected", answer, line)]
    thought = next((t for name in _THOUGHTS if (t := getattr(row, name))), "")
    if thought and "<think" not in answer[:200]:
        events.append(Event(EventKind.THINKING, clean(thought), line))
    if turns:
        return events + [e for turn in _after_prompt(turns) for e in turn_events(turn, line)]
    return events + reply(answer, line)


def rejected_events(row: Pairs, line: int) -> list[Event]:
    """The answer that was not preferred, as something left out."""
    if not row.rejected:
        return []
    text, turns = _taken(row.rejected)
    if turns:
        text = "\n\n".join(_words(turn) for turn in _after_prompt(turns))
    return [dropped("rejected", text, line)] if text.strip() else []


def _prompt(row: Pairs) -> str:
    """The separator of OpenAI's first fine-tuning format comes off."""
    name = next((name for name in ANSWERS if getattr(row, name) is not None), "")
    text: str = getattr(row, name) if name else ""
    if name == "instruction":
        beside = row.input or row.context
        return f"{text}\n\n{beside}" if beside and beside.strip() else text
    return text.removesuffix("\n\n###\n\n")


def _answer(row: Pairs) -> tuple[str, list[Turn]]:
    name = next((name for name in ANSWERS if getattr(row, name) is not None), "prompt")
    for answer in (*ANSWERS[name], "chosen"):
        if raw := getattr(row, answer):
            text, turns = _taken(raw)
            return text.removesuffix(" END"), turns
    return "", []


def _taken(raw: msgspec.Raw) -> tuple[str, list[Turn]]:
    """An answer as text, or as turns where it is written as such."""
    value = decode_arguments(raw)
    if isinstance(value, str):
        return value, []
    if isinstance(value, dict) and not isinstance(value.get("output"), str):
        value = [value]
    if isinstance(value, dict):
        return str(value["output"]), []
    if isinstance(value, list) and value and isinstance(value[0], str):
        return value[0], []
    try:
        return "", _TURNS.decode(msgspec.json.encode(value))
    except UNREADABLE:
        return "", []


def _after_prompt(turns: list[Turn]) -> list[Turn]:
    """The turns after the last one of a person: a preferred answer may bring its prompt along."""
    last = max((at for at, turn in enumerate(turns) if role_of(turn) == "user"), default=-1)
    return turns[last + 1 :]


def _words(turn: Turn) -> str:
    return words_of(decode_arguments(turn.content or turn.value))[0]
