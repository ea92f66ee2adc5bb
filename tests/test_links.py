"""Every link, path and command in every document leads somewhere."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from curator.cli.app import build
from curator.cli.verbs import VERBS
from curator.formats.exchanges import build as build_session
from curator.formats.head import Head
from curator.services.help import headings

if TYPE_CHECKING:
    import click

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"(?<!`)!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")
BARE = re.compile(r"(?<![(\"`\w])https?://[^\s<>\"'`|)]+")
PATH = re.compile(r"`((?:curator|tests|packaging|resources|\.github)/[\w./-]+|[A-Z]+\.md)`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?:\.venv/bin/)?curator ((?:[a-z].*)?)$|`(?:\.venv/bin/)?curator ([a-z][^`]*)`", re.MULTILINE)
PNG = b"\x89PNG\r\n\x1a\n"


def documents() -> list[Path]:
    """Every document of the project: what git keeps, or would keep."""
    asked = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in listed if name and not name.startswith(("resources/samples/", "tests/"))]


DOCUMENTS = documents()
everyone = pytest.mark.parametrize("document", DOCUMENTS, ids=[str(d.relative_to(ROOT)) for d in DOCUMENTS])


@lru_cache
def anchors(file: Path) -> frozenset[str]:
    return frozenset(anchor for _, _, _, anchor in headings(file.read_text(encoding="utf-8")))


def prose(document: Path) -> str:
    """A document without its fenced code."""
    return FENCE.sub("", document.read_text(encoding="utf-8"))


def test_the_documents_are_found() -> None:
    names = {document.name for document in DOCUMENTS}
    assert {"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "index.md"} <= names


@everyone
def test_every_link_leads_to_a_file_or_a_heading(document: Path) -> None:
    broken = []
    for target in LINK.findall(prose(document)):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, anchor = unquote(target).partition("#")
        file = (document.parent / name).resolve() if name else document
        if not file.exists() or ROOT not in file.parents:
            broken.append(f"{target}: no such file")
        elif anchor and (file.suffix != ".md" or anchor not in anchors(file)):
            broken.append(f"{target}: no such heading")
        elif file.suffix == ".png" and not file.read_bytes().startswith(PNG):
            broken.append(f"{target}: no picture")
    assert broken == []


@everyone
def test_addresses_outside_are_well_formed_and_encrypted(document: Path) -> None:
    text = prose(document)
    outside = [target for target in LINK.findall(text) if ":" in target.split("#")[0]] + BARE.findall(text)
    wrong = []
    for target in outside:
        parts = urlsplit(target.rstrip(".,;:"))
        is_sound = parts.scheme == "https" and re.fullmatch(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", parts.netloc)
        if not is_sound and parts.scheme != "mailto":
            wrong.append(target)
    assert wrong == []


@everyone
def test_every_path_that_is_named_exists(document: Path) -> None:
    assert [name for name in PATH.findall(prose(document)) if not (ROOT / name).exists()] == []


OTHERS = {
    "Because",
    "Developer ID Application: …",  # Apple
    "Open Anyway",  # macOS
    "Report a vulnerability",  # GitHub
    "cannot be opened because the developer cannot be verified",  # macOS
    "parlour.jsonl",
    "the log above",
}
"""What is quoted and is not said by Curator."""


@lru_cache
def said_by_curator() -> str:
    """Every text in the program, one a line."""
    modules = [ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "curator").rglob("*.py")]
    nodes = [node for module in modules for node in ast.walk(module)]
    return "\n".join(n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str))


@everyone
def test_what_is_quoted_from_the_window_is_said_by_it(document: Path) -> None:
    """“…” and figures stand for anything."""
    missing = []
    for quoted in re.findall(r"“([^”]+)”", prose(document)):
        pieces = [piece.strip() for piece in re.split(r"…|\d[\d,.]*", quoted)]
        if quoted not in OTHERS and not all(piece in said_by_curator() for piece in pieces):
            missing.append(quoted)
    assert missing == []


@lru_cache
def command_line() -> click.Group:
    import typer

    return typer.main.get_command(build(VERBS))  # type: ignore[return-value]


@everyone
def test_every_command_that_is_shown_can_be_typed(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    wrong = []
    for at_start, inline in COMMAND.findall(text):
        words = re.split(r"\s{2,}|\s#", at_start or inline)[0].split()
        page = command_line()
        while words and hasattr(page, "commands") and words[0] in page.commands:
            page = page.commands[words.pop(0)]
        if page is command_line():
            wrong.append(at_start or inline)
            continue
        known = {name for parameter in page.params for name in (*parameter.opts, *parameter.secondary_opts)}
        known |= {"--help", "-h"}
        wrong += [f"{at_start or inline}: {w}" for w in words if w.startswith("--") and w.split("=")[0] not in known]
    assert wrong == []


@everyone
def test_every_make_target_that_is_named_is_in_the_makefile(document: Path) -> None:
    made = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)
    assert sorted(set(named) - set(made)) == []


def test_the_format_that_the_guide_for_developers_shows_reads_its_example() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    code, example = (re.search(rf"```{kind}\n(.*?)```", text, re.DOTALL)[1] for kind in ("python", "jsonl"))  # type: ignore[index]
    module = ModuleType("parlour")
    sys.modules["parlour"] = module  # msgspec looks its annotations up there
    try:
        exec(compile(code, "CONTRIBUTING.md", "exec"), module.__dict__)
        data, problems, unknown = example.encode(), [], {}
        assert module.recognises(Head(data))
        assert not module.recognises(Head(b'{"role": "user", "content": "Hi"}\n'))
        (events,) = module.read(data + b'{"who": "them", "said": "?"}\n{broken\n', "a.jsonl", problems, unknown)
    finally:
        del sys.modules["parlour"]
    (exchange,) = build_session(events).exchanges
    assert (exchange.prompt, exchange.response) == ("Why does a webhook retry?", "Because nobody said that it arrived.")
    assert unknown == {"them": 1} and [problem.line for problem in problems] == [4]
