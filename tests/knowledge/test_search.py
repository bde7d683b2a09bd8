from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from knowledge.confidence import confidence
from knowledge.entries import entries_of
from knowledge.model import Article, ArticleHit, Evidence, SearchQuery, WeightedText
from knowledge.neighbours import ExactScan
from knowledge.passages import passages_of
from knowledge.reading.articles import article_of
from knowledge.search import ArticleIndex, Blend, Corpus
from tests.knowledge.fakes import WordEmbedder

TODAY = date(2026, 3, 1)
EMBEDDER = WordEmbedder()
ARTICLES = (
    article_of(
        "A-1", "取消费退还", "司机原地不动，取消费退还。\n\n| 车型 | 取消费 |\n|---|---|\n| 快车 | 4元 |"
    ),
    article_of("A-2", "失物招领", "东西落在车上，先联系司机。\n\n找到后约定归还地点。"),
    article_of("A-3", "Parcel delays", "Parcels delayed by customs are refunded.\n\nWe expedite nothing."),
    article_of("A-4", "電子發票", "發票在訂單頁申請。", tags=("抬頭", "統編")),
)


def corpus(articles: Sequence[Article] = ARTICLES) -> Corpus:
    known = {article.id: article for article in articles}
    passages = {passage.id: passage for article in articles for passage in passages_of(article)}
    entries = entries_of(known, passages.values())
    return Corpus(known, passages, entries, EMBEDDER.passages([entry.text for entry in entries]))


def ask(*texts: str) -> SearchQuery:
    vector = EMBEDDER.queries([" ".join(texts)])[0]
    return SearchQuery(vector, tuple(WeightedText(text) for text in texts))


def ids(hits: Sequence[ArticleHit]) -> list[str]:
    return [hit.article.id for hit in hits]


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("取消费能退吗", "A-1"),
        ("东西落车上了", "A-2"),
        ("my parcel is delayed", "A-3"),
        ("发票抬头开错了", "A-4"),
    ],
)
def test_the_article_that_speaks_of_it_comes_first(text: str, article: str) -> None:
    assert ids(ArticleIndex(corpus()).search(ask(text), TODAY, 2))[0] == article


def test_a_row_of_a_table_is_found_by_its_header_and_cell() -> None:
    hit = ArticleIndex(corpus()).search(ask("快车取消费多少"), TODAY, 1)[0]
    assert hit.passages[0].passage.cells == ("快车", "4元")


def test_scores_fall_and_lie_between_zero_and_one() -> None:
    hits = ArticleIndex(corpus()).search(ask("取消费能退吗"), TODAY, 4)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= passage.score <= 1 for hit in hits for passage in hit.passages)


def test_an_article_taken_away_is_as_if_it_did_not_exist() -> None:
    index = ArticleIndex(corpus())
    assert "A-1" not in ids(index.search(ask("取消费能退吗"), TODAY, 4, without={"A-1"}))


def test_words_alone_find_an_id() -> None:
    articles = (*ARTICLES, article_of("A-5", "表", "| 代码 | 含义 |\n|---|---|\n| E-4012 | 锁未闭合 |"))
    index = ArticleIndex(corpus(articles), Blend(dense=0.0, lexical=1.0))
    assert ids(index.search(ask("屏幕显示E-4012"), TODAY, 1)) == ["A-5"]


def test_candidates_from_an_index_give_the_same_best_articles() -> None:
    whole = corpus()
    narrowed = ArticleIndex(whole, neighbours=ExactScan(whole.matrix))
    for text in ("取消费能退吗", "东西落车上了"):
        assert ids(narrowed.search(ask(text), TODAY, 2)) == ids(
            ArticleIndex(whole).search(ask(text), TODAY, 2)
        )


def test_a_question_without_any_known_word_still_has_an_order() -> None:
    assert len(ArticleIndex(corpus()).search(ask("！！！"), TODAY, 2)) == 2


def test_no_articles_no_hits() -> None:
    empty = Corpus({}, {}, (), np.empty((0, 64), np.float32))
    assert ArticleIndex(empty).search(ask("退"), TODAY, 3) == ()


def test_an_answered_question_is_surer_than_one_whose_article_is_missing() -> None:
    index = ArticleIndex(corpus())
    there = index.search(ask("取消费能退吗"), TODAY, 1)[0]
    missing = index.search(ask("取消费能退吗"), TODAY, 1, without={"A-1"})[0]
    assert there.confidence > missing.confidence


@pytest.mark.parametrize("name", ["dense", "margin", "coverage"])
def test_more_evidence_never_makes_less_sure(name: str) -> None:
    low = {"dense": 0.9, "margin": 0.1, "coverage": 0.05}
    high = {**low, name: low[name] + 0.05}
    assert 0 < confidence(Evidence(**low)) < confidence(Evidence(**high)) < 1
