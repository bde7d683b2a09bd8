"""The draft as a whole: how urgent, to whom, what happened, what is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from copilot.answer import Escalation, EscalationFields, Priority, Promise
from copilot.conversation import Conversation
from copilot.escalation.acts import Wish, wishes_of
from copilot.escalation.addressee import addressee_of
from copilot.escalation.asks import Request, asks_of
from copilot.escalation.findings import Case, Findings, case_of
from copilot.escalation.handover import handovers
from copilot.escalation.story import Piece, is_filler, pieces_of, timeline_of, told, without_courtesy
from copilot.escalation.summary import Parts, headline_of, text_of
from copilot.escalation.told import ToldPromise, told_promises
from copilot.escalation.urgency import priority_of
from copilot.escalation.words import is_about, one_line, say, stamp
from copilot.language import quotable
from knowledge.model import ClientKnowledge

_ALWAYS_NEEDED = ("order_id", "phone")
_SUBJECTS = ("plate", "badge", "vehicle", "driver", "courier", "shop", "product", "subject")
_DEMANDS, _WISHES, _QUESTIONS = 3, 2, 5
_DENIED = ("不是", "唔係", "唔系", "not ")
_WHOLE_STORY = 2000


def draft(conversation: Conversation, knowledge: ClientKnowledge, found: Findings) -> Escalation:
    """Return the escalation of `conversation` as the client company should receive it."""
    case = case_of(conversation, knowledge, found)
    rules = handovers(case)
    priority = priority_of(case, rules)
    respond_by = _respond_by(case, priority)
    demands = _demands(case)
    demand = say(case.language, "joint").join(demands) or None
    to = addressee_of(case, priority, rules, demand)
    promised = told_promises(case)
    evidence = _evidence(case, demands)
    pieces = pieces_of(case, (*demands, *evidence))
    fields = _fields(case, demand, promised)
    asks = asks_of(case, Request(to, priority, demand, rules, promised))
    unknowns = _unknowns(case, demanded=bool(demands))
    headline = headline_of(case, demands, asks, promised)
    lines = tuple(ask.text(case.language) for ask in asks)
    parts = Parts(priority, to, respond_by, headline, fields, pieces, evidence, lines, unknowns)
    return Escalation(
        priority=priority,
        category=_category(case),
        to=to,
        respond_by=respond_by,
        headline=headline,
        fields=fields,
        asks=lines,
        unknowns=unknowns,
        text=text_of(case, parts),
    )


def _respond_by(case: Case, priority: Priority) -> datetime | None:
    level = case.knowledge.settings.priorities.get(priority)
    minutes = level.client_response_minutes if level else None
    return case.conversation.now + timedelta(minutes=minutes) if minutes else None


def _category(case: Case) -> str:
    """The danger, else the article's title, else that the knowledge lacks something."""
    if case.found.alerts:
        return case.found.alerts[0].category
    if case.found.suggestion is not None:
        return case.found.suggestion.title
    return "knowledge_gap" if case.found.abstained is not None else "request"


def _fields(case: Case, demand: str | None, promised: Sequence[ToldPromise]) -> EscalationFields:
    return EscalationFields(
        what_happened=told(
            pieces_of(case, ()), _WHOLE_STORY, say(case.language, "comma"), say(case.language, "joint")
        ),
        timeline=timeline_of(case),
        people=case.values("people", "person"),
        subject={f.slot: f.value for f in case.facts if f.slot in _SUBJECTS},
        order_id=_last(case, "order_id", "tracking_number"),
        phone=_last(case, "phone"),
        place=_last(case, "place", "route"),
        loss=_last(case, "loss"),
        demand=demand,
        tried=case.values("tried"),
        promises=tuple(_promise_lines(case, promised)),
        evidence=case.values("evidence"),
    )


def _last(case: Case, *slots: str) -> str | None:
    return next(iter(reversed(case.values(*slots))), None)


def _demands(case: Case) -> tuple[str, ...]:
    """What the customer wants: his demands, latest last; else his last words that ask for something."""
    if case.found.abstained is not None and (asked := _questions(case)):
        return asked
    told_before = {quotable(promise.quote) for promise in told_promises(case)}
    # What was wanted before somebody was in danger waits.
    since = case.danger_since
    said = [one_line(f.quote) for f in case.facts if f.slot == "demand" and f.turn_index >= since]
    meant = [d for d in dict.fromkeys(said) if not d.startswith(_DENIED)]
    kept = [d for d in meant if quotable(d) not in told_before and not _is_empty(d)]
    open_turns = {turn.index for turn in case.conversation.open_request}
    pieces = [piece for piece in pieces_of(case, ()) if piece.turn_index >= since]
    last = [piece for piece in pieces if piece.turn_index in open_turns]
    known = {wish for demand in kept for wish in wishes_of(demand)}
    wished = _wished(last[-1:] and [p for p in last if p.turn_index == last[-1].turn_index], known)
    wished = wished or _wished(last if known else pieces, known)[-1:]
    demands = _each_once(_in_full(d, pieces) for d in (*wished, *kept[-_DEMANDS:]))
    if demands or any(alert.level == "emergency" for alert in case.found.alerts):
        return demands
    asking = [p.text for p in pieces if is_about("question", p.text) or is_about("wants", p.text)]
    open_texts = {piece.text for piece in last}
    return tuple([text for text in asking if text in open_texts][-2:] or asking[-2:])


def _wished(pieces: Sequence[Piece], known: Collection[Wish]) -> tuple[str, ...]:
    """The last clause for each kind of wish that is not `known`, latest last."""
    meant = [piece for piece in pieces if not piece.text.startswith(_DENIED)]
    found = {wish: piece.text for piece in meant for wish in wishes_of(piece.text) if wish not in known}
    last = set(found.values())
    return tuple(dict.fromkeys(piece.text for piece in pieces if piece.text in last))[-_WISHES:]


def _each_once(demands: Iterable[str]) -> tuple[str, ...]:
    """The demands without those that another one holds."""
    unique = tuple(dict.fromkeys(demands))
    return tuple(d for d in unique if not any(d != other and d in other for other in unique))


def _in_full(demand: str, pieces: Sequence[Piece]) -> str:
    """The demand with the clause that it points at (「你们出不出」), and one that goes on behind it."""
    place = next((i for i, piece in enumerate(pieces) if piece.text == demand), None)
    if place is None:
        return demand
    turn = pieces[place].turn_index
    before = pieces[place - 1] if place and is_about("points_back", demand) else None
    after = (
        pieces[place + 1] if place + 1 < len(pieces) and is_about("goes_on", pieces[place + 1].text) else None
    )
    said = (p.text for p in (before, pieces[place], after) if p is not None and p.turn_index == turn)
    return (", " if demand.isascii() else "，").join(said)


def _questions(case: Case) -> tuple[str, ...]:
    """What the customer asks in so many words, latest last."""
    asked = [piece.text for piece in pieces_of(case, ()) if is_about("question", piece.text)]
    return tuple(dict.fromkeys(asked))[-_QUESTIONS:]


def _is_empty(demand: str) -> bool:
    return is_filler(demand) or is_about("empty_demand", demand)


def _evidence(case: Case, demands: Sequence[str]) -> tuple[str, ...]:
    """Clauses of evidence that the customer gave; records of the helpdesk have their own line."""
    by_customer = {turn.index for turn in case.turns if turn.role == "customer"}
    found = [f.quote for f in case.facts if f.slot == "evidence" and f.turn_index in by_customer]
    return tuple(q for q in dict.fromkeys(found) if q not in demands and not q.startswith(_DENIED))


def _promise_lines(case: Case, promised: Sequence[ToldPromise]) -> Iterator[str]:
    recorded = {promise.due_at for promise in case.found.promises if promise.due_at is not None}
    for earlier in promised:
        if earlier.due_at in recorded:
            continue  # the record of the same promise follows in its own words
        words = say(case.language, "told", what=one_line(earlier.quote))
        yield f"{words}（{_told_state(case, earlier)}）"
    for promise in case.found.promises:
        words = without_courtesy(promise.quote) or promise.quote
        yield f"{one_line(words)}（{_state(case, promise)}）"


def _told_state(case: Case, earlier: ToldPromise) -> str:
    if earlier.due_at is None:
        return say(case.language, "told_late" if earlier.late else "no_due")
    return _state(case, Promise(turn_index=earlier.turn_index, quote="", action="", due_at=earlier.due_at))


def _state(case: Case, promise: Promise) -> str:
    if promise.due_at is None:
        return say(case.language, "no_due")
    when = stamp(promise.due_at, case.timezone)
    late = case.conversation.now - promise.due_at
    if late <= timedelta(0):
        return say(case.language, "due", when=when)
    days = (
        case.conversation.now.date() - promise.due_at.astimezone(case.conversation.now.tzinfo).date()
    ).days
    key = "overdue" if days else "overdue_today"
    return say(case.language, key, when=when, days=str(days))


def _unknowns(case: Case, *, demanded: bool) -> tuple[str, ...]:
    given = {fact.slot for fact in case.facts}
    if "tracking_number" in given:
        given.add("order_id")
    missing = [say(case.language, slot) for slot in _ALWAYS_NEEDED if slot not in given]
    return (*missing, *([] if demanded or case.found.alerts else [say(case.language, "no_demand")]))
