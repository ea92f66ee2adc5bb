"""Counting apart: the same figures as here, in a process that may be lost and never outlives the one who asks."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from children import children_called
from job_running import wait_until
from model_folders import write_model_folder

from curator.core.errors import ModelError
from curator.services import budgets, crashes
from curator.services.workspace import Workspace
from curator.tokens.apart import ApartCounter, CountingProcess
from curator.tokens.estimate import EstimateCounter
from curator.tokens.exact import ModelCounter

ROWS = [
    ("How far is it?", "Three miles.", ""),
    ("日本語 \ud83d 🙂\n\n", "  a\x00b " * 50, "Be short."),
    ("", "only an answer", ""),
    ("a <|im_start|> in the text", "is refused", ""),
] * 40  # more than one request


@pytest.fixture
def process() -> Iterator[CountingProcess]:
    one = CountingProcess()
    yield one
    one.close()
    assert one.pid == 0


@pytest.fixture
def model(tmp_path: Path) -> Path:
    write_model_folder(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_a_model_counts_apart_as_it_counts_here(process: CountingProcess, model: Path) -> None:
    here, apart = ModelCounter.load(model), ApartCounter(process, str(model))
    rows = [row for row in ROWS if "\ud83d" not in row[0]]
    assert apart.usages(rows) == here.usages(rows)
    assert apart.usage(*ROWS[0]) == here.usage(*ROWS[0])
    assert (apart.name, apart.fingerprint, apart.is_estimate) == (here.name, here.fingerprint, False)


def test_the_estimate_is_the_same_apart(process: CountingProcess) -> None:
    here, apart = EstimateCounter(), ApartCounter(process)
    assert apart.usages(ROWS[:8]) == here.usages(ROWS[:8])
    assert (apart.name, apart.fingerprint, apart.is_estimate) == (here.name, here.fingerprint, True)


def test_a_folder_that_cannot_count_says_so_in_the_same_words(process: CountingProcess, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError) as here:
        ModelCounter.load(tmp_path / "empty")
    with pytest.raises(ModelError) as apart:
        ApartCounter(process, str(tmp_path / "empty"))
    assert (apart.value.message, apart.value.hint) == (here.value.message, here.value.hint)


def test_a_model_that_was_replaced_is_loaded_again(process: CountingProcess, model: Path) -> None:
    before = ApartCounter(process, str(model), "before").usage(*ROWS[0])
    write_model_folder(model, template="{% for m in messages %}long words before it all {{ m['content'] }}{% endfor %}")
    after = ApartCounter(process, str(model), "after")
    assert after.usage(*ROWS[0]) == ModelCounter.load(model).usage(*ROWS[0]) != before


def test_a_process_that_is_lost_is_started_again(process: CountingProcess, model: Path) -> None:
    counter = ApartCounter(process, str(model))
    expected, lost = counter.usage(*ROWS[0]), process.pid
    os.kill(lost, signal.SIGKILL)
    assert counter.usage(*ROWS[0]) == expected
    assert process.pid not in (0, lost)


def test_without_a_process_it_counts_here_and_says_so(model: Path, caplog: pytest.LogCaptureFixture) -> None:
    process = CountingProcess([sys.executable, "-c", "print('this is no counter')"])
    with caplog.at_level(logging.WARNING):
        counter = ApartCounter(process, str(model))
    assert counter.usages(ROWS[:1]) == ModelCounter.load(model).usages(ROWS[:1])
    assert "own process" in caplog.text
    process.close()


def test_closing_ends_a_count_that_runs_and_nothing_is_started_after_it(model: Path) -> None:
    process = CountingProcess([sys.executable, "-c", "import sys; sys.stdin.readline(); sys.stdin.read()"])
    told: list[Exception] = []

    def ask() -> None:
        try:
            process.ask({"folder": str(model), "key": ""})
        except ModelError as error:
            told.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not process.pid:
        assert asking.is_alive()
    pid = process.pid
    process.close()
    asking.join(120)
    assert len(told) == 1 and "closing" in str(told[0])
    assert not psutil.pid_exists(pid) and process.pid == 0
    with pytest.raises(ModelError, match="closing"):
        process.ask({"folder": str(model), "key": ""})
    assert process.pid == 0, "nothing was started for it"


def test_what_a_counter_said_in_passing_is_no_crash_when_it_is_wanted_no_more() -> None:
    noisy = (
        "import sys; from curator.tokens import counting;"
        "print('Traceback (most recent call last):', file=sys.stderr, flush=True); counting.serve()"
    )
    process = CountingProcess([sys.executable, "-c", noisy])
    assert ApartCounter(process).usage(*ROWS[0]) == EstimateCounter().usage(*ROWS[0])
    process.close()
    assert crashes.look_at_parts() == 0


def test_the_process_ends_with_the_one_that_asked() -> None:
    script = (
        "import os\nfrom curator.tokens.apart import ApartCounter, CountingProcess\n"
        "process = CountingProcess(); ApartCounter(process); print(process.pid, flush=True); os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=120)
    pid = int(done.stdout)
    wait_until(lambda: not psutil.pid_exists(pid), "the counter's end")


def test_the_one_who_asks_loads_no_vocabulary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom curator.services import budgets\n"
        "from curator.services.workspace import Workspace\n"
        f"with Workspace.open(Path({str(tmp_path / 'library')!r}), counts_apart=True) as ws:\n"
        "    print(budgets.usage(ws, None, 'a question', 'an answer').total > 0, 'tiktoken' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["True", "False"]


def test_a_workspace_ends_its_counting_process(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path))
    with Workspace.open(tmp_path / "library", counts_apart=True) as ws:
        found = budgets.usage(ws, "tiny", "How far is it?", "Three miles.")
        assert found == ModelCounter.load(model).usage("How far is it?", "Three miles.")
        children = children_called("curator.tokens.counting")
        assert len(children) == 1
    assert not children[0].is_running()
