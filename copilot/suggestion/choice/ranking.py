"""Which of the found articles is this case's: the search's candidates, ordered by what the whole case says.

Search compares pieces; an agent compares cases. A linear model over a few telling features (how much of
the case the article speaks of, its title and tags, the search's own score) orders the
candidates, another says how sure it is that the first one answers. Weights: `ranking.yaml`; the order is
fitted by `python -m evals.ranking`, the sureness by `python -m evals.bench.fit_answering`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import numpy as np
import yaml
from numpy.typing import NDArray

from copilot.retrieval import request_text
from copilot.suggestion.case.evidence import Evidence, Rarity, grams, rarity
from copilot.suggestion.choice.concepts import about, concepts_in, rarity_of_concepts, share_of_said
from copilot.suggestion.choice.dangers import is_about
from copilot.suggestion.choice.pointers import Pointer, pointed, pointers, speaking
from copilot.suggestion.choice.usual import usual
from copilot.suggestion.embedded import Frame
from knowledge.model import Article, ArticleHit


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for an article; every value grows with its fitness.

    `search`, `dense`, `dense_top`: the search's score, its best cosine, the mean of its three best.
    `coverage`, `open_coverage`: the share of the case (of the open request) that the article speaks of.
    `title`: the share of title and tags that the case speaks of; `tags`: the share of tags said literally.
    `numbers`: the share of the case's numbers it has. `known`: the share of the case that any article
    speaks of. `shown`: the share of what the helpdesk showed (order cards) that it speaks of. `topic`,
    `topics`: the share of what the customer asks about (`concepts.yaml`) that its title (the whole
    article) is about. `opening`: the share of what his first turn speaks of that title and tags are about.
    `danger`: 1 where it is about the danger of an alert. `pointed`: how surely other articles send this case
    here, less how surely it is sent away. `accepted`: 0 where the customer says that he was misunderstood;
    `consumer`: 0 where he speaks as a partner of the client and the article does not. The last two speak for
    the answer, not the order.
    """

    search: float
    dense: float
    dense_top: float
    coverage: float
    open_coverage: float
    title: float
    tags: float
    numbers: float
    known: float
    shown: float
    topic: float
    topics: float
    opening: float
    danger: float
    pointed: float
    accepted: float
    consumer: float


_PARTNER = "partner"
NAMES = tuple(field.name for field in fields(Features))


def features_of(hits: Sequence[ArticleHit], case: Frame) -> list[Features]:
    """Return the features of each candidate."""
    sent = _pointers(case)
    return [_features(hit, case, sent) for hit in hits]


def _features(hit: ArticleHit, case: Frame, sent: Sequence[Pointer]) -> Features:
    evidence, rare = case.evidence, rarity(case.knowledge)
    said = article_grams(hit.article)
    telling = rarity_of_concepts(case.knowledge)
    dense = sorted((p.dense for p in hit.passages), reverse=True)[:3] or [0.0]
    return Features(
        search=hit.score,
        dense=dense[0],
        dense_top=sum(dense) / len(dense),
        coverage=_covered(evidence, said, rare),
        open_coverage=_share_of(evidence.open_grams, said, rare),
        title=evidence.share(f"{hit.article.title} {' '.join(hit.article.tags)}", rare),
        tags=_tags_said(hit.article, evidence),
        numbers=_numbers(evidence, said),
        known=_known(evidence, rare),
        shown=_share_of(evidence.shown, said, rare),
        topic=share_of_said(hit.article.title, evidence.concepts, telling),
        topics=share_of_said(hit.article.body, evidence.concepts, telling),
        opening=share_of_said(about(hit.article), dict.fromkeys(evidence.opening, 1.0), telling),
        danger=float(is_about(hit.article, case.dangers)),
        pointed=pointed(hit.article, sent, evidence, rare),
        accepted=float(not evidence.denied),
        consumer=float(_PARTNER not in evidence.concepts or _PARTNER in concepts_in(hit.article.body)),
    )


def _pointers(case: Frame) -> tuple[Pointer, ...]:
    zone = ZoneInfo(case.knowledge.settings.timezone)
    today = case.conversation.now.astimezone(zone).date()
    return speaking(pointers(case.knowledge), case.knowledge, today)


@lru_cache(maxsize=8192)
def _grams_of(title: str, tags: tuple[str, ...], body: str) -> frozenset[str]:
    return grams(f"{title} {' '.join(tags)} {body}")


def article_grams(article: Article) -> frozenset[str]:
    """Return the grams of a whole article."""
    return _grams_of(article.title, article.tags, article.body)


def _covered(evidence: Evidence, said: frozenset[str], rare: Rarity) -> float:
    total = sum(rare.of(g) * w for g, w in evidence.weights.items())
    return sum(rare.of(g) * w for g, w in evidence.weights.items() if g in said) / total if total else 0.0


def _share_of(told: frozenset[str], said: frozenset[str], rare: Rarity) -> float:
    total = sum(rare.of(g) for g in told)
    return sum(rare.of(g) for g in told if g in said) / total if total else 0.0


def _known(evidence: Evidence, rare: Rarity) -> float:
    """What no article of the client ever mentions speaks against every article."""
    total = sum(evidence.weights.values())
    return sum(w for g, w in evidence.weights.items() if g in rare.weights) / total if total else 0.0


def _tags_said(article: Article, evidence: Evidence) -> float:
    told = [tag for tag in article.tags if (g := grams(tag)) and all(x in evidence.weights for x in g)]
    return len(told) / len(article.tags) if article.tags else 0.0


def _numbers(evidence: Evidence, said: frozenset[str]) -> float:
    numbers = {g for g in evidence.weights if g[0].isdigit()}
    return len(numbers & said) / len(numbers) if numbers else 0.0


@dataclass(frozen=True, slots=True)
class _Weights:
    order: Mapping[str, float]
    sure: Mapping[str, float]
    sure_bias: float


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    content = yaml.safe_load(
        files("copilot.suggestion.choice").joinpath("ranking.yaml").read_text(encoding="utf-8")
    )
    return _Weights(content["order"], content["sure"], float(content["sure_bias"]))


def rank(hits: Sequence[ArticleHit], case: Frame) -> tuple[ArticleHit, ...]:
    """Return `hits` in the order of their fitness, with calibrated confidence."""
    if not hits:
        return ()
    found = features_of(hits, case)
    scores = order_scores(matrix(found))
    order = np.argsort(-scores, kind="stable")
    kind = usual(request_text(case.conversation), case.asked)
    ranked = []
    for place, index in enumerate(order):
        margin = scores[index] - scores[order[1 if place == 0 else 0]] if len(order) > 1 else 1.0
        sure = confidence(found[index], float(margin), kind)
        sure *= _beside_the_first(-float(margin)) if place else 1.0
        ranked.append(replace(hits[index], score=float(scores[index]), confidence=sure))
    return tuple(ranked)


# What remains of the sureness of an answer behind the first: how often one so far behind was right, on 856
# second and third candidates of the development conversations (26% near the first, 4% three points behind).
_BESIDE, _BESIDE_SLOPE = -0.94, -0.59


def _beside_the_first(behind: float) -> float:
    """Return the share of the sureness left to an answer that is `behind` (0 or more) in order."""
    return 1 / (1 + math.exp(-(_BESIDE + _BESIDE_SLOPE * behind)))


# An attention budget of two: how far behind the first, in order, the second and the third may be to be shown.
# With an earlier teaching, 6.5, on 660 development conversations: 575 second ones, among them all 63 that are
# right where the first is not; at 3.3 352 and 58. Taught again, 6.9 shows as many as 6.5 did.
_BEHIND = (6.9, 2.0)


def worth_showing(
    hits: Sequence[ArticleHit], most: int, dangers: Sequence[str] = ()
) -> tuple[ArticleHit, ...]:
    """Return the first of the ranked hits, and of the next ones those nearly as fit, `most` in all.

    Beside an article about the danger of an alert no other matter is shown (a fee is no advice to somebody
    who was followed): of eight such suggestions on the development conversations one was right.
    """
    next_ones = zip(hits[1:most], _BEHIND, strict=False)
    near = [hit for hit, behind in next_ones if hits[0].score - hit.score <= behind]
    if hits and is_about(hits[0].article, dangers):
        near = [hit for hit in near if is_about(hit.article, dangers)]
    return (*hits[:1], *near)


def matrix(found: Sequence[Features]) -> NDArray[np.float64]:
    """Return features as rows, shape (candidates, features)."""
    return np.array([[getattr(f, name) for name in NAMES] for f in found], np.float64)


def standardised(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rows with each feature centred and scaled among the candidates of one case."""
    scaled: NDArray[np.float64] = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-6)
    return scaled


def order_scores(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one score a candidate, higher is fitter; only comparable within one case."""
    weights = np.array([_weights().order.get(name, 0.0) for name in NAMES])
    result: NDArray[np.float64] = standardised(rows) @ weights
    return result


SURE_NAMES = (*NAMES, "margin", "usual")


def sure_row(found: Features, margin: float, kind: float) -> tuple[float, ...]:
    """Return what speaks for an article in absolute terms, in the order of SURE_NAMES.

    `kind` is how usual the request is (`usual.py`). How long the talk is stays out: it told apart recorded
    conversations, and refused short questions.
    """
    return (*(getattr(found, name) for name in NAMES), margin, kind)


def confidence(found: Features, margin: float, kind: float) -> float:
    """Return the probability (0..1) that the article answers."""
    weights = _weights()
    row = zip(SURE_NAMES, sure_row(found, margin, kind), strict=True)
    logit = weights.sure_bias + sum(weights.sure.get(name, 0.0) * value for name, value in row)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
