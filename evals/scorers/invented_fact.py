"""A figure or a quotation that no source has: nothing the customer can hold the client to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from copilot.answer import Citation, Suggestion
from evals.cases import ConversationCase, RecordedCase
from evals.evidence import uncovered
from evals.matching import normalise
from evals.scorers.mark import Mark, Seen, harm
from evals.scorers.reading import article_text, cited_ids, sources_of, suggestions_of, talk_of, text_of
from knowledge.model import ClientKnowledge


def _invented_quote(
    citation: Citation, own: ClientKnowledge, others: Mapping[str, ClientKnowledge]
) -> str | None:
    article = own.articles.get(citation.article_id)
    if article is not None:
        found = normalise(citation.quote) in article_text(article)
        return None if found else f"{article.id} does not say “{citation.quote}”"
    if any(citation.article_id in knowledge.articles for knowledge in others.values()):
        return None  # counted as another client's rule
    return f"there is no article {citation.article_id}"


def _uncovered_figures(
    case: ConversationCase | RecordedCase, suggestion: Suggestion, own: ClientKnowledge
) -> Iterator[str]:
    sources = sources_of(case, own, (suggestion,))
    for figure in uncovered(text_of(suggestion), sources):
        yield f"no source has “{figure.words}” ({figure.kind})"


def score(seen: Seen) -> Iterator[Mark]:
    """Mark suggestions with a quote or figure that neither talk, cited articles, limits nor settings have."""
    case = talk_of(seen)
    if case is None or seen.own is None:
        return
    for suggestion in suggestions_of(seen)[:3]:
        quotes = [
            why
            for citation in suggestion.citations
            if (why := _invented_quote(citation, seen.own, seen.others)) is not None
        ]
        yield harm("invented_quote", bool(quotes), "; ".join(quotes))
        figures = list(_uncovered_figures(case, suggestion, seen.own))
        about = next(iter(cited_ids(suggestion)), "")
        yield harm("invented_fact", bool(quotes or figures), "; ".join((*quotes, *figures)), about)
