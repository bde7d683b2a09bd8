"""What exactly the contact shall do, and by when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot.answer import Priority
from copilot.authority import action_label, recognise
from copilot.escalation.findings import Case
from copilot.escalation.handover import Handover
from copilot.escalation.told import ToldPromise
from copilot.escalation.words import clip, concepts_called, pattern, say
from copilot.language import fold
from copilot.suggestion.reply.wording import money

# How well a hand-over rule must fit to be asked for.
_FITS = 1.25
_LONGEST = {"en": 120}
_MAX = 5


@dataclass(frozen=True, slots=True)
class Request:
    """Of whom something is asked, how urgently, and what the customer wants."""

    to: str
    priority: Priority
    demand: str | None
    rules: Sequence[Handover]
    told: Sequence[ToldPromise]


def asks_of(case: Case, request: Request) -> tuple[str, ...]:
    """Return what the contact is asked to do, most urgent first; the last is to answer, by when."""
    asks = [
        *_at_once(case, request),
        *_approvals(case),
        *_by_rules(case, request),
        *_demanded(case, request),
        *_about(case, request),
        *_overdue(case, request),
    ]
    unique = list(dict.fromkeys(asks))[: _MAX - 1]
    return (*unique, _answer(case, request))


def _at_once(case: Case, request: Request) -> Iterator[str]:
    if request.priority == "P0":
        yield say(case.language, "act_now")


def _approvals(case: Case) -> Iterator[str]:
    suggestion = case.found.suggestion
    for action in suggestion.actions if suggestion else ():
        if action.verdict == "needs_approval":
            yield _approve(case, action.action, action.amount)


def _approve(case: Case, action: str, amount: float | None) -> str:
    currency = case.knowledge.authority.currency
    said = money(amount, currency, case.language) if amount is not None else ""
    return say(case.language, "approve", what=action_label(action, case.language), amount=said).strip()


def _by_rules(case: Case, request: Request) -> Iterator[str]:
    agreeing = [rule for rule in request.rules if rule.level in {None, request.priority}]
    fitting = [rule for rule in agreeing if rule.fit >= _FITS and request.to in rule.contacts]
    for rule in fitting[:2]:
        yield clip(rule.text.rstrip("。."), _LONGEST.get(case.language, 60))


def _demanded(case: Case, request: Request) -> Iterator[str]:
    """The customer's demand; what it comes to in the client's own actions stands beside it."""
    if request.demand is None:
        return
    what = clip(request.demand, _LONGEST.get(case.language, 60))
    if case.found.abstained is not None:
        yield say(case.language, "tell_rule", what=what)
        return
    actions = [r.action for r in recognise(request.demand, case.knowledge.authority)[:1]]
    label = action_label(actions[0], case.language) if actions else ""
    yield say(case.language, "decide", what=f"{what}（{label}）" if label and label not in what else what)


def _about(case: Case, request: Request) -> Iterator[str]:
    """Who is complained about, or what product, where conduct, a statement or a product is in question."""
    urgent = request.priority in {"P0", "P1"}
    if urgent and case.concepts & concepts_called("product"):
        yield say(case.language, "about_product")
    who = None if "official" in case.concepts else _person(case)
    if who and urgent and case.concepts & concepts_called("conduct"):
        yield say(case.language, "about_person", who=who)
    elif who and not urgent and case.values("statement"):
        yield say(case.language, "ask_person", who=who)


def _person(case: Case) -> str | None:
    role = next((v for v in case.values("subject") if pattern("person_roles").fullmatch(fold(v))), None)
    marks = case.values("badge", "plate", "vehicle")[:1]
    if role is None and not marks:
        found = pattern("person_roles").search(fold(case.said))
        role = case.said[found.start() : found.end()] if found else None
    return re.sub(r"\s+", " ", " ".join(part for part in (role or "", *marks) if part)) or None


def _overdue(case: Case, request: Request) -> Iterator[str]:
    now = case.conversation.now
    own = any(p.due_at is not None and p.due_at < now for p in case.found.promises)
    if own or any(promise.late for promise in request.told):
        yield say(case.language, "overdue_answer")


def _answer(case: Case, request: Request) -> str:
    contact = case.knowledge.settings.contacts.get(request.to)
    if contact is None or not contact.target_minutes:
        return say(case.language, "answer")
    minutes = contact.target_minutes
    unit, n = ("hours", minutes // 60) if minutes >= 60 and minutes % 60 == 0 else ("minutes", minutes)
    key = "call_back_by" if request.priority in {"P0", "P1"} else "answer_by"
    return say(case.language, key, deadline=say(case.language, unit, n=str(n)))
