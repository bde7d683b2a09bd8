"""The customer does not get what decides the case: an amount, a deadline, a step."""

from __future__ import annotations

from collections.abc import Iterator

from evals.cases import ConversationCase
from evals.matching import missing_groups
from evals.scorers.mark import Mark, Seen, harm
from evals.scorers.reading import abstention_text, shown_text


def score(seen: Seen) -> Iterator[Mark]:
    """Mark cases of which at least one must-include group is not said; and each group by itself."""
    case = seen.case
    if not isinstance(case, ConversationCase) or not case.must_include:
        return
    answer = seen.observation.answer
    text = shown_text(seen)
    if case.kind == "no_answer":
        text = abstention_text(answer) if answer else ""
    missing = missing_groups(text, case.must_include)
    why = "not said: " + "; ".join(" / ".join(group) for group in missing)
    yield harm("missing_fact", bool(missing), why, case.relevant[0] if case.relevant else "")
    for group in case.must_include:
        yield Mark("fact_kept", 0.0 if group in missing else 1.0)
