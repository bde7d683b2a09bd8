"""What to do in the next sixty seconds: the reviewed protocol, overlaid by the client's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from copilot.answer import AlertLevel, Protocol
from copilot.language import Language, fold, in_script
from copilot.signals.emergency import official
from copilot.signals.emergency.never_say import holding_at, quoted_in
from knowledge.model import ClientSettings, Contact

_FALLBACK = "vulnerable_person"
_SAFETY_MARKS = ("safety", "security", "emergency", "安全", "应急", "應急", "資安")
_OFFICIAL_MARKS = ("official", "police", "legal", "调证", "調證", "法务", "法務", "警")
# A step that has the caller call for help.
_CALLS_FOR_HELP = re.compile(r"(?:拨打?|撥打?|打|call|dial)\s*(?:1\d{2}|999|911|112)(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wording:
    """Who reads what: the agent's language for steps, the customer's for `say`.

    `riding`: the talk or the client is about being driven; elsewhere no text speaks of cars.
    `held`: it is about a lift, a cable car or a ride that holds people.
    """

    agent: Language
    customer: Language
    riding: bool = True
    held: bool = False


def is_riding(said: Sequence[str], settings: ClientSettings | None) -> bool:
    """Return whether the customer's words, or the client's name and own steps, are about being driven."""
    about = (settings.name, *settings.emergency_protocol) if settings else ()
    text = " ".join(map(fold, (*said, *about)))
    return any(word in text for word in _table()["common"]["riding"])


def is_held(said: Sequence[str]) -> bool:
    """Return whether the customer speaks of a lift, a cable car or a ride that holds people."""
    text = " ".join(map(fold, said))
    return any(word in text for word in _table()["common"]["held"])


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    raw: Mapping[str, Any] = yaml.safe_load(
        files(__package__).joinpath("protocols.yaml").read_text(encoding="utf-8")
    )
    return raw


def _key(language: Language) -> str:
    return "en" if language == "en" else "zh"


def _contact(settings: ClientSettings | None, marks: tuple[str, ...]) -> Contact | None:
    for contact in settings.contacts.values() if settings else ():
        if any(mark in f"{contact.key} {contact.name}".lower() for mark in marks):
            return contact
    return None


def _contact_step(settings: ClientSettings | None, key: str) -> str:
    common = _table()["common"]
    contact = _contact(settings, _SAFETY_MARKS)
    if contact is None:
        return str(common["no_contact_step"][key])
    return str(common["contact_step"][key]).replace("{contact}", contact.name)


def _official_name(settings: ClientSettings | None, key: str) -> str:
    contact = _contact(settings, _OFFICIAL_MARKS) or _contact(settings, _SAFETY_MARKS)
    if contact is not None:
        return contact.name
    return "the duty contact for authorities" if key == "en" else "7×24 小时值班对接人"


def _acts(text: str) -> frozenset[str]:
    """Which of the acts that every protocol has a step tells of."""
    marks: Mapping[str, Sequence[str]] = _table()["common"]["acts"]
    said = fold(text)
    return frozenset(act for act, words in marks.items() if any(word in said for word in words))


def _without_repeats(own: Sequence[str], reviewed: Sequence[str]) -> tuple[str, ...]:
    """The client's own steps, then the reviewed ones but those whose acts the client's already tell."""
    told = frozenset(act for step in own for act in _acts(step))
    new = (step for step in reviewed if step and not (_acts(step) and _acts(step) <= told))
    return tuple(dict.fromkeys((*own, *new)))


def protocol_for(
    category: str,
    numbers: Mapping[str, str],
    settings: ClientSettings | None,
    wording: Wording,
    level: AlertLevel = "emergency",
) -> Protocol:
    """Return the protocol of `category`, numbers filled in, in both languages.

    The client's own steps come first in an emergency; they are written for one and would mislead where
    nobody's life is in danger.
    """
    return _protocol(category, tuple(numbers.items()), settings, wording, level)


# A protocol holds no words of a customer: as many as a shift meets are kept.
@lru_cache(maxsize=96)
def _protocol(
    category: str,
    numbers: tuple[tuple[str, str], ...],
    settings: ClientSettings | None,
    wording: Wording,
    level: AlertLevel,
) -> Protocol:
    table = _table()
    row = table["categories"].get(category) or table["categories"][_FALLBACK]
    row = row if wording.riding else {**row, **row.get("elsewhere", {})}
    row = {**row, **row.get("held", {})} if wording.held else row
    agent, customer = _key(wording.agent), _key(wording.customer)
    values = {**dict(numbers), "official": _official_name(settings, agent)}

    def filled(text: str, language: Language) -> str:
        return in_script(text.format_map(values), language)

    steps = row["steps"][agent]
    if category != official.CATEGORY:
        steps = (_contact_step(settings, agent), *table["common"]["steps"][agent], *steps)
    first = settings.emergency_protocol if settings and category != official.CATEGORY else ()
    # An authority is never put off, not even by an hour, whatever the level.
    strict = "emergency" if category == official.CATEGORY else level
    asks = row["ask"][customer] or official.still_to_ask((), customer)
    lines = (*table["common"]["never"][customer], *row.get("never", {}).get(customer, ()), *quoted_in(first))
    return Protocol(
        title=in_script(row["title"][agent], wording.agent),
        steps=_without_repeats(
            first if level == "emergency" else (), [filled(step, wording.agent) for step in steps]
        ),
        say=filled(row["say"][customer], wording.customer),
        never_say=tuple(in_script(line, wording.customer) for line in holding_at(lines, strict)),
        ask=tuple(in_script(line, wording.customer) for line in asks),
    )


def before_authority(
    protocol: Protocol, category: str, said: Sequence[str], settings: ClientSettings | None, wording: Wording
) -> Protocol:
    """Return `protocol` as it is told to an authority that has `said` these texts.

    The police are not told to call the police, and nothing that they gave is asked for again.
    """
    common, customer = _table()["common"], _key(wording.customer)
    if category != official.CATEGORY:
        told = str(common["to_authority"][customer]).format(official=_official_name(settings, customer))
        steps = tuple(step for step in protocol.steps if not _CALLS_FOR_HELP.search(step))
        return protocol.model_copy(
            update={"say": in_script(told, wording.customer), "steps": steps, "ask": ()}
        )
    asked = tuple(in_script(item, wording.customer) for item in official.still_to_ask(said, customer))
    items = ("、" if customer == "zh" else ", ").join(asked)
    more = str(common["asked"][customer]).format(items=items) if asked else str(common["all_given"][customer])
    space = "" if customer == "zh" else " "
    say = f"{protocol.say}{space}{in_script(more, wording.customer)}"
    return protocol.model_copy(update={"say": say, "ask": asked})
