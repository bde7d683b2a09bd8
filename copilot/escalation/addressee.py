"""To whom: the contact for this danger, whom the verdict or the rules name, else who takes the rest."""

from __future__ import annotations

from collections.abc import Sequence

from copilot.answer import Priority
from copilot.authority import contacts_named
from copilot.escalation.findings import Case
from copilot.escalation.handover import Handover
from copilot.escalation.words import concepts, danger_contact_words
from copilot.language import fold
from knowledge.model import ClientKnowledge, ClientSettings

# How well a rule must fit to be preferred to the contact whose name fits the danger.
_CLEAR = 1.5


def addressee_of(case: Case, priority: Priority, rules: Sequence[Handover]) -> str:
    """Return the key of the contact (or the tier) that shall decide."""
    if priority in {"P0", "P1"} and (contact := _for_danger(case, priority, rules)):
        return contact
    if case.found.abstained is not None:
        return case.found.abstained.escalate_to or default_contact(case.knowledge)
    return _by_verdict(case) or _by_rules(case, rules) or default_contact(case.knowledge)


def _for_danger(case: Case, priority: Priority, rules: Sequence[Handover]) -> str | None:
    settings = case.knowledge.settings
    if "official" in case.concepts and (contact := _fitting(_words_for(case, "official"), settings)):
        return contact
    clear = next((rule for rule in rules if rule.fit >= _CLEAR), None)
    if priority == "P1" and clear is not None and (chosen := _own(clear, settings)):
        return chosen
    named = _fitting(
        [w for c in concepts() if c.name in case.concepts and not c.weak for w in c.contact], settings
    )
    if named or priority == "P1":
        return named or _by_rules(case, rules)
    return _fitting(danger_contact_words(), settings)


def _words_for(case: Case, name: str) -> tuple[str, ...]:
    return next((concept.contact for concept in concepts() if concept.name == name), ())


def _fitting(words: Sequence[str], settings: ClientSettings) -> str | None:
    for word in words:
        for key, contact in settings.contacts.items():
            if word in fold(key).split("_") or (not word.isascii() and word in fold(contact.name)):
                return key
    return None


def _own(rule: Handover, settings: ClientSettings) -> str | None:
    """The first contact of the client itself; a tier of the outsourcer may stand beside it."""
    keys = [key for key in rule.contacts if key in settings.contacts]
    return next((key for key in keys if key.startswith(("client", "store"))), keys[0] if keys else None)


def _by_verdict(case: Case) -> str | None:
    suggestion = case.found.suggestion
    if suggestion is None:
        return None
    return next(
        (a.escalate_to for a in suggestion.actions if a.verdict == "needs_approval" and a.escalate_to), None
    )


def _by_rules(case: Case, rules: Sequence[Handover]) -> str | None:
    suggestion = case.found.suggestion
    if suggestion is not None:
        said = suggestion.reply + " ".join(suggestion.steps)
        named = contacts_named(said, case.knowledge.settings, case.knowledge.authority.tiers)
        used = next((rule for rule in rules if set(rule.contacts) & set(named)), None)
        if named and used is None:
            return named[0]
    return rules[0].contacts[0] if rules else None


def default_contact(knowledge: ClientKnowledge) -> str:
    """Return whom this client wants to be asked when nothing else tells."""
    settings, tiers = knowledge.settings, knowledge.authority.tiers
    named = contacts_named(settings.unknown_topic.do or "", settings, tiers)
    if named:
        return named[0]
    for key in settings.contacts:
        if any(word in key for word in ("ops", "service", "general")):
            return key
    return next(iter(settings.contacts), tiers[-1] if tiers else "client")
