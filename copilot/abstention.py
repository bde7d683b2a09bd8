"""Knowing what is not known: when no article answers, say so, collect what is needed, and name who knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml

from copilot.answer import Abstention
from copilot.escalation import default_contact
from copilot.language import fold, in_script
from copilot.retrieval import request_text
from copilot.signals.unanswered import open_questions
from copilot.suggestion.case.frame import called
from copilot.suggestion.embedded import Frame
from copilot.suggestion.reply import wording
from knowledge.model import ArticleHit, ClientSettings

# Below this calibrated confidence the best article is taken not to answer.
MIN_CONFIDENCE = 0.5
# A request of so many characters (Chinese) or words (English) tells what it is about.
_TOLD_CHARACTERS, _TOLD_WORDS = 12, 8


@dataclass(frozen=True, slots=True)
class _Words:
    """The content of `abstention.yaml`."""

    given_by: Mapping[str, re.Pattern[str]]
    told: re.Pattern[str]
    wished: re.Pattern[str]
    internal: re.Pattern[str]
    to_nobody: re.Pattern[str]
    promised: re.Pattern[str]
    own_words: tuple[tuple[re.Pattern[str], str], ...]
    period: re.Pattern[str]
    numbers: Mapping[str, int]
    units: Mapping[str, re.Pattern[str]]
    said: Mapping[str, Mapping[str, str]]


@lru_cache(maxsize=1)
def _words() -> _Words:
    raw = yaml.safe_load(files("copilot").joinpath("abstention.yaml").read_text(encoding="utf-8"))
    return _Words(
        given_by={slot: re.compile(words) for slot, words in raw["given_by"].items()},
        told=re.compile(raw["told"]),
        wished=re.compile(raw["wished"]),
        internal=re.compile(raw["internal"]),
        to_nobody=re.compile(raw["to_nobody"]),
        promised=re.compile(raw["promised"]),
        own_words=tuple((re.compile(pattern, re.IGNORECASE), said) for pattern, said in raw["own_words"]),
        period=re.compile(raw["period"]),
        numbers=raw["numbers"],
        units={unit: re.compile(words) for unit, words in raw["units"].items()},
        said=raw["said"],
    )


def answers(hits: Sequence[ArticleHit]) -> bool:
    """Whether the best article is sure enough to speak."""
    return bool(hits) and hits[0].confidence >= MIN_CONFIDENCE


def abstain(case: Frame, hits: Sequence[ArticleHit]) -> Abstention:
    """Return what to say, what to collect that was not given, and whom to ask."""
    settings = case.knowledge.settings
    known = settings.unknown_topic
    to = _named_contact(known.do or "", settings) or default_contact(case.knowledge)
    own = settings.language.startswith("zh") == case.language.startswith("zh")
    say = in_script(known.say.strip(), case.language) if known.say and own else ""
    do = _will(known.do, to, case) if known.do and own else _will_pass_on(known.do, to, case)
    if say and _words().promised.search(fold(say)):
        do = ""  # the client's own words say already what is done now
    between = " " if case.language == "en" else ""
    return Abstention(
        reason=_reason(hits),
        say=between.join(filter(None, [_closed(say) or wording.say(case.language, "unknown_say"), do])),
        collect=_collect(case),
        escalate_to=to,
    )


def _reason(hits: Sequence[ArticleHit]) -> str:
    reason = "no article in force answers this"
    if not hits:
        return reason
    nearest = hits[0].article
    return f"{reason} (nearest: {nearest.id} {nearest.title}, confidence {hits[0].confidence:.2f})"


def _named_contact(do: str, settings: ClientSettings) -> str | None:
    """The contact that the client's instruction names, by its key or by its name."""
    named = (key for key, contact in settings.contacts.items() if key in do or (contact.name or key) in do)
    return max(named, key=len, default=None)


def _closed(say: str) -> str:
    """The sentence with its stop."""
    if not say or say[-1] in "。.!！?？":
        return say
    return f"{say}." if say.isascii() else f"{say}。"


def _will(do: str, to: str, case: Frame) -> str:
    """What the client wants done, as the agent's word to the customer (without internal priorities)."""
    words = _words()
    said = words.internal.sub("", do).strip(" ，,。.")
    who = called(to, case)
    if who not in {to, "我"}:
        said = said.replace(to, who)
        said = words.to_nobody.sub(lambda verb: f"{verb[1]}{who}", said)
    for pattern, own in words.own_words:
        said = pattern.sub(own, said)
    if case.language == "en":
        return f"I will {said[:1].lower()}{said[1:]}."
    return in_script(f"我现在{said}。", case.language)


def _will_pass_on(do: str | None, to: str, case: Frame) -> str:
    """The same in our own words, where the client's are in another language or there are none."""
    phrases = _words().said["en" if case.language == "en" else "zh-Hans"]
    name = called(to, case)
    readable = name not in {to, "我"} and _is_latin(name) == (case.language == "en")
    contact = name if readable else in_script(phrases["team"], case.language)
    by = _period(do or "", phrases) or wording.deadline(
        case.knowledge.settings.contacts.get(to), case.language
    )
    if by is None:
        return wording.say(case.language, "unknown_do_no_deadline", contact=contact)
    return wording.say(case.language, "unknown_do", contact=contact, deadline=by)


def _is_latin(name: str) -> bool:
    return not re.search(r"[㐀-鿿]", name)


def _period(do: str, phrases: Mapping[str, str]) -> str | None:
    """The period that the client's instruction names, in the words of `phrases`."""
    words = _words()
    found = words.period.search(fold(do))
    if found is None:
        return None
    n = words.numbers.get(found["n"]) or int(found["n"])
    unit = next(unit for unit, pattern in words.units.items() if pattern.search(found["unit"]))
    return phrases[unit].format(n=n, s="" if n == 1 else "s")


def _collect(case: Frame) -> tuple[str, ...]:
    """The client's list less what the customer has given already."""
    return tuple(i for i in case.knowledge.settings.unknown_topic.collect if not _is_given(fold(i), case))


def _is_given(item: str, case: Frame) -> bool:
    words, given = _words(), {fact.slot for fact in case.facts}
    if words.told.search(item):
        return _has_told(case)
    if words.wished.search(item):
        return "demand" in given or bool(open_questions(case.conversation))
    return any(slot in given and pattern.search(item) for slot, pattern in words.given_by.items())


def _has_told(case: Frame) -> bool:
    request = request_text(case.conversation)
    return len(request.split()) >= _TOLD_WORDS or (
        not _is_latin(request) and len(request) >= _TOLD_CHARACTERS
    )
