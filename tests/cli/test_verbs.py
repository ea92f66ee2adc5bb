"""The verbs of the command line, each in a process of its own, on transcripts written here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from claude_lines import asked, said
from claude_sessions import ClaudeSession
from model_folders import write_model_folder
from verbs import curator, curator_process

from curator.cli.verbs import is_command
from curator.core.job import JobState
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.services import trash
from curator.services.workspace import Workspace

ROWS = [
    ("Why is a delete dangerous on a full disk?", "Because it writes to the log before it frees anything."),
    ("What is an idempotency key?", "A name for the attempt, so that a second attempt is not a second charge."),
    ("How long should a test wait?", "For the thing it hopes for, and never for a time."),
    ("When is an incident over?", "When what people saw has been gone for as long as it took to come back."),
    ("Should a readme start with its licence?", "No, with what it is for, since that decides whether one reads on."),
    ("What is a snapshot?", "Rows that nobody can change any more, with a digest that names them."),
]


@pytest.fixture
def rows_file(tmp_path: Path) -> Path:
    """Chat rows as OpenAI's fine-tuning takes them, with one line that is no JSON."""
    folder = tmp_path / "-a folder with ünusual name"
    folder.mkdir()
    path = folder / "rows.jsonl"
    lines = [
        json.dumps({"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": a}]}) for q, a in ROWS
    ]
    path.write_text("\n".join([*lines[:3], "{broken", *lines[3:]]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def library(tmp_path: Path, rows_file: Path) -> Path:
    """A library with the rows in it."""
    folder = tmp_path / "library"
    assert curator(folder, "import", rows_file, "--json").code == 0
    return folder


def ids(library: Path, *words: str) -> list[int]:
    return [line["id"] for line in curator(library, "exchanges", "--json", *words).lines]


def test_an_import_names_the_bad_line_and_still_ends_well(tmp_path: Path, rows_file: Path) -> None:
    said = curator_process(tmp_path / "library", "import", rows_file, "--json")
    assert said.code == 0
    report = said.only
    assert (report["files"], report["new"], report["exchanges"]) == (1, 6, 6)
    assert [(p["path"], p["line"]) for p in report["problems"]] == [(str(rows_file), 4)]
    assert report["problems"][0]["reason"]


def test_an_import_of_nothing_that_is_there_has_failed(library: Path, tmp_path: Path) -> None:
    said = curator(library, "import", tmp_path / "nowhere")
    assert (said.code, said.out) == (1, "")
    assert "no such file" in said.err


def test_a_mistyped_verb_opens_no_window_and_names_the_nearest(library: Path) -> None:
    said = curator(library, "improt")
    assert said.code == 2 and "no file called “improt”. Is it “import”?" in said.err
    assert is_command(["sessoins"]) and not is_command(["my.jsonl"])
    assert not is_command([str(library)])


def test_a_wrong_choice_names_the_choices(library: Path) -> None:
    said = curator(library, "mark", "1", "good")
    assert said.code == 2 and "Invalid value for 'state': 'good' is not one of 'unreviewed', 'clean'" in said.err


def test_an_empty_list_says_so_to_the_person_and_nothing_to_a_machine(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    for words, told in (
        (("exchanges",), "curator import PATH"),
        (("exchanges", "--query", "zebracorn"), "curator import PATH"),
        (("sessions",), "curator import PATH"),
        (("rows",), "No row is clean yet."),
        (("runs",), "There is no run yet."),
        (("queue",), "Nothing waits."),
        (("trash",), "Nothing is in the trash."),
        (("watch", "list"), "curator watch add PATH"),
    ):
        heard = curator(empty, *words)
        assert (heard.code, heard.out) == (0, "") and told in heard.err
    assert curator(empty, "exchanges", "--json").err == ""


def test_a_filter_that_finds_nothing_does_not_say_that_the_library_is_empty(library: Path) -> None:
    heard = curator(library, "exchanges", "--query", "zebracorn")
    assert (heard.code, heard.out) == (0, "") and heard.err == "No exchange is like that.\n"


def test_a_library_with_agents_own_sessions_only_is_not_called_empty(tmp_path: Path) -> None:
    said = [("user", "a1", None, "Look for it."), ("assistant", "a2", "a1", "It is in hooks.py.")]
    lines = [
        {
            "type": role, "isSidechain": True, "agentId": "a9", "sessionId": "s", "uuid": id, "parentUuid": parent,
            "timestamp": "2026-01-02T10:00:00Z", "message": {"role": role, "content": words},
        }
        for role, id, parent, words in said
    ]  # fmt: skip
    (tmp_path / "agent-a9.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert curator(tmp_path / "library", "import", tmp_path / "agent-a9.jsonl").code == 0
    heard = curator(tmp_path / "library", "exchanges")
    assert heard.out == "" and "curator exchanges --all" in heard.err


def test_runs_that_are_all_in_the_trash_are_said_to_be_there(tmp_path: Path) -> None:
    ended = Run(0, "x", 1, "tiny", "", TrainSettings(), JobState.FAILED, "", "2026-11-22T00:00:00+00:00")
    with Workspace.open(tmp_path / "library") as ws:
        trash.put(ws, ws.library.add_run(ended).id)
    heard = curator(tmp_path / "library", "runs")
    assert (heard.code, heard.out) == (0, "") and "curator trash" in heard.err and "no run yet" not in heard.err


@pytest.mark.parametrize("family", [(), ("sweep",), ("runtimes",), ("models",), ("queue",), ("watch",), ("archive",)])
def test_the_help_says_each_verb_in_one_whole_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, family: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = curator(tmp_path, *family, "--help").out.splitlines()
    verbs = lines[lines.index("Commands:") + 1 :]
    assert verbs and [line for line in verbs if not line.endswith(".")] == []
    assert not any(line.endswith("...") for line in verbs)


def test_importing_twice_changes_nothing(library: Path, rows_file: Path) -> None:
    before = curator(library, "exchanges", "--json", "--all").out
    report = curator(library, "import", rows_file, "--json").only
    assert (report["new"], report["updated"], report["unchanged"]) == (0, 0, 6)
    assert curator(library, "exchanges", "--json", "--all").out == before


def test_exchanges_carry_their_whole_text_and_can_be_searched(library: Path) -> None:
    listed = curator(library, "exchanges", "--json").lines
    assert [(line["prompt"], line["response"]) for line in listed] == ROWS
    assert all(line["state"] == "unreviewed" and line["tokens"] > 5 for line in listed)
    (found,) = curator(library, "exchanges", "--json", "--query", "idempotency").lines
    assert found["prompt"] == "What is an idempotency key?"


def test_show_tells_where_an_exchange_came_from(library: Path, rows_file: Path) -> None:
    shown = curator(library, "show", str(ids(library)[3]), "--json").only
    assert shown["path"] == str(rows_file)
    assert shown["first_line"] == 5  # line 4 is the broken one
    assert shown["response"] == ROWS[3][1]


def test_show_tells_what_was_left_out_and_why(tmp_path: Path) -> None:
    session = tmp_path / "session.jsonl"
    status = b'{"type":"progress","uuid":"g","sessionId":"s"}\n{"type":"progress","uuid":"h","sessionId":"s"}\n'
    prompt = asked("p", "<system-reminder>Be brief</system-reminder>What is DNS?")
    session.write_bytes(prompt + status + said("a", "A phone book.", "p"))
    folder = tmp_path / "library"
    assert curator(folder, "import", session).code == 0
    shown = curator(folder, "show", str(ids(folder)[0]), "--json").only
    assert [(one["reason"], one["line"], one["last_line"], one["count"]) for one in shown["dropped"]] == [
        ("reminder", 1, 1, 1), ("status", 2, 3, 2)]  # fmt: skip
    assert shown["dropped"][0]["path"] == str(session) and "reminder" in shown["dropped"][0]["words"]
    told = curator(folder, "show", str(ids(folder)[0])).out
    assert f"Left out, of {session}" in told and "lines 2–3" in told and "Be brief" in told


def test_show_says_when_the_file_is_gone(tmp_path: Path) -> None:
    session = ClaudeSession(tmp_path / "-app" / "session.jsonl")
    session.exchange("How does it begin?", "With a line.")
    assert curator(tmp_path / "library", "import", session.path).code == 0
    (exchange,) = ids(tmp_path / "library")
    assert "source gone" not in curator(tmp_path / "library", "show", str(exchange)).out
    with Workspace.open(tmp_path / "library") as ws:
        ws.library.mark_sources_gone([ws.library.sources()[0].path])
    assert f"{session.path} (source gone), lines 1–" in curator(tmp_path / "library", "show", str(exchange)).out


def test_marks_and_edits_are_undone_one_by_one(library: Path, tmp_path: Path) -> None:
    first, second, *_ = ids(library)
    assert curator(library, "mark", str(first), str(second), "clean").code == 0
    response = tmp_path / "response.txt"
    response.write_text("Because deleting writes first and frees later.\n", encoding="utf-8")
    assert curator(library, "edit", str(first), "--response-file", response).code == 0
    (row, _) = curator(library, "rows", "--json").lines
    assert (row["prompt"], row["response"]) == (ROWS[0][0], "Because deleting writes first and frees later.")
    assert row["revision"] == 1
    assert curator(library, "undo").code == 0
    assert curator(library, "rows", "--json").lines[0]["response"] == ROWS[0][1]
    assert curator(library, "undo").code == 0
    assert curator(library, "rows", "--json").lines == []
    assert curator(library, "redo").code == 0
    assert len(curator(library, "rows", "--json").lines) == 2


def test_an_unknown_id_is_a_sentence_and_writes_nothing(library: Path) -> None:
    said = curator(library, "mark", "999999", "clean")
    assert said.code == 1
    assert "not in the library" in said.err and "Traceback" not in said.err
    assert ids(library, "--state", "clean") == []


def test_wrong_usage_is_told_apart_from_failed_work(library: Path) -> None:
    assert curator(library, "mark", "1", "sparkling").code == 2
    assert curator(library, "exchanges", "--no-such-option").code == 2
    said = curator(library, "exchanges", "--signal", "no_such_signal")
    assert said.code == 1 and "context_dep" in said.err


def test_watched_folders_are_added_listed_and_removed(library: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir()
    assert curator(library, "watch", "add", folder).code == 0
    assert [line["path"] for line in curator(library, "watch", "list", "--json").lines] == [str(folder)]
    assert curator(library, "watch", "remove", folder).code == 0
    assert curator(library, "watch", "list", "--json").lines == []
    assert curator(library, "watch", "add", tmp_path / "nowhere").code == 1


def test_a_file_that_is_no_transcript_is_named(library: Path, tmp_path: Path) -> None:
    picture = tmp_path / "picture.jsonl"
    picture.write_bytes(bytes(range(256)) * 64)
    said = curator(library, "import", picture, tmp_path / "nothing-here.jsonl", "--json")
    assert said.code == 0
    assert {p["path"] for p in said.only["problems"]} == {str(picture), str(tmp_path / "nothing-here.jsonl")}


def test_a_library_that_cannot_be_opened_is_a_sentence(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a folder", encoding="utf-8")
    said = curator(blocker, "sessions")
    assert said.code == 1
    assert "Traceback" not in said.err and str(blocker) in said.err


def test_a_model_folder_is_added_and_taken_from_the_list_again(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path / "models"))
    folder = write_model_folder(tmp_path / "mine")
    assert curator(library, "models", "add", folder).code == 0
    assert [line["name"] for line in curator(library, "models", "--json").lines] == ["starter", "mine"]
    assert "Removed mine." in curator(library, "models", "remove", "mine").err
    assert [line["name"] for line in curator(library, "models", "--json").lines] == ["starter"]
    assert (folder / "config.json").is_file()
    again = curator(library, "models", "remove", "mine")
    assert again.code != 0 and "no added folder called “mine”" in again.err


def test_the_starter_is_prepared_where_it_is_asked_for_by_name(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path / "models"))
    write_model_folder(tmp_path / "models" / "starter")
    said = curator(library, "models", "add", "starter")
    assert (said.code, said.err.strip()) == (0, "The starter model is ready.")
    assert [line["name"] for line in curator(library, "models", "--json").lines] == ["starter"]
