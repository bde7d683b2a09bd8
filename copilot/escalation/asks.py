"""What exactly the contact shall do, and by when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot.answer import Priority
from copilot.authority import action_label, recognise
from copilot.escalation.acts import act_against, danger_of, wishes_of
from copilot.escalation.excerpt import heard_in, meets, ruling_of
from copilot.escalation.findings import Case
from copilot.escalation.handover import Handover
from copilot.escalation.told import ToldPromise
from copilot.escalation.words import clip, concepts, concepts_called, pattern, say
from copilot.language import fold, quotable
from copilot.suggestion.reply.wording import money

# How well a hand-over rule must fit to be asked for.
_FITS = 1.25
_LONGEST = {"en": 120}
_MAX = 5
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


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
    """What the dangers that stand call for, the most serious first."""
    if request.priority not in {"P0", "P1"}:
        return
    alerts = sorted(case.found.alerts, key=lambda alert: alert.level != "emergency")
    kinds = list(dict.fromkeys(alert.category for alert in alerts))
    if "official_request" in kinds:
        kinds = ["official_request"]  # who asks is no customer in danger
    if not kinds and (unnamed := danger_of(case.concepts)):
        kinds = [unnamed]
    yield from (act_against(kind, case.language) for kind in kinds[:2])


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
    heard = heard_in(case)
    for ruling in (ruling_of(rule.text) for rule in fitting[:2]):
        # The case itself is told above; what the rule says of it may be said of other cases, too.
        if meets(ruling, heard) and ruling.act:
            yield clip(ruling.act.rstrip("。."), _LONGEST.get(case.language, 60))


def _demanded(case: Case, request: Request) -> Iterator[str]:
    """The customer's demand; what it comes to in the client's own actions stands beside it."""
    if request.demand is None:
        return
    what = clip(request.demand, _LONGEST.get(case.language, 60))
    wishes = wishes_of(request.demand)[:2]
    if case.found.abstained is not None:
        yield say(case.language, "tell_rule", what=what)
    elif wishes:
        amount = _sum_in(case, request.demand)
        acts = say(case.language, "joint").join(wish.asked(amount, case.language) for wish in wishes)
        yield say(case.language, "wanted", act=acts, what=what)
    else:
        yield say(case.language, "decide", what=_with_label(what, case))


def _with_label(what: str, case: Case) -> str:
    """The demand with what it comes to in the client's own actions."""
    actions = [r.action for r in recognise(what, case.knowledge.authority)[:1]]
    label = action_label(actions[0], case.language) if actions else ""
    return f"{what}（{label}）" if label and label not in what else what


def _sum_in(case: Case, demand: str) -> str:
    """The one sum that the demand names, as it is said; empty where it names none or several."""
    said = quotable(demand)
    named = {f.value for f in case.facts if f.slot == "amount" and quotable(f.quote) in said}
    amounts = {float(found[0]) for value in named if (found := _NUMBER.match(value))}
    return money(amounts.pop(), case.knowledge.authority.currency, case.language) if len(amounts) == 1 else ""


def _about(case: Case, request: Request) -> Iterator[str]:
    """Who is complained about, or what product, where conduct, a statement or a product is in question."""
    urgent = request.priority in {"P0", "P1"}
    things = case.values("vehicle")[:1]
    weak = frozenset() if urgent else frozenset(concept.name for concept in concepts() if concept.weak)
    if urgent and things:
        yield say(case.language, "about_vehicle", what=things[0])
    elif request.priority != "P3" and _concerns_goods(case, weak):
        yield say(case.language, "about_product")
    who = None if "official" in case.concepts else _person(case)
    if who and urgent and case.concepts & concepts_called("conduct"):
        yield say(case.language, "about_person", who=who)
    elif who and not urgent and case.values("statement"):
        yield say(case.language, "ask_person", who=who)


def _concerns_goods(case: Case, weak: frozenset[str]) -> bool:
    return bool((case.concepts - weak) & concepts_called("product")) and not case.values("plate")


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
