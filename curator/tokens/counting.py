"""The counting process: rows in on standard input, their tokens out on standard output, one line of JSON each."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from curator.core.errors import ModelError
from curator.tokens.counter import Counter

ESTIMATE = ""
"""The folder of the estimate, which has none."""


def load(folder: str) -> Counter:
    """The counter of a model folder, or the estimate. Raises `ModelError` when the folder cannot say how it counts."""
    if folder == ESTIMATE:
        from curator.tokens.estimate import EstimateCounter

        return EstimateCounter()
    from curator.tokens.exact import ModelCounter

    return ModelCounter.load(Path(folder))


def answer(request: Any, counters: dict[str, Counter]) -> dict[str, Any]:
    """What a request is answered with.

    `{"folder", "key", "rows": [[prompt, response, system], …]}` gives `{"usages": [[prompt, response, refusal], …]}`
    in the same order; without rows, what the counter is. `key` names the contents of the folder: another key loads it
    again. A folder that cannot count gives `{"message", "hint"}`.
    """
    folder, key = request["folder"], request["key"]
    try:
        counter = counters.get(key)
        if counter is None:
            counter = counters[key] = load(folder)
            counter.usage("a", "b")  # what is loaded with the first count is loaded now
        if "rows" not in request:
            return {"name": counter.name, "fingerprint": counter.fingerprint}
        found = counter.usages(request["rows"])
    except ModelError as error:
        return {"message": error.message, "hint": error.hint}
    return {"usages": [[usage.prompt, usage.response, usage.refusal] for usage in found]}


def serve() -> int:
    """Answer requests until standard input ends: the parent's death ends this process too."""
    if sys.stderr is not None:  # a program without a console has none, on Windows
        faulthandler.enable()
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints from now on is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is for the parent, which then closes our input
    counters: dict[str, Counter] = {}
    for line in requests:
        try:
            answers.write(json.dumps(answer(json.loads(line), counters)).encode() + b"\n")
            answers.flush()
        except BrokenPipeError:
            break
    return 0


if __name__ == "__main__":
    sys.exit(serve())
