"""An expired (or not yet valid, or replaced) rule speaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from evals.cases import ConversationCase
from evals.evidence import levelled
from evals.matching import normalise
from evals.scorers.mark import Mark, Seen, harm
from evals.scorers.reading import article_text, suggestions_of, talk_of, today_of
from evals.scorers.wrong_fact import forbidden_said
from knowledge.model import ClientKnowledge

# No part of a time, a date or a longer number.
_FIGURE = re.compile(r"(?<![\d:.-])\d+(?:\.\d+)?(?![\d:-])")


def _stale_citations(seen: Seen, own: ClientKnowledge, today: date) -> Iterator[tuple[str, str]]:
    """(article id, why) of cited articles that may not speak today."""
    for suggestion in suggestions_of(seen):
        for citation in suggestion.citations:
            article = own.articles.get(citation.article_id)
            if article is None:
                continue
            if not article.valid_on(today):
                yield article.id, f"cites {article.id}, valid {article.valid_from} to {article.valid_to}"
            elif citation.version != article.version:
                yield (
                    article.id,
                    f"cites version {citation.version} of {article.id}, current {article.version}",
                )


def _is_figure_of(words: str, talk: str) -> bool:
    """Whether the words' figures stand in the talk: a card's 25.00 is said as 25元."""
    wanted = {float(number) for number in _FIGURE.findall(levelled(words))}
    return bool(wanted) and wanted <= {float(number) for number in _FIGURE.findall(talk)}


def _stale_words(seen: Seen, own: ClientKnowledge, today: date) -> Iterator[tuple[str, str]]:
    """Forbidden words that only articles out of force contain, and nobody in the talk said."""
    current = [article_text(a) for a in own.articles.values() if a.valid_on(today)]
    talk = levelled(" ".join(turn.text for turn in getattr(seen.case, "turns", ())))
    for words in forbidden_said(seen):
        wanted = normalise(words)
        if any(wanted in text for text in (*current, normalise(talk))) or _is_figure_of(words, talk):
            continue
        for article in own.articles.values():
            if not article.valid_on(today) and wanted in article_text(article):
                yield article.id, f"says “{words}”, which only {article.id} (out of force) says"
                break


def score(seen: Seen) -> Iterator[Mark]:
    """Mark answers that cite an article out of force, or say what only such an article says."""
    case = talk_of(seen)
    if case is None or seen.own is None or not seen.observation.looks:
        return
    today = today_of(case, seen.own)
    found = list(_stale_citations(seen, seen.own, today))
    if isinstance(case, ConversationCase):
        found.extend(_stale_words(seen, seen.own, today))
    if suggestions_of(seen):
        why = "; ".join(dict.fromkeys(reason for _, reason in found))
        yield harm("stale_rule", bool(found), why, found[0][0] if found else "")
