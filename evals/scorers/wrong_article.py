"""The suggestion rests on the wrong rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from evals.cases import ConversationCase
from evals.scorers.mark import Mark, Seen, harm
from evals.scorers.reading import cited_ids, suggestions_of
from knowledge.model import ClientKnowledge


def _relevant(case: ConversationCase, own: ClientKnowledge | None) -> frozenset[str]:
    """The ids that count: a name that is no article's may be that of a file whose rows are articles each."""
    named = frozenset(case.relevant)
    if own is None:
        return named
    files = named - own.articles.keys()
    return named | {each.id for each in own.articles.values() if PurePosixPath(each.source).stem in files}


def score(seen: Seen) -> Iterator[Mark]:
    """Mark whether a relevant article is cited by the first suggestion, and by any of the three."""
    case = seen.case
    if not isinstance(case, ConversationCase) or not case.relevant:
        return
    cited = [cited_ids(suggestion) for suggestion in suggestions_of(seen)]
    relevant = _relevant(case, seen.own)
    first = bool(cited) and bool(relevant & set(cited[0]))
    anywhere = any(relevant & set(ids) for ids in cited)
    wanted = ", ".join(case.relevant)
    got = " | ".join(", ".join(ids) or "nothing" for ids in cited) or "no suggestion"
    yield harm("wrong_article", not first, f"wanted {wanted}, first cites {got}", case.relevant[0])
    yield harm("missing_article", not anywhere, f"wanted {wanted}, cited {got}", case.relevant[0])
