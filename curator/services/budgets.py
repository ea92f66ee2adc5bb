"""Token budgets: what a row takes in the chosen model's own template, counted once and remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from curator.core.budget import BudgetSummary, RowBudget, Usage, Verdict
from curator.core.changes import Changes
from curator.core.errors import ModelError
from curator.core.model import STARTER
from curator.core.row import Row
from curator.library.packed import text_hash
from curator.services.workspace import Workspace
from curator.tokens.counter import Counter

DEFAULT_LIMIT = 2048
_BATCH = 500  # rows counted between two writes to the cache: 0.1 to 0.3 s


def usage(ws: Workspace, model: str | None, prompt: str, response: str, system: str = "") -> Usage:
    """Tokens of a text that is being written. Raises ModelError when the model cannot count."""
    return _counter(ws, model).usage(prompt, response, system)


def row_budgets(ws: Workspace, model: str | None, max_tokens: int) -> list[RowBudget]:
    """The budget of every clean row, in the library's order."""
    rows = ws.library.rows()
    usages = usages_of(ws, model, rows)
    return [RowBudget(row.id, usages[row.id], usages[row.id].verdict(max_tokens)) for row in rows]


def summary(ws: Workspace, model: str | None, max_tokens: int) -> BudgetSummary:
    """The budget of all clean rows together."""
    return summarize(row_budgets(ws, model, max_tokens), _counter(ws, model), max_tokens)


def summarize(budgets: Sequence[RowBudget], counter: Counter, max_tokens: int) -> BudgetSummary:
    """The budget of these rows together; `tokens` counts those that fit."""
    verdicts = [budget.verdict for budget in budgets]
    return BudgetSummary(
        rows=len(budgets),
        tokens=sum(budget.usage.total for budget in budgets if budget.verdict is Verdict.FITS),
        longest=max((budget.usage.total for budget in budgets), default=0),
        limit=max_tokens,
        over=verdicts.count(Verdict.OVER),
        refused=verdicts.count(Verdict.REFUSED) + verdicts.count(Verdict.EMPTY),
        model=counter.name,
        is_estimate=counter.is_estimate,
    )


def usages_of(
    ws: Workspace,
    model: str | None,
    rows: Iterable[Row],
    progress: Callable[[int, int], None] | None = None,
) -> dict[int, Usage]:
    """The tokens of these rows: from the cache where the text is still the same, else counted now and remembered.

    `progress(done, all)` is called between batches, in the calling thread.
    """
    texts = {row.id: (row.prompt, row.response, row.system) for row in rows}
    return _count(ws, _counter(ws, model), texts, progress)


def tokens_of(ws: Workspace, ids: Sequence[int]) -> dict[int, int]:
    """Tokens of exchanges of any state, in the chosen model's template, or estimated while none is chosen."""
    counter = chosen_counter(ws)
    known = ws.library.usages(ids, counter.fingerprint)
    missing = [id for id in ids if id not in known]
    texts = {id: (*text, "") for id, text in zip(missing, ws.library.texts(missing), strict=True)}
    return {id: usage.total for id, usage in (known | _count(ws, counter, texts)).items()}


def chosen_model(ws: Workspace) -> str | None:
    """The model that counts in the window: the one chosen, else the starter once it is prepared, else none."""
    chosen = ws.library.setting("model")
    if chosen:
        return chosen
    return STARTER if ws.shelf.get(STARTER).is_ready else None


def choose_model(ws: Workspace, name: str | None) -> Changes:
    """Count with this model from now on; None goes back to the starter or the estimate. Raises ModelError."""
    if name:
        model = ws.shelf.get(name)
        if not model.is_ready and name != STARTER:
            raise ModelError(f"“{model.title}” cannot be trained.", model.problem)
    return ws.publish(ws.library.set_setting("model", name or ""))


def chosen_counter(ws: Workspace) -> Counter:
    """The counter of the chosen model; the estimate while none is chosen or the chosen one cannot count."""
    try:
        return _counter(ws, chosen_model(ws))
    except ModelError:
        return ws.counter(None)


def chosen_title(ws: Workspace) -> str:
    """What people call that which counts in the window: the model's title, or the estimate's name."""
    counter, model = chosen_counter(ws), chosen_model(ws)
    return counter.name if counter.is_estimate or model is None else ws.shelf.get(model).title


def limit(ws: Workspace) -> int:
    """The maximum of tokens a row may have, as set last."""
    value = ws.library.setting("max_tokens")
    return int(value) if value.isdecimal() and int(value) > 0 else DEFAULT_LIMIT


def set_limit(ws: Workspace, tokens: int) -> Changes:
    """Set the maximum of tokens a row may have, at least 8."""
    return ws.publish(ws.library.set_setting("max_tokens", str(max(8, tokens))))


def _counter(ws: Workspace, model: str | None) -> Counter:
    """The model's own counter, the estimate without one. Raises ModelError with the reason when it cannot count yet."""
    if model:
        base = ws.shelf.get(model)
        if not base.is_ready:
            raise ModelError(f"{base.title} cannot count yet.", base.problem)
    return ws.counter(model or None)


def _count(
    ws: Workspace,
    counter: Counter,
    texts: Mapping[int, tuple[str, str, str]],
    progress: Callable[[int, int], None] | None = None,
) -> dict[int, Usage]:
    """Usages by id. Rows with a system message are always counted: the cache knows prompt and response only."""
    found = ws.library.usages([id for id, text in texts.items() if not text[2]], counter.fingerprint) if texts else {}
    missing = [id for id in texts if id not in found]
    for start in range(0, len(missing), _BATCH):
        fresh = {}
        batch = missing[start : start + _BATCH]
        for id, usage in zip(batch, counter.usages([texts[id] for id in batch]), strict=True):
            prompt, response, system = texts[id]
            found[id] = usage
            if not system:
                fresh[id] = (text_hash(prompt, response), usage)
        if fresh:
            ws.library.store_usages(counter.fingerprint, fresh)
        if progress is not None:
            progress(len(texts) - len(missing) + min(start + _BATCH, len(missing)), len(texts))
    return found
