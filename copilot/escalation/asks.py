"""What exactly the contact shall do, and by when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot.answer import Priority
from copilot.authority import label_of, recognise
from copilot.escalation.acts import act_against, danger_of, wishes_of
from copilot.escalation.excerpt import heard_in, lists_cases, meets, narrowed, ruling_of
from copilot.escalation.findings import Case
from copilot.escalation.handover import Handover
from copilot.escalation.told import ToldPromise
from copilot.escalation.words import clip, concepts, concepts_called, concepts_in, is_about, pattern, say
from copilot.language import fold, quotable
from copilot.quantities import find_quantities
from copilot.signals.text import sentences
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


@dataclass(frozen=True, slots=True)
class Ask:
    """An act that the contact is asked for; `said` are the customer's words for it, where they ask for it."""

    act: str
    said: str = ""

    def text(self, language: str) -> str:
        """Return it as one line."""
        return say(language, "wanted", act=self.act, what=self.said) if self.said else self.act


def asks_of(case: Case, request: Request) -> tuple[Ask, ...]:
    """Return what the contact is asked to do, most urgent first; the last is to answer, by when.

    Nothing where the customer has asked for nothing and nothing is known to decide.
    """
    if _asks_nothing(case, request):
        return ()
    acts = [*_at_once(case, request), *_approvals(case, request)]
    others = [*_by_rules(case, request), *_about(case, request), *_overdue(case, request)]
    asks = [*map(Ask, acts), *_demanded(case, request), *map(Ask, others)]
    unique = list(dict.fromkeys(asks))[: _MAX - 1]
    return (*unique, Ask(_answer(case, request)))


def _asks_nothing(case: Case, request: Request) -> bool:
    found = case.found
    spoken_of = (
        found.alerts,
        found.suggestion,
        found.abstained,
        request.demand,
        request.told,
        found.promises,
    )
    return not any(spoken_of) and not found.hits


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


def _approvals(case: Case, request: Request) -> Iterator[str]:
    """What the suggestion cannot do itself: sums, and what the customer speaks of."""
    suggestion = case.found.suggestion
    wanted = {r.action for r in recognise(f"{request.demand or ''}", case.knowledge.authority)}
    for action in suggestion.actions if suggestion else ():
        if action.verdict == "needs_approval" and (action.amount is not None or action.action in wanted):
            yield _approve(case, action.action, action.amount)


def _approve(case: Case, action: str, amount: float | None) -> str:
    currency = case.knowledge.authority.currency
    said = money(amount, currency, case.language) if amount is not None else ""
    return say(
        case.language, "approve", what=label_of(case.knowledge.authority, action, case.language), amount=said
    ).strip()


def _by_rules(case: Case, request: Request) -> Iterator[str]:
    agreeing = [rule for rule in request.rules if rule.level in {None, request.priority}]
    cited = _cited(case)
    used = {c.article_id for c in case.found.suggestion.citations} if case.found.suggestion else None
    named = [r for r in agreeing if request.to in r.contacts and (used is None or r.article.id in used)]
    fitting = [rule for rule in named if rule.fit >= _FITS or quotable(rule.passage) in cited]
    heard = heard_in(case)
    for rule in fitting[:2]:
        ruling = ruling_of(rule.text)
        # The case itself is told above; what the rule says of it may be said of other cases, too.
        chosen = rule.fit >= _FITS and quotable(rule.passage) in cited and not lists_cases(ruling)
        if (chosen or meets(ruling, heard)) and (act := narrowed(_for_contact(ruling.act), heard)):
            yield clip(act, _LONGEST.get(case.language, 60))


def _cited(case: Case) -> str:
    """The words of the rules that the suggestion rests on."""
    suggestion = case.found.suggestion
    return "\n".join(quotable(c.quote) for c in suggestion.citations) if suggestion else ""


def _for_contact(act: str) -> str:
    """Sentences of a rule that bind the agent are no ask of anybody else."""
    kept = [s.text for s in sentences(act) if not is_about("binds_agent", s.text)]
    return ("; " if act.isascii() else "；").join(kept)


def _demanded(case: Case, request: Request) -> Iterator[Ask]:
    """The customer's demand; what it comes to in the client's own actions stands beside it."""
    if request.demand is None:
        if not case.found.alerts:
            yield Ask(say(case.language, "decide_what"))
        return
    what = clip(request.demand, _LONGEST.get(case.language, 60))
    wishes = wishes_of(request.demand)[:2]
    if case.found.abstained is not None:
        yield Ask(say(case.language, "tell_rule", what=what))
    elif wishes:
        amount = _sum_in(case, request.demand)
        acts = (wish.asked(amount, case.language) for wish in wishes)
        yield Ask(say(case.language, "joint").join(acts), what)
    else:
        yield Ask(say(case.language, "decide", what=_with_label(what, case)))


def _with_label(what: str, case: Case) -> str:
    """The demand with what it comes to in the client's own actions."""
    actions = [r.action for r in recognise(what, case.knowledge.authority)[:1]]
    label = label_of(case.knowledge.authority, actions[0], case.language) if actions else ""
    return f"{what}（{label}）" if label and label not in what else what


def _sum_in(case: Case, demand: str) -> str:
    """The one sum that the demand names; empty where it names none or several."""
    known = {float(found[0]) for value in case.values("amount") if (found := _NUMBER.match(value))}
    named = {q.value for q in find_quantities(demand) if q.dimension == "money"}
    named |= known & {float(number) for number in _NUMBER.findall(fold(demand))}
    return money(named.pop(), case.knowledge.authority.currency, case.language) if len(named) == 1 else ""


def _about(case: Case, request: Request) -> Iterator[str]:
    """Who is complained about, or what product, where conduct, a statement or a product is in question."""
    urgent = request.priority in {"P0", "P1"}
    things = case.values("vehicle")[:1]
    weak = frozenset() if urgent else frozenset(concept.name for concept in concepts() if concept.weak)
    if urgent and things:
        yield say(case.language, "about_vehicle", what=things[0])
    elif request.priority != "P3" and _concerns_goods(case, weak):
        yield say(case.language, "about_product")
    if request.priority != "P3" and _leaves_damage_open(case, request):
        yield say(case.language, "about_damage")
    who = None if "official" in case.concepts else _person(case)
    if who and urgent and case.concepts & concepts_called("conduct"):
        yield say(case.language, "about_person", who=who)
    elif who and not urgent and case.values("statement"):
        yield say(case.language, "ask_person", who=who)


def _leaves_damage_open(case: Case, request: Request) -> bool:
    """Whether something was damaged, and what is demanded does not speak of it."""
    return "damage" in case.concepts and "compensation" not in concepts_in(request.demand or "")


def _concerns_goods(case: Case, weak: frozenset[str]) -> bool:
    """Whether goods are in question; somebody may be ill or hurt without any."""
    about = (case.concepts - weak) & concepts_called("product")
    hurt = "injured" in case.concepts or any(a.category == "accident_injury" for a in case.found.alerts)
    of_goods = about - concepts_called("suffered_hurt" if hurt else "suffered")
    in_question = of_goods or (about and is_about("in_use", case.said))
    return bool(in_question) and not case.values("plate")


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
    unit = "one_hour" if minutes == 60 else unit
    key = "call_back_by" if request.priority in {"P0", "P1"} else "answer_by"
    return say(case.language, key, deadline=say(case.language, unit, n=str(n)))
