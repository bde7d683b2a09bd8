from __future__ import annotations

from dataclasses import replace

from copilot.suggestion.choice.ranking import rank, worth_showing

ARTICLES = ("轮胎怎么换。\n", "链条怎么修。\n", "车锁怎么配。\n", "铃铛怎么装。\n")


def _shown(workshop, *scores: float) -> list[float]:
    hits = workshop(*ARTICLES).hits()
    ranked = tuple(replace(h, score=s) for h, s in zip(hits, scores, strict=True))
    return [hit.score for hit in worth_showing(ranked, 3)]


def test_of_the_next_answers_only_those_near_the_first_are_shown(workshop):
    assert _shown(workshop, 6.0, 5.0, 0.5, 0.1) == [6.0, 5.0]
    assert _shown(workshop, 8.0, 1.0, 0.5, 0.1) == [8.0]


def test_the_first_is_shown_whatever_its_score_and_no_more_than_asked(workshop):
    assert _shown(workshop, -1.0, -1.1, -1.2, -1.3) == [-1.0, -1.1, -1.2]


def test_what_stands_behind_the_first_is_never_as_sure_as_it(workshop):
    shop = workshop(*ARTICLES)
    first, *others = rank(shop.hits(), shop.case("链条怎么修"))
    assert all(other.confidence < first.confidence for other in others)


def _titled(workshop, *titles: str):
    hits = workshop(*ARTICLES).hits()
    return [
        replace(hit, article=replace(hit.article, title=title, tags=()), score=2.0 - place / 10)
        for place, (hit, title) in enumerate(zip(hits, titles, strict=False))
    ]


def test_beside_an_article_about_the_danger_no_other_matter_is_shown(workshop):
    hits = _titled(workshop, "安全投诉：跟随、骚扰", "取消要付多少违约金", "被骚扰之后怎么办")
    shown = worth_showing(hits, 3, ["safety_complaint"])
    assert [hit.article.title for hit in shown] == ["安全投诉：跟随、骚扰", "被骚扰之后怎么办"]
    assert len(worth_showing(hits, 3)) == 3


def test_where_the_first_is_about_another_matter_nothing_is_hidden(workshop):
    hits = _titled(workshop, "取消要付多少违约金", "安全投诉：跟随、骚扰", "绕路怎么退")
    assert len(worth_showing(hits, 3, ["safety_complaint"])) == 3
