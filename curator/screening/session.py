"""Screening of a whole session: the signals that its words give, and the score that orders the queue."""

from __future__ import annotations

import dataclasses

from curator.core.exchange import EventKind, Exchange, Origin, Session
from curator.core.signal import SignalHit, score_of
from curator.screening.legibility import garbled, is_dump, open_fence, script
from curator.screening.personal import personal_data
from curator.screening.secrets import find_secrets
from curator.screening.wording import (
    accepts,
    is_bare,
    leans_on_context,
    names_local_things,
    refuses,
    rejects,
    reports_status,
)

SHORT_PROMPT, SHORT_ANSWER = 20, 40
LONG_PROMPT, LONG_ANSWER = 4_000, 8_000
"""Characters; at about four to a token, the long ones fill a small model's training window."""
_EXCERPT = 80
_CALL = EventKind.TOOL_CALL


def screen_session(session: Session) -> Session:
    """The session with the text signals and the score added to each of its exchanges."""
    if not session.exchanges:
        return session
    screened = tuple([screen_exchange(exchange, following) for exchange, following in with_following(session)])
    return dataclasses.replace(session, exchanges=screened)


def with_following(session: Session) -> list[tuple[Exchange, Exchange | None]]:
    """Each exchange with the one in which a person may say what they think of its answer; an agent's says nothing."""
    exchanges = session.exchanges
    if session.origin is Origin.AGENT:
        return [(exchange, None) for exchange in exchanges]
    return list(zip(exchanges, [*exchanges[1:], None], strict=True))


def screen_text(prompt: str, response: str) -> tuple[SignalHit, ...]:
    """What an edited row still has to be warned about: secrets, personal data, broken characters, open fences."""
    return tuple(_text_hits(prompt, response, 0, 0))


def screen_exchange(exchange: Exchange, following: Exchange | None) -> Exchange:
    """The exchange with the signals of its text and of what follows it, and with its score."""
    prompt, response = exchange.prompt, exchange.response
    top, end = exchange.first_line, exchange.last_line
    hits = list(exchange.signals)
    if is_bare(prompt):
        hits.append(SignalHit("context_bare", top, prompt.strip(), "prompt"))
    elif exchange.ordinal and (words := leans_on_context(prompt)) is not None:
        hits.append(SignalHit("context_dep", top, words, "prompt"))
    if following is not None and not _is_other_way(following):
        if rejects(following.prompt):
            hits.append(SignalHit("corrected_next", following.first_line, _cut(following.prompt)))
        elif response and accepts(following.prompt):
            hits.append(SignalHit("confirmed_next", following.first_line, _cut(following.prompt)))
    if (place := names_local_things(prompt)) is not None:
        hits.append(SignalHit("local_context", top, _cut(place), "prompt"))
    elif (place := names_local_things(response)) is not None:
        hits.append(SignalHit("local_context", end, _cut(place), "response"))
    if len(prompt) < SHORT_PROMPT:
        hits.append(SignalHit("too_short", top, prompt.strip(), "prompt"))
    elif response and len(response) < SHORT_ANSWER:
        hits.append(SignalHit("too_short", end, response, "response"))
    if len(prompt) > LONG_PROMPT:
        hits.append(SignalHit("too_long", top, f"{len(prompt):,} characters", "prompt"))
    elif len(response) > LONG_ANSWER:
        hits.append(SignalHit("too_long", end, f"{len(response):,} characters", "response"))
    if is_dump(prompt):
        hits.append(SignalHit("pasted_dump", top, _cut(prompt), "prompt"))
    if response:
        if reports_status(response) and any(e.kind is _CALL for e in exchange.steps):
            hits.append(SignalHit("status_only", end, _cut(response), "response"))
        if (words := refuses(response)) is not None and all(h.name != "refusal" for h in hits):
            hits.append(SignalHit("refusal", end, words, "response"))
        if not (prompt.isascii() and response.isascii()):
            asked, answered = script(prompt), script(response)
            if asked and answered and asked != answered:
                hits.append(SignalHit("language", end, f"{asked} → {answered}"))
    hits += _text_hits(prompt, response, top, end)
    # Written out: `dataclasses.replace` takes as long as three of the checks.
    return Exchange(
        exchange.key,
        exchange.ordinal,
        prompt,
        response,
        exchange.steps,
        exchange.steering,
        top,
        end,
        exchange.started,
        exchange.ended,
        exchange.model,
        tuple(hits),
        score_of({h.name for h in hits}),
    )


def _text_hits(prompt: str, response: str, top: int, end: int) -> list[SignalHit]:
    """One hit of each kind, the prompt's first; a secret is never repeated in its own warning."""
    hits: list[SignalHit] = []
    for text, line, part in ((prompt, top, "prompt"), (response, end, "response")):
        if not text:
            continue
        secrets = find_secrets(text)
        if secrets:
            start, _, kind = secrets[0]
            hits.append(SignalHit("secret", line, f"{kind}: {text[start : start + 4]}…", part))
        if (person := personal_data(text)) is not None:
            hits.append(SignalHit("personal_data", line, f"{person[1]}: {person[0]}", part))
        if (piece := garbled(text)) is not None:
            hits.append(SignalHit("garbled", line, _cut(piece), part))
        if (fence := open_fence(text)) is not None:
            hits.append(SignalHit("markdown_broken", line, _cut(fence), part))
    firsts: dict[str, SignalHit] = {}
    for hit in hits:
        firsts.setdefault(hit.name, hit)
    return list(firsts.values())


def _is_other_way(exchange: Exchange) -> bool:
    return any(hit.name == "abandoned_branch" for hit in exchange.signals)


def _cut(text: str) -> str:
    return " ".join(text[: _EXCERPT * 3].split())[:_EXCERPT]
