"""Which client is served worst, why, and what to change: the report's first screen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from copilot.language import fold, in_script
from evals.cases import ConversationCase
from evals.figures import Scored, meanings, owner_of
from evals.scorers.lexicon import lexicon
from knowledge.model import ClientKnowledge
from knowledge.text import tokens

FEWEST_CASES = 5  # a client with fewer cases is not ranked: one bad case would decide
_MOST_REASONS = 4
_MOST_SUBJECTS = 3
_MOST_WORDS = 6
_TIME_AND_COUNT = re.compile(
    r"[一二三四五六七八九十百两几哪今明昨是不有没了这那么]"
)  # such words tell no topic
_ARTICLE_HARMS = frozenset({"wrong_article", "missing_article", "false_refusal"})


@dataclass(frozen=True, slots=True)
class Subject:
    """What a harm is about (an article, a slot), in how many cases, and the customers' words it lacks."""

    name: str
    title: str
    cases: tuple[str, ...]
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One harm of a client: in `harmed` of `n` cases in which it could have been done.

    Harms that another harm of the same case explains are not given as reasons.
    """

    harm: str
    title: str
    harmed: int
    n: int
    change: str
    subjects: tuple[Subject, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How one client is served. `burden` is the mean severity (0..100) of the worst harm of each case."""

    client: str
    cases: int
    harmed: int
    burden: float
    reasons: tuple[Reason, ...]


def _severity(harm: str) -> float:
    return meanings()[harm].severity


def _worst(item: Scored) -> float:
    return max((_severity(mark.figure) for mark in item.harms), default=0.0)


def _key(item: Scored) -> str:
    return f"{item.case.set}/{item.case.id}"


def _words(text: str) -> list[str]:
    """Words of two letters and more, folded so that both Chinese scripts meet; English ones as written."""
    chinese = [word for word in tokens(text) if re.fullmatch(r"[㐀-鿿]{2,}", word)]
    english = re.findall(r"[a-z]{4,}", text.lower().replace("'", "").replace("’", ""))
    return [
        word
        for word in (*chinese, *english)
        if not _TIME_AND_COUNT.search(word) and word not in lexicon().everyday
    ]


def _unspoken(items: Sequence[Scored], article_text: str, ordinary: frozenset[str]) -> tuple[str, ...]:
    """Customers' words of these cases that the article never says and that are not everybody's words."""
    known = fold(article_text)
    counts: Counter[str] = Counter()
    for item in items:
        if isinstance(item.case, ConversationCase):
            text = " ".join(turn.text for turn in item.case.turns if turn.role == "customer")
            counts.update(set(_words(text)))
    rare = [(count, word) for word, count in counts.items() if word not in known and word not in ordinary]
    return tuple(
        word for _, word in sorted(rare, key=lambda pair: (-pair[0], -len(pair[1]), pair[1]))[:_MOST_WORDS]
    )


def _everyday(items: Iterable[Scored]) -> frozenset[str]:
    """Words that customers of every other matter use too: they tell no article apart."""
    counts: Counter[str] = Counter()
    total = 0
    for item in items:
        if isinstance(item.case, ConversationCase):
            total += 1
            counts.update(set(_words(" ".join(t.text for t in item.case.turns if t.role == "customer"))))
    return frozenset(word for word, count in counts.items() if count > max(2, 0.06 * total))


def _subjects(
    harm: str, items: Sequence[Scored], own: ClientKnowledge | None, everyday: frozenset[str]
) -> Iterator[Subject]:
    grouped: dict[str, list[Scored]] = {}
    for item in items:
        for about in dict.fromkeys(m.about for m in item.roots if m.figure == harm and m.about):
            grouped.setdefault(about, []).append(item)
    ranked = sorted(grouped.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    for about, found in ranked[:_MOST_SUBJECTS]:
        article = own.articles.get(about) if own else None
        words: tuple[str, ...] = ()
        if own is not None and article is not None and harm in _ARTICLE_HARMS:
            unspoken = _unspoken(found, f"{article.title} {article.body}", everyday)
            words = tuple(in_script(word, own.settings.language) for word in unspoken)
        yield Subject(about, article.title if article else "", tuple(map(_key, found)), words)


def _reasons(
    items: Sequence[Scored], own: ClientKnowledge | None, everyday: frozenset[str]
) -> Iterator[Reason]:
    harmed: dict[str, list[Scored]] = {}
    for item in items:
        for harm in dict.fromkeys(mark.figure for mark in item.roots):
            harmed.setdefault(harm, []).append(item)
    ranked = sorted(harmed.items(), key=lambda pair: (-_severity(pair[0]) * len(pair[1]), pair[0]))
    for harm, found in ranked[:_MOST_REASONS]:
        meaning = meanings()[harm]
        n = sum(any(mark.figure == harm for mark in item.marks) for item in items)
        example = next((m.why for item in found for m in item.roots if m.figure == harm and m.why), "")
        subjects = tuple(_subjects(harm, found, own, everyday))
        yield Reason(harm, meaning.title, len(found), n, meaning.change, subjects, example)


def diagnose(scored: Sequence[Scored], knowledge: Mapping[str, ClientKnowledge]) -> tuple[Diagnosis, ...]:
    """Return every client's diagnosis, worst served first; clients with few cases last."""
    by_client: dict[str, list[Scored]] = {}
    for item in scored:
        by_client.setdefault(owner_of(item.case), []).append(item)
    everyday = _everyday(scored) if any(item.harms for item in scored) else frozenset()
    found = [
        Diagnosis(
            client=client,
            cases=len(items),
            harmed=sum(bool(item.harms) for item in items),
            burden=round(sum(map(_worst, items)) / len(items), 2),
            reasons=tuple(_reasons(items, knowledge.get(client), everyday)),
        )
        for client, items in by_client.items()
    ]
    return tuple(sorted(found, key=lambda d: (d.client == "-", d.cases < FEWEST_CASES, -d.burden, d.client)))
