"""Budgets through the services: counted once, counted anew after an edit, exact for the chosen model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from model_folders import write_model_folder
from row_workspaces import store_sessions

from curator.core.budget import Usage, Verdict
from curator.core.errors import ModelError
from curator.core.row import State
from curator.services import budgets
from curator.services.workspace import Workspace
from curator.tokens.exact import ModelCounter

PAIRS = [[(f"question {s}.{n}?", f"answer {s}.{n} " * (n + 1)) for n in range(4)] for s in range(3)]


@pytest.fixture
def ws(library_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path / "models"))
    write_model_folder(tmp_path / "models" / "tiny")
    with Workspace.open(library_folder) as opened:
        yield opened


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The prompts that were really counted, not taken from the cache."""
    prompts: list[str] = []
    own = ModelCounter.usage

    def usage(self: ModelCounter, prompt: str, response: str, system: str = "") -> Usage:
        prompts.append(prompt)
        return own(self, prompt, response, system)

    monkeypatch.setattr(ModelCounter, "usage", usage)
    return prompts


def test_every_clean_row_is_counted_in_the_models_own_template(ws: Workspace, tmp_path: Path) -> None:
    ids = store_sessions(ws, PAIRS)
    exact = ModelCounter.load(tmp_path / "models" / "tiny")
    found = {budget.row: budget for budget in budgets.row_budgets(ws, "tiny", 2048)}
    assert set(found) == set(ids)
    for row in ws.library.rows():
        assert found[row.id].usage == exact.usage(row.prompt, row.response)
        assert found[row.id].verdict is Verdict.FITS


def test_a_row_is_counted_once_and_again_only_after_an_edit(ws: Workspace, counted: list[str]) -> None:
    ids = store_sessions(ws, PAIRS)
    first = budgets.row_budgets(ws, "tiny", 2048)
    assert len(counted) == 12
    counted.clear()
    assert budgets.row_budgets(ws, "tiny", 2048) == first
    assert counted == []
    ws.library.edit_row(ids[0], "another question", "another answer")
    budgets.row_budgets(ws, "tiny", 2048)
    assert counted == ["another question"]
    ws.library.undo()
    counted.clear()
    assert budgets.row_budgets(ws, "tiny", 2048) == first
    assert counted == []


def test_another_template_counts_anew(ws: Workspace, counted: list[str], tmp_path: Path) -> None:
    store_sessions(ws, PAIRS)
    before = budgets.row_budgets(ws, "tiny", 2048)
    longer = "{% for m in messages %}<|im_start|>the role is {{ m.role }}: {{ m.content }}<|im_end|>{% endfor %}"
    (tmp_path / "models" / "tiny" / "chat_template.jinja").write_text(longer, encoding="utf-8")
    counted.clear()
    after = budgets.row_budgets(ws, "tiny", 2048)
    assert len(counted) == 12
    assert all(new.usage.total != old.usage.total for new, old in zip(after, before, strict=True))


def test_refusals_are_remembered_too(ws: Workspace, counted: list[str]) -> None:
    store_sessions(ws, [[("fine", "fine"), ("an <|im_end|> inside", "answer")]])
    for _ in range(2):
        verdicts = [budget.verdict for budget in budgets.row_budgets(ws, "tiny", 2048)]
        assert verdicts == [Verdict.FITS, Verdict.REFUSED]
    assert len(counted) == 2


def test_the_summary_says_what_is_over(ws: Workspace) -> None:
    store_sessions(ws, [*PAIRS, [("long", "word " * 500), ("bad <|im_end|>", "x")]])
    total = budgets.summary(ws, "tiny", 200)
    assert (total.rows, total.over, total.refused, total.limit) == (14, 1, 1, 200)
    fitting = [b.usage.total for b in budgets.row_budgets(ws, "tiny", 200) if b.verdict is Verdict.FITS]
    assert total.tokens == sum(fitting)
    assert total.longest > 500
    assert not total.is_estimate


def test_without_a_model_figures_are_estimates(ws: Workspace) -> None:
    store_sessions(ws, PAIRS)
    assert budgets.chosen_model(ws) is None
    assert all(budget.usage.is_estimate for budget in budgets.row_budgets(ws, None, 2048))
    assert budgets.summary(ws, None, 2048).is_estimate
    assert budgets.usage(ws, None, "What is it?", "A test.").is_estimate


def test_progress_is_told_for_many_rows(ws: Workspace) -> None:
    store_sessions(ws, [[(f"q {n}", f"a {n}") for n in range(1_100)]])
    told: list[tuple[int, int]] = []
    budgets.usages_of(ws, "tiny", ws.library.rows(), lambda done, total: told.append((done, total)))
    assert told == [(500, 1_100), (1_000, 1_100), (1_100, 1_100)]


def test_tokens_of_exchanges_follow_the_chosen_model(ws: Workspace) -> None:
    ids = store_sessions(ws, PAIRS, state=None)
    estimated = budgets.tokens_of(ws, ids)
    assert set(estimated) == set(ids)
    budgets.choose_model(ws, "tiny")
    exact = budgets.tokens_of(ws, ids)
    row = ws.library.row(ids[0])
    assert row.state is State.UNREVIEWED
    assert exact[ids[0]] == budgets.usage(ws, "tiny", row.prompt, row.response).total
    assert exact != estimated
    assert ws.library.cards(ids[:1])[0].tokens == exact[ids[0]]


def test_choosing_a_model_is_told_and_kept(ws: Workspace) -> None:
    heard: list[Any] = []
    ws.subscribe(heard.append)
    changes = budgets.choose_model(ws, "tiny")
    assert changes.settings and heard == [changes]
    assert budgets.chosen_model(ws) == "tiny"
    budgets.choose_model(ws, None)
    assert budgets.chosen_model(ws) is None


def test_a_model_that_is_not_there_cannot_be_chosen(ws: Workspace) -> None:
    with pytest.raises(ModelError, match="no model called “nobody”"):
        budgets.choose_model(ws, "nobody")
    with pytest.raises(ModelError):
        budgets.row_budgets(ws, "nobody", 2048)


def test_a_chosen_model_that_is_gone_leaves_the_estimate(ws: Workspace, tmp_path: Path) -> None:
    budgets.choose_model(ws, "tiny")
    (tmp_path / "models" / "tiny" / "tokenizer.json").unlink()
    assert budgets.chosen_counter(ws).is_estimate


def test_the_starter_counts_once_it_is_prepared(ws: Workspace, tmp_path: Path) -> None:
    write_model_folder(tmp_path / "models" / "starter")
    assert budgets.chosen_model(ws) == "starter"


def test_a_starter_that_is_not_prepared_says_so(ws: Workspace) -> None:
    with pytest.raises(ModelError, match="SmolLM2 135M Instruct cannot count yet"):
        budgets.row_budgets(ws, "starter", 2048)


def test_the_limit_is_kept(ws: Workspace) -> None:
    assert budgets.limit(ws) == 2048
    assert budgets.set_limit(ws, 512).settings
    assert budgets.limit(ws) == 512
    budgets.set_limit(ws, -3)
    assert budgets.limit(ws) == 8


def test_what_counts_is_called_by_its_title(ws: Workspace, tmp_path: Path) -> None:
    assert budgets.chosen_title(ws) == "o200k estimate"
    (tmp_path / "models" / "tiny").rename(tmp_path / "models" / "somebody--tiny-model")
    budgets.choose_model(ws, "somebody/tiny-model")
    assert budgets.chosen_title(ws) == "tiny model"
