"""The hand-over to the client company: complete, short, and nothing in it that nobody said.

What happened is told in the customer's own words; times, promises and records come from the
conversation, rules from the articles, addressee and clocks from the client's settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from copilot.answer import (
    Abstention,
    Alert,
    Escalation,
    EscalationFields,
    Fact,
    Priority,
    Promise,
    Suggestion,
    TimelineEntry,
)
from copilot.authority import action_label, contact_name, contacts_named
from copilot.conversation import Conversation, Turn
from copilot.language import fold, in_script, quotable
from copilot.suggestion.evidence import grams
from copilot.suggestion.wording import money
from knowledge.model import ClientKnowledge, ClientSettings

MAX_CHARACTERS = {"zh-Hans": 600, "zh-Hant": 600, "en": 1200}
_LABELLED = ("order_id", "plate", "phone", "place", "time", "amount", "evidence")
_ALWAYS_ASKED = ("order_id", "phone")
_PRIORITIES: tuple[Priority, ...] = ("P0", "P1", "P2", "P3")


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that the earlier steps found, as the draft needs it."""

    alerts: tuple[Alert, ...]
    facts: tuple[Fact, ...]
    promises: tuple[Promise, ...]
    suggestion: Suggestion | None
    abstained: Abstention | None


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    text = files("copilot").joinpath("escalation.yaml").read_text(encoding="utf-8")
    words: dict[str, Any] = yaml.safe_load(text)
    return words


def _say(language: str, key: str, **values: str) -> str:
    words = _words()["en" if language == "en" else "zh-Hans"]
    return in_script(str(words[key]), language).format_map(values)


def draft(conversation: Conversation, knowledge: ClientKnowledge, found: Findings) -> Escalation:
    """Return the escalation of `conversation` as the client company should receive it."""
    settings = knowledge.settings
    priority = _priority(conversation, settings, found)
    to = _addressee(conversation, knowledge, found)
    language = settings.language
    fields = _fields(conversation, settings, found)
    asks = _asks(found, fields, to, settings, knowledge.authority.currency)
    unknowns = _unknowns(found.facts, language)
    headline = _headline(found, fields, language)
    minutes = _response_minutes(priority, settings)
    return Escalation(
        priority=priority,
        category=found.alerts[0].category if found.alerts else _topic(found),
        to=to,
        respond_by=conversation.now + timedelta(minutes=minutes) if minutes else None,
        headline=headline,
        fields=fields,
        asks=asks,
        unknowns=unknowns,
        text=_text(conversation, settings, found, _Parts(priority, to, headline, fields, asks, unknowns)),
    )


# --- how urgent, to whom ------------------------------------------------------------------------


def _priority(conversation: Conversation, settings: ClientSettings, found: Findings) -> Priority:
    """P0 for an emergency, P1 for an urgent alert; else the client's definition that fits best."""
    if any(alert.level == "emergency" for alert in found.alerts):
        return "P0"
    if found.alerts:
        return "P1"
    if found.abstained is not None:
        return "P3"
    return _by_definition(conversation, settings, found)


def _by_definition(conversation: Conversation, settings: ClientSettings, found: Findings) -> Priority:
    """P2 unless the words of P3's definition are the ones that this case is about."""
    said = " ".join(t.text for t in conversation.turns if t.role != "agent")
    topic = found.suggestion.title if found.suggestion else ""
    money_or_dispute = any(a.amount is not None for a in (found.suggestion.actions if found.suggestion else ()))
    ordinary = settings.priorities.get("P3")
    if ordinary is None or money_or_dispute:
        return "P2"
    terms = [t for t in re.split(r"[、，,；;。/\s]", fold(ordinary.definition)) if len(t) >= 2]
    about = fold(topic + " " + said)
    return "P3" if any(_mentions(about, term) for term in terms) else "P2"


def _mentions(text: str, term: str) -> bool:
    return term in text or (len(term) > 2 and any(term[i : i + 2] in text for i in (0, len(term) - 2)))


def _response_minutes(priority: Priority, settings: ClientSettings) -> int | None:
    level = settings.priorities.get(priority)
    return level.client_response_minutes if level else None


def _addressee(conversation: Conversation, knowledge: ClientKnowledge, found: Findings) -> str:
    settings = knowledge.settings
    if found.alerts and (contact := _for_alert(found.alerts[0].category, settings, knowledge, found)):
        return contact
    if found.suggestion is not None:
        asked = next((a.escalate_to for a in found.suggestion.actions if a.escalate_to), None)
        named = _named_in_rules(found.suggestion, knowledge)
        if asked or named:
            return asked or named or ""
    if found.abstained is not None and found.abstained.escalate_to:
        return found.abstained.escalate_to
    return default_contact(knowledge)


def _for_alert(
    category: str, settings: ClientSettings, knowledge: ClientKnowledge, found: Findings
) -> str | None:
    """The contact that the rules name for this danger, else the one whose name fits its category."""
    words = _words()["contacts_by_category"]
    wanted = [fold(w) for w in [*words.get(category, []), *words["default"]]]
    keys = list(settings.contacts)
    for word in wanted:
        for key in keys:
            if word in fold(key) or word in fold(settings.contacts[key].name):
                return key
    return _named_in_rules(found.suggestion, knowledge) if found.suggestion else None


def _named_in_rules(suggestion: Suggestion, knowledge: ClientKnowledge) -> str | None:
    text = suggestion.reply + " ".join(suggestion.steps)
    named = contacts_named(text, knowledge.settings, knowledge.authority.tiers)
    return named[0] if named else None


def default_contact(knowledge: ClientKnowledge) -> str:
    """Return whom this client wants to be asked when nothing else tells."""
    settings = knowledge.settings
    said = settings.unknown_topic.do or ""
    named = contacts_named(said, settings, knowledge.authority.tiers)
    if named:
        return named[0]
    for key in settings.contacts:
        if any(word in key for word in ("ops", "service", "general")):
            return key
    return next(iter(settings.contacts), knowledge.authority.tiers[-1] if knowledge.authority.tiers else "client")


# --- the facts ----------------------------------------------------------------------------------


def _fields(conversation: Conversation, settings: ClientSettings, found: Findings) -> EscalationFields:
    facts = found.facts
    said = [t for t in conversation.customer_turns if not _is_filler(t.text)]
    return EscalationFields(
        what_happened=" ".join(_one_line(t.text) for t in said),
        timeline=tuple(_timeline(conversation, settings)),
        people=_values(facts, "people", "person"),
        subject={f.slot: f.value for f in facts if f.slot in {"plate", "driver", "courier", "shop", "vehicle", "subject", "product"}},
        order_id=_last(facts, "order_id", "order", "tracking_id", "tracking_number"),
        phone=_last(facts, "phone"),
        place=_last(facts, "place", "route"),
        loss=_last(facts, "loss"),
        demand=_demand(conversation, facts),
        tried=_values(facts, "tried"),
        promises=tuple(_promise_line(p, conversation, settings) for p in found.promises),
        evidence=_values(facts, "evidence"),
    )


def _values(facts: Iterable[Fact], *slots: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f.value for f in facts if f.slot in slots))


def _last(facts: Iterable[Fact], *slots: str) -> str | None:
    values = _values(facts, *slots)
    return values[-1] if values else None


def _demand(conversation: Conversation, facts: Iterable[Fact]) -> str | None:
    demands = [f.quote for f in facts if f.slot == "demand"]
    if demands:
        return "；".join(dict.fromkeys(_one_line(d) for d in demands[-3:]))
    request = [_one_line(t.text) for t in conversation.open_request if not _is_filler(t.text)]
    return request[-1] if request else None


def _timeline(conversation: Conversation, settings: ClientSettings) -> Iterable[TimelineEntry]:
    for turn in conversation.turns:
        if not _is_filler(turn.text):
            yield TimelineEntry(
                at=turn.at.isoformat() if turn.at else None, text=_one_line(turn.text)[:160], turn_index=turn.index
            )


def _local(moment: datetime, settings: ClientSettings) -> datetime:
    try:
        return moment.astimezone(ZoneInfo(settings.timezone))
    except (KeyError, ValueError, OSError):
        return moment


def _promise_line(promise: Promise, conversation: Conversation, settings: ClientSettings) -> str:
    language = settings.language
    if promise.due_at is None:
        return f"{_one_line(promise.quote)}（{_say(language, 'no_due')}）"
    when = _local(promise.due_at, settings).strftime("%m-%d %H:%M")
    key = "overdue" if promise.due_at < conversation.now else "due"
    return f"{_one_line(promise.quote)}（{_say(language, key, when=when)}）"


def _unknowns(facts: Sequence[Fact], language: str) -> tuple[str, ...]:
    given = {f.slot for f in facts}
    return tuple(_say(language, slot) for slot in _ALWAYS_ASKED if slot not in given)


def _topic(found: Findings) -> str:
    if found.suggestion is not None:
        return found.suggestion.title
    return "knowledge_gap" if found.abstained is not None else "request"


# --- what is asked ------------------------------------------------------------------------------


def _asks(
    found: Findings, fields: EscalationFields, to: str, settings: ClientSettings, currency: str
) -> tuple[str, ...]:
    language = settings.language
    asks: list[str] = []
    if found.alerts:
        asks.append(_say(language, "act_now", what=_clip(found.alerts[0].quote, 40)))
    asks += _approvals(found, settings, currency)
    if found.abstained is not None:
        asks.append(_say(language, "knowledge_gap", what=_clip(fields.demand or fields.what_happened, 60)))
    elif fields.demand and not asks:
        asks.append(_say(language, "decide", what=_clip(fields.demand, 60)))
    asks.append(_answer_by(to, settings))
    return tuple(dict.fromkeys(asks))


def _approvals(found: Findings, settings: ClientSettings, currency: str) -> list[str]:
    if found.suggestion is None:
        return []
    asks = []
    for action in found.suggestion.actions:
        if action.verdict == "needs_approval":
            amount = money(action.amount, currency, settings.language) if action.amount is not None else ""
            asks.append(_say(settings.language, "approve", what=action_label(action.action, settings.language), amount=amount))
    rules = [c.quote for c in found.suggestion.citations if contacts_named(c.quote, settings, ())]
    asks += [_clip(_one_line(rule), 60) for rule in rules[:2]]
    return asks


def _answer_by(to: str, settings: ClientSettings) -> str:
    contact = settings.contacts.get(to)
    if contact is None or not contact.target_minutes:
        return _say(settings.language, "answer")
    minutes = contact.target_minutes
    unit, n = ("hours", minutes // 60) if minutes >= 60 and minutes % 60 == 0 else ("minutes", minutes)
    return _say(settings.language, "answer_by", deadline=_say(settings.language, unit, n=str(n)))


# --- the summary --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Parts:
    priority: Priority
    to: str
    headline: str
    fields: EscalationFields
    asks: tuple[str, ...]
    unknowns: tuple[str, ...]


def _headline(found: Findings, fields: EscalationFields, language: str) -> str:
    what = _clip(fields.demand or fields.what_happened, 28 if language != "en" else 70)
    if found.alerts:
        return f"{_clip(found.alerts[0].quote, 24 if language != 'en' else 60)}｜{what}"
    if found.abstained is not None:
        return _say(language, "headline_gap", what=what)
    return f"{found.suggestion.title}｜{what}" if found.suggestion else what


def _text(
    conversation: Conversation, settings: ClientSettings, found: Findings, parts: _Parts
) -> str:
    """Return the Markdown summary: what must be kept comes first, the customer's words fill the rest."""
    language = settings.language
    room = MAX_CHARACTERS.get(language, 1200)
    head = f"**{parts.priority}｜{parts.headline}**"
    tail = _tail(found, parts, settings)
    labelled = _labelled(found.facts, language)
    fixed = [head, *labelled, *tail]
    left = room - sum(len(quotable(line)) for line in fixed) - 20
    story = _story(conversation, settings, left, " ".join(labelled))
    return "\n".join([head, *labelled[:1], *story, *labelled[1:], *tail])


def _labelled(facts: Sequence[Fact], language: str) -> list[str]:
    """One line of the identifying facts (order, plate, phone …), the rest is in the story."""
    parts = []
    for slot in ("order_id", "plate", "phone"):
        values = _values(facts, slot)
        if values:
            parts.append(f"{_say(language, slot)} {'、'.join(values[:3])}")
    return [f"- {'｜'.join(parts)}"] if parts else []


def _tail(found: Findings, parts: _Parts, settings: ClientSettings) -> list[str]:
    language = settings.language
    joint = _say(language, "joint")
    lines = []
    if parts.fields.promises:
        lines.append(f"- {_say(language, 'promises')}：{joint.join(_clip(p, 60) for p in parts.fields.promises[:3])}")
    channel = _values(found.facts, "third_party_channel")
    if channel:
        lines.append(f"- {_say(language, 'channel', what='、'.join(channel))}")
    if found.suggestion is not None and found.suggestion.citations:
        cited = found.suggestion.citations[0]
        lines.append(f"- {_say(language, 'basis')}：{cited.article_id}「{_clip(_one_line(cited.quote), 60)}」")
    asks = joint.join(f"{mark} {ask}" for mark, ask in zip("①②③④⑤", parts.asks, strict=False))
    lines.append(f"- {_say(language, 'asks', contact=contact_name(parts.to, settings))}：{asks}")
    if parts.unknowns:
        lines.append(f"- {_say(language, 'unknown')}：{'、'.join(parts.unknowns)}")
    return lines


def _story(
    conversation: Conversation, settings: ClientSettings, room: int, already: str
) -> list[str]:
    """The customer's and the system's words with their times, the least telling left out first."""
    turns = [t for t in conversation.turns if t.role != "agent" and not _is_filler(t.text)]
    lines = {t.index: _story_line(t, settings) for t in turns}
    worth = sorted(turns, key=lambda t: (_worth(t), t.index))
    total = sum(len(quotable(line)) for line in lines.values())
    while total > room and worth:
        dropped = worth.pop(0)
        cost = len(quotable(lines[dropped.index]))
        keep = room - (total - cost)
        if keep > 40:
            lines[dropped.index] = _clip(lines[dropped.index], keep)
            break
        del lines[dropped.index]
        total -= cost
    return [lines[index] for index in sorted(lines)]


def _story_line(turn: Turn, settings: ClientSettings) -> str:
    when = _local(turn.at, settings).strftime("%m-%d %H:%M") if turn.at else ""
    who = _say(settings.language, "card" if turn.role == "system" else "customer")
    return f"- {when} {who}：{_one_line(turn.text)}".replace("-  ", "- ")


def _worth(turn: Turn) -> float:
    """Numbers and system records tell most; short outbursts least."""
    text = turn.text
    digits = len(re.findall(r"\d+", text))
    return (3.0 if turn.role == "system" else 0.0) + digits + min(len(grams(text)), 30) / 10


def _is_filler(text: str) -> bool:
    return not text.strip() or re.match(str(_words()["filler"]), fold(text.strip())) is not None


def _one_line(text: str) -> str:
    return re.sub(r"\s*[\r\n]+\s*", " ", text).strip()


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(length - 1, 1)] + "…"
