"""`curator import --map`: a file of a shape that nobody knows, explained on the command line."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from verbs import curator


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """A table with columns of somebody's own."""
    path = tmp_path / "my questions.csv"
    path.write_text("Frage,Antwort,Wer\nWie tief?,Drei Meter.,Ada\nWie breit?,Ein Meter.,Ada\n", encoding="utf-8")
    return path


def test_an_unknown_file_is_told_with_the_line_that_would_import_it(tmp_path: Path, questions: Path) -> None:
    said = curator(tmp_path / "library", "import", questions)
    assert said.code == 0
    assert f"curator import '{questions}' --map prompt=Frage --map response=Antwort" in said.err
    assert "Frage, Antwort, Wer" in said.err
    as_json = curator(tmp_path / "library", "import", questions, "--json")
    assert as_json.only["new"] == 0 and not as_json.err.strip()


def test_the_fields_that_are_named_are_read_and_remembered(tmp_path: Path, questions: Path) -> None:
    library = tmp_path / "library"
    words = ("--map", "prompt=Frage", "--map", "response=Antwort", "--json")
    assert curator(library, "import", questions, *words).only["new"] == 2
    with questions.open("a", encoding="utf-8") as file:
        file.write("Wie alt?,Hundert Jahre.,Ada\n")
    report = curator(library, "import", questions, "--json").only
    assert (report["new"], report["unchanged"], report["problems"]) == (1, 2, [])


def test_a_table_inside_a_zip_is_explained_by_its_path_in_it(tmp_path: Path, questions: Path) -> None:
    library, packed = tmp_path / "library", tmp_path / "my tables.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(questions, "2026/questions.csv")
        archive.writestr("2026/README.md", "What people asked.")
    said = curator(library, "import", packed)
    inside = packed / "2026" / "questions.csv"
    assert f"curator import '{inside}' --map prompt=Frage --map response=Antwort" in said.err
    words = ("--map", "prompt=Frage", "--map", "response=Antwort", "--json")
    assert curator(library, "import", inside, *words).only["new"] == 2
    again = curator(library, "import", packed, "--json").only
    assert (again["new"], again["unchanged"], again["problems"]) == (0, 2, [])


def test_a_file_that_is_not_in_the_zip_is_told(tmp_path: Path, questions: Path) -> None:
    packed = tmp_path / "tables.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(questions, "questions.csv")
    report = curator(tmp_path / "library", "import", packed / "answers.csv", "--json").only
    assert [(p["path"], p["reason"]) for p in report["problems"]] == [
        (str(packed / "answers.csv"), "The zip holds no such file.")
    ]


def test_a_folder_is_not_a_file_that_could_be_mapped(tmp_path: Path, questions: Path) -> None:
    said = curator(tmp_path / "library", "import", questions.parent, "--map", "prompt=a", "--map", "response=b")
    assert said.code == 1 and "is a folder" in said.err and "Name its files" in said.err


def test_what_was_named_twice_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "half.zip").write_bytes(b"PK")
    report = curator(tmp_path / "library", "import", tmp_path, tmp_path / "half.zip", tmp_path, "--json").only
    assert len(report["problems"]) == 1


def test_a_folder_without_exchanges_is_told(tmp_path: Path, questions: Path) -> None:
    said = curator(tmp_path / "library", "import", questions.parent)
    assert said.code == 0 and f"{questions}: No transcript format that Curator knows." in said.out
    assert f"curator import '{questions}' --map prompt=Frage --map response=Antwort" in said.err
    questions.rename(questions.with_suffix(".md"))
    said = curator(tmp_path / "library", "import", questions.parent)
    assert said.out.strip() == "Nothing was imported: there is no exchange that Curator can read in 1 file."


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (("--map", "prompt=Frage"), "--map prompt=FIELD --map response=FIELD"),
        (("--map", "prompt=Frage", "--map", "response="), "--map prompt=FIELD --map response=FIELD"),
        (("--map", "prompt=Frage", "--map", "response=Antwort", "--map", "who=Wer"), "--map prompt=FIELD"),
        (("--map", "prompt=Frage", "--map", "response=Reply"), "Frage, Antwort, Wer"),
    ],
)
def test_what_cannot_be_meant_is_explained(tmp_path: Path, questions: Path, given: tuple[str, ...], word: str) -> None:
    said = curator(tmp_path / "library", "import", questions, *given)
    assert said.code != 0
    assert word in " ".join(said.err.replace("│", " ").split())
