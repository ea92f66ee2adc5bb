"""Starts as they go wrong elsewhere: no screen, a home that is not there or cannot be written, a plain locale."""

from __future__ import annotations

import json

from smoke.account import Account, SmokeError
from smoke.stage import Stage
from smoke.visitor import Visitor


def in_a_terminal(account: Account, put_up: Stage) -> None:
    """What a person sees who types the name of the app."""
    with account.step("without a screen it says so in a sentence and ends with 1") as step:
        ended = put_up.run(DISPLAY=None)
        sentence = ended.stderr.strip()
        if ended.returncode != 1 or "Traceback" in sentence or "There is no screen here" not in sentence:
            raise SmokeError(f"it ended with {ended.returncode}: {sentence[-800:]}")
        step.seen.append(sentence)
    with account.step("the doctor trains one step and says on what") as step:
        told = run_json(put_up, "doctor", "--json")
        step.seen.append(json.dumps(told, ensure_ascii=False)[:1500])
    with account.step("in a plain locale (LANG=C) it reads paths with any letters") as step:
        ended = put_up.run("import", f"{put_up.system.resident.home}/Downloads", "--json", LANG="C")
        if ended.returncode != 0:
            raise SmokeError(f"it ended with {ended.returncode}: {ended.stderr.strip()[-800:]}")
        step.seen.append(ended.stdout.strip()[-300:])


def run_json(put_up: Stage, *words: str) -> object:
    """The last line that a verb writes, which has to end well."""
    ended = put_up.run(*words, seconds=300)
    if ended.returncode != 0:
        raise SmokeError(f"{' '.join(words)} ended with {ended.returncode}: {ended.stderr.strip()[-800:]}")
    answer: object = json.loads(ended.stdout.strip().splitlines()[-1])
    return answer


def odd_homes(account: Account, put_up: Stage, visitor: Visitor) -> None:
    """Homes that cannot be used: a sentence on the screen or in the terminal, never a crash."""
