from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from knowledge.base import KnowledgeBase
from knowledge.embedding import Vectors
from knowledge.model import SearchQuery, WeightedText
from knowledge.neighbours import ChromaIndex, ExactScan
from knowledge.store.engine import open_engine
from knowledge.store.schema import create_schema
from tests.knowledge.fakes import WordEmbedder
from tests.knowledge.folders import lulu

MINUTE = 60.0


def vectors(count: int, seed: int = 1) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, 16))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def matrix() -> Vectors:
    return vectors(300)


def built(folder: Path, matrix: Vectors) -> ChromaIndex:
    index = ChromaIndex(folder, "a", matrix)
    assert index.wait(MINUTE)
    return index


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_the_exact_scan_has_the_nearest_first(matrix: Vectors) -> None:
    near = ExactScan(matrix).nearest(matrix[7], 10)
    assert near[0] == 7
    assert list(near) == list(np.argsort(-(matrix @ matrix[7]), kind="stable")[:10])


def test_asking_for_more_than_there_is_returns_all(matrix: Vectors) -> None:
    assert len(ExactScan(matrix).nearest(matrix[0], 1000)) == 300


def test_chroma_finds_what_the_scan_finds(tmp_path: Path, matrix: Vectors) -> None:
    index = built(tmp_path, matrix)
    for query in vectors(5, seed=2):
        assert set(index.nearest(query, 10)) == set(ExactScan(matrix).nearest(query, 10))


def test_the_scan_answers_until_chroma_is_ready(tmp_path: Path, matrix: Vectors) -> None:
    index = ChromaIndex(tmp_path, "a", matrix)
    assert index.nearest(matrix[3], 1)[0] == 3
    assert index.wait(MINUTE)


def test_a_sound_index_is_opened_again_and_not_rebuilt(tmp_path: Path, matrix: Vectors) -> None:
    built(tmp_path, matrix)
    before = files(tmp_path)
    again = built(tmp_path, matrix)
    assert files(tmp_path) == before
    assert again.nearest(matrix[5], 1)[0] == 5


@pytest.mark.parametrize("damage", ["cut", "bytes", "missing", "manifest", "all"])
def test_a_damaged_index_answers_before_it_is_rebuilt(tmp_path: Path, matrix: Vectors, damage: str) -> None:
    built(tmp_path, matrix)
    spoil(tmp_path, damage)
    started = time.monotonic()
    index = ChromaIndex(tmp_path, "a", matrix)
    assert index.nearest(matrix[9], 1)[0] == 9
    assert time.monotonic() - started < 20  # not the minute of a rebuilding
    assert index.wait(MINUTE)
    assert index.nearest(matrix[9], 1)[0] == 9


def spoil(folder: Path, damage: str) -> None:
    for path in files(folder):
        is_manifest = path.suffix == ".json"
        if damage == "all" or (damage == "missing" and not is_manifest):
            path.unlink()
        elif damage == "manifest" and is_manifest:
            path.write_text("{", encoding="utf-8")
        elif damage == "cut" and not is_manifest:
            path.write_bytes(path.read_bytes()[:100])
        elif damage == "bytes" and not is_manifest:
            content = bytearray(path.read_bytes())
            content[len(content) // 2 : len(content) // 2 + 64] = b"\0" * len(content[:64])
            path.write_bytes(bytes(content))


def test_other_vectors_are_another_index(tmp_path: Path, matrix: Vectors) -> None:
    built(tmp_path, matrix)
    changed = vectors(200, seed=5)
    index = built(tmp_path, changed)
    assert index.nearest(changed[150], 1)[0] == 150
    assert len(list(tmp_path.glob("*.json"))) == 1


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    engine = open_engine(f"sqlite:///{tmp_path / 'k.db'}")
    create_schema(engine)
    yield KnowledgeBase(engine, WordEmbedder(), tmp_path / "index", approximate_from=1)
    engine.dispose()


def test_a_large_client_is_searched_through_chroma_with_the_same_result(
    base: KnowledgeBase, tmp_path: Path
) -> None:
    base.import_folder(lulu(tmp_path / "lulu"))
    text = "司机原地不动 取消费能退吗"
    query = SearchQuery(base.embed_queries([text])[0], (WeightedText(text),))
    first = base.search("lulu", query, date(2026, 3, 1))
    deadline = time.monotonic() + MINUTE
    while not list((tmp_path / "index").rglob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert base.search("lulu", query, date(2026, 3, 1)) == first
    assert first[0].article.id == "LL-1"
