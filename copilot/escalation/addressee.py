"""To whom: the contact for this danger, whom the verdict or the rules name, else who takes the rest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from copilot.answer import Priority
from copilot.authority import contacts_named, decide, general_contact, recognise
from copilot.escalation.findings import Case
from copilot.escalation.handover import Handover
from copilot.escalation.words import (
    concepts,
    concepts_called,
    concepts_of_category,
    danger_contact_words,
)
from copilot.language import fold
from copilot.quantities import find_quantities
from knowledge.model import ClientSettings

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# How well a rule must fit to be preferred to the contact whose name fits the danger.
_CLEAR = 1.5
# How well it must fit before an ordinary question goes elsewhere than the client wants such questions.
_SURE = 1.3
# A rule that fits less is one of another article.
_NEAR = 0.7
# Of two rules that fit nearly as well, the contact's name decides.
_AS_WELL = 0.7


def addressee_of(case: Case, priority: Priority, rules: Sequence[Handover], demand: str | None) -> str:
    """Return the key of the contact (or the tier) that shall decide."""
    agreeing = [rule for rule in rules if rule.level in {None, priority}]
    if priority in {"P0", "P1"} and (contact := _for_danger(case, priority, agreeing)):
        return contact
    if case.found.abstained is not None:
        return case.found.abstained.escalate_to or general_contact(case.knowledge)
    if priority == "P3":
        agreeing = [rule for rule in agreeing if rule.fit >= _SURE]
    near = [rule for rule in agreeing if rule.fit >= (_NEAR if _is_near(rule, case) else _CLEAR)]
    return (
        _by_suggestion(case)
        or (_by_rules(case, near) if near else None)
        or _by_demand(case, demand)
        or (_above(case) if priority == "P2" else None)
        or _by_rules(case, agreeing)
        or general_contact(case.knowledge)
    )


def _for_danger(case: Case, priority: Priority, rules: Sequence[Handover]) -> str | None:
    settings = case.knowledge.settings
    if "official" in case.concepts and (contacts := _fitting(_words_of("official"), settings)):
        return contacts[0]
    if priority == "P0":
        named = (*_by_protocol(case), *_fitting(danger_contact_words(), settings), *_by_support(case))
        return next(iter(named), None)
    if contact := _against_somebody(case):
        return contact
    clear = [rule for rule in rules if rule.fit >= _CLEAR]
    named = _by_support(case)
    told = {key for rule in clear for key in rule.contacts}
    both = [key for key in named[:2] if key in told]
    known = _of_chosen(case, rules, named)
    own = [key for rule in (*clear, *known) if (key := _own(rule, settings))]
    return next(iter((*both, *own, *named)), None) or _by_rules(case, rules)


def _of_chosen(case: Case, rules: Sequence[Handover], named: Sequence[str]) -> list[Handover]:
    """The rules of the chosen article: they know better than a contact's name who takes the case.

    None where an alert's own contact is there, or a rule that fits as well names somebody whose name fits.
    """
    known = [rule for rule in rules if _is_chosen(rule, case)]
    alarmed = {name for alert in case.found.alerts for name in concepts_of_category(alert.category)}
    called = any(_fitting(c.contact, case.knowledge.settings) for c in concepts() if c.name in alarmed)
    close = [rule for rule in rules if known and rule.fit >= _AS_WELL * known[0].fit]
    rivals = any(key in rule.contacts for rule in close for key in named)
    return [] if called or rivals else known


def _is_near(rule: Handover, case: Case) -> bool:
    """Whether no other article was chosen than the one that a rule stands in."""
    return case.found.suggestion is None or _is_chosen(rule, case)


def _is_chosen(rule: Handover, case: Case) -> bool:
    """Whether a rule stands in an article that the suggestion rests on."""
    suggestion = case.found.suggestion
    return suggestion is not None and rule.article.id in {c.article_id for c in suggestion.citations}


def _by_protocol(case: Case) -> tuple[str, ...]:
    """Whom the client's own protocol calls; who handles this very danger comes first."""
    settings = case.knowledge.settings
    called = contacts_named("\n".join(settings.emergency_protocol), settings, ())
    alarmed = {name for alert in case.found.alerts for name in concepts_of_category(alert.category)}
    told = {key for c in concepts() if c.name in alarmed for key in _fitting(c.contact, settings)[:1]}
    on_duty = _fitting(danger_contact_words(), settings)
    return tuple(sorted(called, key=lambda key: (key not in told, key not in on_duty)))


def _against_somebody(case: Case) -> str | None:
    """Who keeps people from harm, where an alert says that somebody threatens or harasses."""
    alarmed = {name for alert in case.found.alerts for name in concepts_of_category(alert.category)}
    told = [c for c in concepts() if c.name in alarmed & concepts_called("against_somebody")]
    return next((key for c in told for key in _fitting(c.contact, case.knowledge.settings)), None)


def _by_support(case: Case) -> tuple[str, ...]:
    """The contacts whose key or name fits what the case is about, the one that most speaks for first."""
    support: Counter[str] = Counter()
    for concept in concepts():
        if concept.name in case.concepts:
            for key in _fitting(concept.contact, case.knowledge.settings)[:1]:
                support[key] += 1 if concept.weak else 2
    return tuple(key for key, _ in support.most_common())


def _words_of(name: str) -> tuple[str, ...]:
    return next((concept.contact for concept in concepts() if concept.name == name), ())


def _fitting(words: Sequence[str], settings: ClientSettings) -> tuple[str, ...]:
    found = [
        key
        for word in words
        for key, contact in settings.contacts.items()
        if word in fold(key).split("_") or (not word.isascii() and word in fold(contact.name))
    ]
    return tuple(dict.fromkeys(found))


def _own(rule: Handover, settings: ClientSettings) -> str | None:
    """The first contact of the client itself; a tier of the outsourcer may stand beside it."""
    keys = [key for key in rule.contacts if key in settings.contacts]
    return next((key for key in keys if key.startswith(("client", "store"))), keys[0] if keys else None)


def _by_suggestion(case: Case) -> str | None:
    suggestion = case.found.suggestion
    if suggestion is None:
        return None
    approvals = (a.escalate_to for a in suggestion.actions if a.verdict == "needs_approval")
    return suggestion.escalate_to or next((key for key in approvals if key), None)


def _by_demand(case: Case, demand: str | None) -> str | None:
    """Who may grant what the customer demands, where that is an amount beyond this tier."""
    matrix = case.knowledge.authority
    wanted = next((r.action for r in recognise(demand or "", matrix) if r.money), None)
    amounts = _amounts(case)
    if wanted is None or not amounts:
        return None
    verdict = decide(matrix, case.conversation.agent.tier, wanted, max(amounts))
    return verdict.escalate_to if verdict.verdict == "needs_approval" else None


def _above(case: Case) -> str | None:
    """Whom the agent's tier asks about money, where no rule says more."""
    matrix = case.knowledge.authority
    money_units = {matrix.currency, case.knowledge.settings.currency}
    asked = [
        rule.escalate_to
        for rule in matrix.rules
        if rule.tier == case.conversation.agent.tier and rule.unit in money_units and rule.escalate_to
    ]
    return Counter(asked).most_common(1)[0][0] if asked else None


def _by_rules(case: Case, rules: Sequence[Handover]) -> str | None:
    suggestion = case.found.suggestion
    if suggestion is not None:
        said = suggestion.reply + " ".join(suggestion.steps)
        named = contacts_named(said, case.knowledge.settings, case.knowledge.authority.tiers)
        used = next((rule for rule in rules if set(rule.contacts) & set(named)), None)
        if named and used is None:
            return named[0]
    return _within_limit(rules[0], case) if rules else None


def _within_limit(rule: Handover, case: Case) -> str:
    """「L2 pays up to 800; more goes to the Claims Desk」: the last contact where more is at stake."""
    limits = [q.value for q in find_quantities(rule.text) if q.dimension == "money"]
    stake = max(_amounts(case), default=0.0)
    return rule.contacts[-1] if limits and stake > max(limits) else rule.contacts[0]


def _amounts(case: Case) -> tuple[float, ...]:
    return tuple(float(number[0]) for v in case.values("amount") if (number := _NUMBER.match(v)))
