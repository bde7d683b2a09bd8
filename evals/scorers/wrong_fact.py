"""Something is said that is wrong for this case: another row, another condition, an expired amount."""

from __future__ import annotations

from collections.abc import Iterator

from evals.cases import ConversationCase
from evals.matching import said
from evals.scorers.mark import Mark, Seen, harm
from evals.scorers.reading import abstention_text, shown_text


def forbidden_said(seen: Seen) -> tuple[str, ...]:
    """Return the must-not-include words that the first suggestion or the abstention says."""
    case, answer = seen.case, seen.observation.answer
    if not isinstance(case, ConversationCase) or answer is None:
        return ()
    return said(f"{shown_text(seen)}\n{abstention_text(answer)}", case.must_not_include)


def score(seen: Seen) -> Iterator[Mark]:
    """Mark cases in which a must-not-include text is said un-negated."""
    case = seen.case
    if not isinstance(case, ConversationCase) or not case.must_not_include:
        return
    wrong = forbidden_said(seen)
    about = case.relevant[0] if case.relevant else ""
    yield harm("wrong_fact", bool(wrong), f"says {', '.join(wrong)}", about)
