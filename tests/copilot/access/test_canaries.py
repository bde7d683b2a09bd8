"""20 clients, 50 secrets each, 10,000 questions: nobody ever finds another's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from knowledge.base import KnowledgeBase
from knowledge.model import ClientSettings, SearchQuery, WeightedText
from knowledge.reading.articles import article_of
from knowledge.store.engine import open_engine, writing
from knowledge.store.schema import create_schema
from knowledge.store.versions import Change, apply

CLIENTS = [f"c{number:02d}" for number in range(20)]
CANARIES = 50
QUERIES = 10_000
TODAY = date(2026, 3, 2)


class Letters:
    """Fast unit vectors: a text's characters, hashed into 64 directions."""

    name = "letters"
    dimensions = 64

    def queries(self, texts: list[str]) -> np.ndarray:
        rows = np.full((len(texts), 64), 1e-3, np.float32)
        for row, text in zip(rows, texts, strict=True):
            codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)
            np.add.at(row, ((codes * 2_654_435_761) % 2**32 % 64).astype(int), 1)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    passages = queries
    requests = turns = queries


def canary(client: str, number: int) -> str:
    return f"暗号{client}x{number:02d}q"


def fill(knowledge: KnowledgeBase, engine: object) -> None:
    """Every client has the same articles but for its secrets: only the client tells them apart."""
    for client in CLIENTS:
        articles = tuple(
            article_of(f"A-{n}", f"规则{n}", f"第{n}条规则：退款{n}元，{canary(client, n)}。")
            for n in range(CANARIES)
        )
        knowledge.put_settings(client, ClientSettings(id=client, name=client))
        with writing(engine) as connection:  # type: ignore[arg-type]
            apply(connection, client, Change(put=articles))


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    folder: Path = tmp_path_factory.mktemp("canaries")
    engine = open_engine(f"sqlite:///{folder / 'c.sqlite3'}")
    create_schema(engine)
    base = KnowledgeBase(engine, Letters(), folder / "index")  # type: ignore[arg-type]
    fill(base, engine)
    yield base
    engine.dispose()


@pytest.mark.slow
def test_no_question_finds_another_clients_secret(knowledge: KnowledgeBase) -> None:
    owners = [CLIENTS[number % 20] for number in range(QUERIES)]
    asked = [canary(CLIENTS[number // 20 % 20], number // 400 % CANARIES) for number in range(QUERIES)]
    foreign = 0
    for asker, words in zip(owners, asked, strict=True):
        query = SearchQuery(knowledge.embed_queries([words])[0], (WeightedText(words),))
        for hit in knowledge.search(asker, query, on=TODAY, limit=5):
            texts = (hit.article.body, *(passage.passage.text for passage in hit.passages))
            foreign += any(f"暗号{asker}x" not in text and "暗号" in text for text in texts)
    assert foreign == 0


def test_a_client_finds_its_own_secret(knowledge: KnowledgeBase) -> None:
    words = canary("c07", 31)
    query = SearchQuery(knowledge.embed_queries([words])[0], (WeightedText(words),))
    (best, *_) = knowledge.search("c07", query, on=TODAY, limit=5)
    assert words in best.article.body
