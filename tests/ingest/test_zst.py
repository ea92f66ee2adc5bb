"""Packed sessions: read as what they hold, and known again as the files that they were."""

from __future__ import annotations

from pathlib import Path

import pytest
import zstandard
from library_making import EVERYTHING, texts

from curator.core.row import State
from curator.ingest.importer import Importer, import_files
from curator.ingest.scan import list_files
from curator.library.library import Library
from curator.library.records import PRESENT

SEED = (Path(__file__).parents[1] / "formats" / "seeds" / "codex.jsonl").read_bytes()


def packed(file: Path, data: bytes = SEED) -> Path:
    file.write_bytes(zstandard.compress(data))
    return file


def test_a_packed_session_is_read_as_what_it_holds(library: Library, tmp_path: Path) -> None:
    packed(tmp_path / "rollout-2026-01-01-s.jsonl.zst")
    (tmp_path / "weights.zst").write_bytes(b"\x28\xb5\x2f\xfd")
    report, _ = import_files(library, [tmp_path])
    assert (report.files, report.problems) == (1, ())
    told = texts(library)
    assert told
    (tmp_path / "plain.jsonl").write_bytes(SEED)
    again, _ = import_files(library, [tmp_path / "plain.jsonl"])
    assert (again.new, texts(library)) == (0, told)


def test_a_session_that_its_program_packs_is_the_same_one(library: Library, tmp_path: Path) -> None:
    plain = tmp_path / "rollout-s.jsonl"
    plain.write_bytes(SEED)
    with Importer(library) as importer:
        importer.run([tmp_path], is_scan=True)
        before = list(library.exchange_ids(EVERYTHING))
        library.set_state(before, State.CLEAN)
        packed(tmp_path / "rollout-s.jsonl.zst")
        plain.unlink()
        report, _ = importer.run([tmp_path], is_scan=True)
    assert (report.new, report.problems) == (0, ())
    assert list(library.exchange_ids(EVERYTHING)) == before
    [source] = library.sources()
    assert (source.path, source.status) == (str(tmp_path / "rollout-s.jsonl.zst"), PRESENT)
    assert not library.exchange(before[0]).source_is_gone
    assert library.exchange(before[0]).state is State.CLEAN


def test_a_large_one_is_unpacked_beside_memory_and_weighs_what_it_holds(library: Library, tmp_path: Path) -> None:
    line = b'{"timestamp":"2026-01-01T00:00:00Z","type":"event_msg","payload":{"type":"token_count","n":"%s"}}\n'
    file = packed(tmp_path / "rollout-s.jsonl.zst", SEED + b"".join(line % (b"%d" % n * 40) for n in range(40_000)))
    [found] = list_files([tmp_path]).files
    assert found.weight == 10 * file.stat().st_size
    report, _ = import_files(library, [tmp_path])
    assert (report.problems, len(texts(library)) > 0) == ((), True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zstandard.compress(b"{}\n" * 50_000_000), "unpacks to far more"),
        (zstandard.compress(SEED)[:-20], "damaged"),
        (b"\x28\xb5\x2f\xfd" + b"\x07" * 50, "damaged"),
    ],
    ids=["bomb", "cut", "garbage"],
)
def test_what_cannot_be_unpacked_is_told(library: Library, tmp_path: Path, data: bytes, words: str) -> None:
    file = tmp_path / "rollout-s.jsonl.zst"
    file.write_bytes(data)
    report, _ = import_files(library, [file])
    assert [path for path, _, reason in report.problems if words in reason] == [str(file)]
