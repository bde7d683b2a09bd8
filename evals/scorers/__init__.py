"""One small file for each harm. `SCORERS` is every one of them; order does not matter."""

from __future__ import annotations

from collections.abc import Iterator

from evals.scorers import (
    asked_again,
    empty_phrase,
    false_alarm,
    injection_obeyed,
    invented_fact,
    invented_in_escalation,
    judged_poor,
    late_alert,
    missed_emergency,
    missed_fact_in_escalation,
    missed_promise,
    missing_fact,
    other_clients_rule,
    product_failed,
    promise_above_authority,
    stale_rule,
    too_long,
    traffic,
    transcript_as_summary,
    unfound_document,
    waiting_in_emergency,
    wrong_abstention,
    wrong_article,
    wrong_authority,
    wrong_fact,
    wrong_priority,
    wrong_service,
    wrong_stock_label,
)
from evals.scorers.mark import Mark, Scorer, Seen

SCORERS: tuple[Scorer, ...] = (
    missed_emergency.score,
    late_alert.score,
    false_alarm.score,
    wrong_service.score,
    waiting_in_emergency.score,
    wrong_article.score,
    missing_fact.score,
    wrong_fact.score,
    stale_rule.score,
    other_clients_rule.score,
    promise_above_authority.score,
    wrong_authority.score,
    invented_fact.score,
    empty_phrase.score,
    asked_again.score,
    wrong_stock_label.score,
    missed_promise.score,
    wrong_abstention.score,
    injection_obeyed.score,
    missed_fact_in_escalation.score,
    invented_in_escalation.score,
    wrong_priority.score,
    too_long.score,
    transcript_as_summary.score,
    unfound_document.score,
    traffic.score,
    judged_poor.score,
    product_failed.score,
)


def marks_of(seen: Seen) -> Iterator[Mark]:
    """Return the marks of every scorer for one case."""
    for scorer in SCORERS:
        yield from scorer(seen)


__all__ = ["SCORERS", "Mark", "Scorer", "Seen", "marks_of"]
