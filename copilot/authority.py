"""What this agent may do: verdicts from the client's authority matrix (API section 1).

A higher tier may do what a lower one may; what is not listed is not allowed. The matrix itself is
for the agent's eyes: no sentence of a reply is built from it except the fact that somebody else decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import takewhile
from math import inf
from typing import Any

import yaml

from copilot.action_labels import action_label
from copilot.answer import ActionVerdict, Check
from copilot.commitments import Commitment, read_commitments, speaks_of_every_fee
from copilot.conversation import Conversation
from copilot.language import fold, in_script
from copilot.quantities import Quantity, find_quantities, parse_number
from knowledge.model import AuthorityMatrix, ClientKnowledge, ClientSettings, Contact, Rule


@dataclass(frozen=True, slots=True)
class ActionProfile:
    """An action of the matrix and the words by which it is recognised in a text."""

    action: str
    required: tuple[tuple[str, ...], ...]
    optional: tuple[tuple[str, ...], ...]
    note: str
    money: bool


@dataclass(frozen=True, slots=True)
class RecognisedAction:
    """An action said in a text, with the strength of the evidence (0..1)."""

    action: str
    strength: float
    money: bool


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, Any]:
    text = files("copilot").joinpath("action_words.yaml").read_text(encoding="utf-8")
    lexicon: dict[str, Any] = yaml.safe_load(text)
    return lexicon


@lru_cache(maxsize=256)
def profiles(matrix: AuthorityMatrix) -> tuple[ActionProfile, ...]:
    """Return the profile of every action of the matrix, in its order."""
    notes: dict[str, list[str]] = {}
    for rule in matrix.rules:
        notes.setdefault(rule.action, []).append(rule.note or "")
    return tuple(_profile(action, " ".join(said), matrix) for action, said in notes.items())


def _profile(action: str, note: str, matrix: AuthorityMatrix) -> ActionProfile:
    lexicon = _lexicon()
    words = action.lower().split("_")
    said = {word: tuple(fold(w) for w in lexicon["words"].get(word, [word])) for word in words}
    optional = {word for word in words if word in lexicon["optional"]}
    if len(optional) == len(words):
        optional = set()
    said |= {word: (*said[word], *_noted_words(word, said, fold(note))) for word in words}
    limited = any(rule.max is not None for rule in matrix.rules if rule.action == action)
    return ActionProfile(
        action=action,
        required=tuple(said[w] for w in words if w not in optional and said[w]),
        optional=tuple(said[w] for w in words if w in optional and said[w]),
        note=fold(note),
        money=limited or any(word in lexicon["money"] for word in words),
    )


# What is left of 「洗护退款」 without its act is what the client calls the thing.
_THING = re.compile(r"[一-鿿]{2,4}")
_NO_THING = re.compile(r"[不只按每须由可先请仅以需限的]")


def _noted_words(word: str, said: Mapping[str, tuple[str, ...]], note: str) -> tuple[str, ...]:
    """How the note of an action calls a word of its name: the client's own thing, and its other acts."""
    acts = _acts()
    if word in acts:
        return tuple(dict.fromkeys(way for ways in acts.values() if _names_one(ways, note) for way in ways))
    doing = [way for act in said if act in acts for way in said[act] if len(way) > 1]
    if not doing or any(way in note for way in said[word]):
        return ()
    things = (_thing_of(part, doing) for part in _NOTE_PARTS.split(note))
    return tuple(thing for thing in things if thing)[:1]


def _names_one(ways: Iterable[str], note: str) -> bool:
    return any(len(way) > 1 and way in note for way in ways)


def _thing_of(part: str, doing: Sequence[str]) -> str:
    """What stands before the act in a part of a note (「洗护」 of 「洗护退款」), empty where nothing does."""
    at = max((part.find(way) for way in doing), default=-1)
    thing = part[:at] if at > 0 else ""
    return thing if _THING.fullmatch(thing) and not _NO_THING.search(thing) else ""


@lru_cache(maxsize=1)
def _acts() -> dict[str, tuple[str, ...]]:
    """The words of names that say what is done with money, with the ways to say them."""
    lexicon = _lexicon()
    return {act: tuple(fold(way) for way in lexicon["words"][act]) for act in lexicon["acts"]}


def label_of(matrix: AuthorityMatrix, action: str, language: str) -> str:
    """Return an action's name for people, in the words of the client's own note where it names the act."""
    notes = (rule.note for rule in matrix.rules if rule.action == action)
    return action_label(action, language, tuple(note for note in notes if note))


_SENTENCE = re.compile(r"[^。;；\n!?！？]+")


def recognise(text: str, matrix: AuthorityMatrix, about: str = "") -> tuple[RecognisedAction, ...]:
    """Return the actions that one sentence of `text` says, strongest first.

    `about` (an article's title, a customer's topic) may supply words that the sentence leaves out.
    """
    strengths: dict[str, RecognisedAction] = {}
    named = _Words.of(fold(about), matrix)
    for sentence in _SENTENCE.findall(fold(text)):
        said = _Words.of(sentence, matrix)
        for profile in _touched(said, matrix):
            strength = _strength(profile, said, named)
            known = strengths.get(profile.action)
            if strength > 0 and (known is None or strength > known.strength):
                strengths[profile.action] = RecognisedAction(profile.action, strength, profile.money)
    return tuple(sorted(strengths.values(), key=lambda a: -a.strength))


_FEE_WORDS = {"fee", "fare", "toll"}


def may_be_about(action: str, matrix: AuthorityMatrix, text: str) -> bool:
    """Return whether a sum told of in `text` may be what `action` is about: a fee must be named there."""
    words = action.lower().split("_")
    profile = next((p for p in profiles(matrix) if p.action == action), None)
    if profile is None or not _FEE_WORDS.intersection(words):
        return True
    acts, lexicon, folded = _acts(), _lexicon()["words"], fold(text)
    things = [word for word in words if word not in acts and word not in _FEE_WORDS]
    return all(any(fold(way) in folded for way in lexicon.get(word, [word])) for word in things)


_NOTE_PARTS = re.compile(r"[、，,；;。.：:()（）/]+|(?<![a-z])\s+|\s+(?![a-z])|或者?|和|\band\b|\bor\b")
# Parts of a note with fewer pairs of characters, or words, say too little; of others this much must be said.
_LEAST_NOTE, _MOST_SAID = 2, 0.6
# What a part of a note that is said whole tells, and a note that names the article.
_NOTE_SAID, _NOTE_REFERS = 0.6, 0.5


def noted(text: str, matrix: AuthorityMatrix, article_id: str = "") -> tuple[RecognisedAction, ...]:
    """Return the actions a part of whose note is said in `text`, or whose note names the article."""
    folded = fold(text)
    found = ((profile, _note_strength(profile, folded, fold(article_id))) for profile in profiles(matrix))
    said = [
        RecognisedAction(profile.action, strength, profile.money) for profile, strength in found if strength
    ]
    return tuple(sorted(said, key=lambda action: -action.strength))


def _note_strength(profile: ActionProfile, folded: str, article_id: str) -> float:
    parts = [part for part in _NOTE_PARTS.split(profile.note) if len(_pairs(part)) >= _LEAST_NOTE]
    said = max((_overlap(part, folded) for part in parts), default=0.0)
    refers = bool(article_id) and article_id in profile.note
    return max(_NOTE_SAID * said if said > _MOST_SAID else 0.0, _NOTE_REFERS if refers else 0.0)


@dataclass(frozen=True, slots=True)
class _Words:
    """A folded text, and which of the matrix's words stand in it."""

    text: str
    found: frozenset[str]

    @classmethod
    def of(cls, folded: str, matrix: AuthorityMatrix) -> _Words:
        """Look for every word once: many actions have the same."""
        words = _vocabulary(matrix) if folded else ()
        return cls(folded, frozenset([word for word in words if word in folded]))

    def say(self, alternatives: Iterable[str]) -> bool:
        """Whether one of the alternatives is said."""
        return not self.found.isdisjoint(alternatives)


@lru_cache(maxsize=256)
def _requiring(matrix: AuthorityMatrix) -> Mapping[str, frozenset[int]]:
    """Each word that an action requires, with the numbers of those actions."""
    numbers: dict[str, set[int]] = {}
    for number, profile in enumerate(profiles(matrix)):
        for word in (word for ways in profile.required for word in ways):
            numbers.setdefault(word, set()).add(number)
    return {word: frozenset(found) for word, found in numbers.items()}


def _touched(said: _Words, matrix: AuthorityMatrix) -> list[ActionProfile]:
    """The actions of which a required word is said, in the matrix's order: no other one can be meant."""
    requiring, known = _requiring(matrix), profiles(matrix)
    numbers = {number for word in said.found for number in requiring.get(word, ())}
    return [known[number] for number in sorted(numbers)]


@lru_cache(maxsize=256)
def _vocabulary(matrix: AuthorityMatrix) -> tuple[str, ...]:
    """The words of all actions, each once."""
    ways = (way for profile in profiles(matrix) for way in (*profile.required, *profile.optional))
    return tuple(dict.fromkeys(word for way in ways for word in way))


def _strength(profile: ActionProfile, said: _Words, named: _Words) -> float:
    """Every required word is said, one in the sentence itself; specific names win, one character is weak."""
    here = [said.say(alternatives) for alternatives in profile.required]
    if not any(here):
        return 0.0
    if not all(h or named.say(words) for h, words in zip(here, profile.required, strict=True)):
        return 0.0
    optional = sum(said.say(words) for words in profile.optional)
    note = _overlap(profile.note, said.text + named.text)
    specific = min(len(profile.required), 3)
    plain = any(len(w) > 1 and w in said.found for words in profile.required for w in words)
    return round(
        min(1.0, 0.3 + 0.12 * sum(here) + 0.08 * specific + 0.06 * (optional + plain) + 0.3 * note), 4
    )


@lru_cache(maxsize=4096)
def _pairs(note: str) -> frozenset[str]:
    """What a note says: pairs of Chinese characters, and the beginnings of English words that tell something.

    Pairs of letters stand in any longer English text.
    """
    common = _lexicon()["tell_nothing"]
    chinese = (note[i : i + 2] for i in range(len(note) - 1) if _CHINESE_PAIR.match(note[i : i + 2]))
    english = (word[:_STEM] for word in _ENGLISH_WORD.findall(note) if word not in common)
    return frozenset((*chinese, *english))


_CHINESE_PAIR = re.compile(r"[一-鿿]{2}")
_ENGLISH_WORD, _STEM = re.compile(r"[a-z]{3,}"), 7


def _overlap(note: str, text: str) -> float:
    pairs = _pairs(note)
    return sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0


@lru_cache(maxsize=1)
def _phrases() -> dict[str, dict[str, str]]:
    text = files("copilot").joinpath("authority_words.yaml").read_text(encoding="utf-8")
    phrases: dict[str, dict[str, str]] = yaml.safe_load(text)
    return phrases


def _say(language: str, key: str, **values: str) -> str:
    phrase = _phrases()["en" if language == "en" else "zh-Hans"][key]
    return in_script(phrase, language).format_map(values)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of its own unit an action is to grant (30 天, 6 期, 50 %)."""

    value: float


def decide(
    matrix: AuthorityMatrix,
    tier: str,
    action: str,
    amount: float | Counted | None = None,
    *,
    language: str = "en",
) -> ActionVerdict:
    """Return whether an agent of `tier` may do `action` for `amount`: a sum (currency) or a count (its unit).

    What is None, or of the other kind than the limit, is not compared with it (`is_settled`). An unknown
    tier may only do what every tier may. The reason is in `language`.
    """
    money = amount if isinstance(amount, float | int) else None
    asked = _Asked(money, amount.value if isinstance(amount, Counted) else None, matrix.currency)
    rules = [rule for rule in matrix.rules if rule.action == action]
    usable = [rule for rule in rules if _within_reach(rule, tier, matrix.tiers)]
    granting = [rule for rule in usable if rule.allowed]
    limit = _limit(granting)
    verdict = ActionVerdict(
        action=action,
        amount=money,
        currency=matrix.currency if money is not None else None,
        verdict="forbidden",
        limit=limit,
        reason=_why_beyond(usable, limit, language) if rules else _say(language, "reason_not_listed"),
    )
    if any(_covers(rule, asked) for rule in granting):
        return verdict.model_copy(update={"verdict": "allowed", "reason": _conditions(granting, language)})
    above = _whom_to_ask(rules, tier, asked, matrix.tiers)
    if above is None:
        return verdict
    return verdict.model_copy(update={"verdict": "needs_approval", "escalate_to": above})


def unit_of(matrix: AuthorityMatrix, action: str) -> str | None:
    """Return in what the limit of `action` counts (「天」, 「次」, 「期」, 「%」), None where it is money."""
    units = (rule.unit for rule in matrix.rules if rule.action == action and rule.max is not None)
    return next((unit for unit in units if unit not in {None, matrix.currency}), None)


def is_settled(matrix: AuthorityMatrix, tier: str, action: str, amount: float | Counted | None) -> bool:
    """Return whether a verdict compared everything: no limit was left aside for want of a sum or a count."""
    rules = [rule for rule in matrix.rules if rule.action == action and rule.allowed]
    granting = [rule for rule in rules if _within_reach(rule, tier, matrix.tiers)]
    if not granting or any(rule.max is None for rule in granting):
        return True
    counts = unit_of(matrix, action) is not None
    return amount is not None and isinstance(amount, Counted) == counts


_OUTSIDE = re.compile(
    r"([^;；。.]*?)(?:不在此限|不(?:占|计入|算入?|受)[^;；。]{0,8}(?:额度|限额|权限|上限|限制)|"
    r"(?:do|does|is|are) not (?:count(?:ed)? (?:towards?|against)|limited|under)[^;.]*)"
)


def is_outside_limit(matrix: AuthorityMatrix, action: str, text: str) -> bool:
    """Return whether the limit's own note says that what `text` tells of does not count towards it.

    「驗收後系統退款不在此限」: a word of it that is not the action's own must be said.
    """
    notes = (
        rule.note for rule in matrix.rules if rule.action == action and rule.max is not None and rule.note
    )
    excepted = [match[1] for note in notes for match in _OUTSIDE.finditer(fold(note))]
    own = {pair for word in action.lower().split("_") for way in _ways(word) for pair in _pairs(way)}
    folded = fold(text)
    return any(pair in folded for part in excepted for pair in _pairs(part) - own - _SYSTEM)


# Words in which notes speak of what the limit leaves out, whatever it is.
_SYSTEM = frozenset({"系统", "统退", "统发", "规则", "计算", "则计", "算的", "的系"})


def _ways(word: str) -> tuple[str, ...]:
    return tuple(fold(way) for way in _lexicon()["words"].get(word, [word]))


_DAYS = {"天", "日", "day", "days"}
_MEASURES = {
    "次": "times",
    "times": "times",
    "%": "percent",
    "percent": "percent",
    **dict.fromkeys(_DAYS, "days"),
}


def counts_in(text: str, unit: str) -> tuple[float, ...]:
    """Return the numbers of `text` that count in `unit`, in its order; months and weeks count as days."""
    unit, folded = fold(unit).strip(), fold(text)
    dimension = _MEASURES.get(unit)
    if dimension is not None:
        return tuple(q.value for q in find_quantities(folded) if q.dimension == dimension and not q.derived)
    found = re.finditer(
        rf"(?<!第)(?<![\d.])(\d+(?:\.\d+)?|[一二两三四五六七八九十]{{1,3}})\s*{re.escape(unit)}", folded
    )
    numbers = (parse_number(match[1]) for match in found)
    return tuple(number for number in numbers if number is not None)


def limits(matrix: AuthorityMatrix, tier: str) -> dict[str, float]:
    """Return up to how much (the matrix's currency) an agent of `tier` may do each action about money.

    0 for what the tier may not do at all, infinity where there is no limit.
    """
    most: dict[str, float] = {}
    for profile in profiles(matrix):
        if profile.money:
            own = [r for r in matrix.rules if r.action == profile.action and r.allowed]
            if any(r.unit not in {None, matrix.currency} for r in own):
                continue  # days, pieces or points are no sum
            mine = [r.max for r in own if _within_reach(r, tier, matrix.tiers)]
            known = [limit for limit in mine if limit is not None]
            most[profile.action] = inf if len(known) < len(mine) else max(known, default=0.0)
    return most


def telling(knowledge: ClientKnowledge) -> Mapping[str, float]:
    """Return how telling each action's own words are in this client's articles (0..1).

    Words that stand in a third of the articles or more tell nothing: everything is about them. Money is
    named where it is given, so an action about money tells at least half.
    """
    key = (knowledge.settings.id, knowledge.version)
    known = _TELLING.get(key)
    if known is None:
        known = {p.action: _telling(p, knowledge) for p in profiles(knowledge.authority)}
        if len(_TELLING) > _CLIENTS_KEPT:
            _TELLING.clear()
        _TELLING[key] = known
    return known


_TELLING: dict[tuple[str, str], Mapping[str, float]] = {}
_CLIENTS_KEPT = 256
_TELLS_NOTHING, _MONEY_TELLS = 1 / 3, 0.5
# Fewer articles than this say little about what is common.
_MANY = 12


def _telling(profile: ActionProfile, knowledge: ClientKnowledge) -> float:
    texts = [fold(article.title + article.body) for article in knowledge.articles.values()]
    said = sum(all(any(w in text for w in words) for words in profile.required) for text in texts)
    rare = 1 - said / max(len(texts), _MANY) / _TELLS_NOTHING
    return max(rare, _MONEY_TELLS if profile.money else 0.0)


def _within_reach(rule: Rule, tier: str, tiers: Sequence[str]) -> bool:
    if rule.tier is None:
        return True
    if tier not in tiers or rule.tier not in tiers:
        return rule.tier == tier
    return tiers.index(rule.tier) <= tiers.index(tier)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be granted: a sum of money, a count in the action's own unit; None is unknown."""

    amount: float | None
    count: float | None
    currency: str


def _covers(rule: Rule, asked: _Asked) -> bool:
    value = asked.amount if rule.unit in {None, asked.currency} else asked.count
    return rule.max is None or value is None or value <= rule.max + 1e-9


def _limit(rules: Iterable[Rule]) -> float | None:
    limits = [rule.max for rule in rules if rule.max is not None]
    return max(limits, default=None)


def _whom_to_ask(rules: Sequence[Rule], tier: str, asked: _Asked, tiers: Sequence[str]) -> str | None:
    """The next one up who may grant it: the own rule's `escalate_to`, followed up through the tiers."""
    above = _next_up(rules, tier, tiers)
    if above is None:
        reach = (rule for rule in rules if rule.allowed and not _within_reach(rule, tier, tiers))
        above = next((rule.tier for rule in reach), None)
    seen: set[str] = set()
    while above is not None and above in tiers and above not in seen:
        seen.add(above)
        theirs = [rule for rule in rules if _within_reach(rule, above, tiers)]
        if any(rule.allowed and _covers(rule, asked) for rule in theirs):
            return above
        above = _next_up(rules, above, tiers) or above
    return above


def _next_up(rules: Sequence[Rule], tier: str, tiers: Sequence[str]) -> str | None:
    """Whom the highest rule within reach of `tier` names."""
    theirs = [rule for rule in rules if _within_reach(rule, tier, tiers)]
    return next((rule.escalate_to for rule in reversed(theirs) if rule.escalate_to), None)


def _conditions(rules: Sequence[Rule], language: str) -> str:
    best = max(rules, key=lambda rule: rule.max or 0.0)
    valid = _say(language, "valid_days", days=str(best.valid_days)) if best.valid_days else ""
    parts = [best.per_user or "", valid, best.note or ""]
    return " · ".join(part for part in parts if part) or _say(language, "reason_within")


def _why_beyond(usable: Sequence[Rule], limit: float | None, language: str) -> str:
    if limit is not None:
        return _say(language, "reason_limit", limit=f"{limit:g}")
    note = next((rule.note for rule in usable if rule.note), None)
    return note or _say(language, "reason_beyond")


_TIER_WORDS = {
    "L2": ("二线", "主管", "班长", "组长", "supervisor", "second line"),
    "L3": ("三线", "经理", "manager"),
}


def contacts_named(text: str, settings: ClientSettings, tiers: Sequence[str]) -> tuple[str, ...]:
    """Return the keys of contacts (and tiers) that `text` names, in the order of the text."""
    folded = fold(text)
    found: dict[str, int] = {}
    for key, names in _names(settings, tiers).items():
        position = min((at for name in names if (at := _position(name, folded)) >= 0), default=-1)
        if position >= 0:
            found[key] = position
    return tuple(sorted(found, key=lambda key: found[key]))


# 「主管」 is somebody, 「主管道」 and 「主管部门」 are not.
_SUPERVISOR = re.compile("主管(?!道|返|路|线|部门|单位|机关)")


def _position(name: str, folded: str) -> int:
    """Where `name` is said of somebody, -1 where it is not."""
    if name != "主管":
        return folded.find(name)
    match = _SUPERVISOR.search(folded)
    return match.start() if match else -1


def _names(settings: ClientSettings, tiers: Sequence[str]) -> dict[str, tuple[str, ...]]:
    names = {
        key: (*_contact_names(contact, settings.name), *_key_words(key))
        for key, contact in settings.contacts.items()
    }
    for tier in tiers[1:]:
        names[tier] = (*names.get(tier, ()), fold(tier), *(fold(w) for w in _TIER_WORDS.get(tier, ())))
    return names


# So many letters are the company's name; what is left must be a name by itself (「豐網」 + 「續約專員」).
_COMPANY, _OWN = 2, 4


def _contact_names(contact: Contact, company: str) -> tuple[str, ...]:
    """The name, without a last word that says nothing, and without the company's before it."""
    name = fold(contact.name)
    short = re.sub(r"(值班|专线|主管|负责人|接口人| team| desk| duty)$", "", name)
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(name, fold(company), strict=False))
    shared = sum(1 for _ in alike)
    own = name[shared:].strip() if shared >= _COMPANY else ""
    return tuple(n for n in (name, short, own) if len(n) >= 2 and (n != own or len(n) >= _OWN))


def _key_words(key: str) -> tuple[str, ...]:
    words = _lexicon()["contacts"]
    return tuple(fold(w) for part in key.lower().split("_") for w in words.get(part, ()))


_ON_DUTY = ("safety", "安全", "应急", "emergency", "security", "资安", "duty", "值班")


def duty_contact(settings: ClientSettings) -> str | None:
    """Return the contact that acts when there is an alert, None where the client names none."""
    for word in _ON_DUTY:
        for key, contact in settings.contacts.items():
            if word in fold(key) or word in fold(contact.name):
                return key
    return None


def general_contact(knowledge: ClientKnowledge) -> str:
    """Return whom this client wants to be asked when nothing else tells."""
    settings, tiers = knowledge.settings, knowledge.authority.tiers
    named = contacts_named(settings.unknown_topic.do or "", settings, tiers)
    if named:
        return named[0]
    for key in settings.contacts:
        if any(word in key for word in ("ops", "service", "general")):
            return key
    return next(iter(settings.contacts), tiers[-1] if tiers else "client")


def contact_name(key: str, settings: ClientSettings) -> str:
    """Return how `key` (a contact or a tier) is called towards people."""
    contact = settings.contacts.get(key)
    return contact.name if contact else key


def check_commitments(
    conversation: Conversation, matrix: AuthorityMatrix, knowledge: ClientKnowledge | None = None
) -> tuple[Check, ...]:
    """Return a check for every sentence of the agent (said or drafted) that grants more than the tier may.

    With the client's `knowledge` words that stand in every other article are no evidence of an action, and
    the message is in the client's language.
    """
    said = [(turn.text, turn.index) for turn in conversation.turns if turn.role == "agent"]
    drafted = [(conversation.draft, None)] if conversation.draft else []
    tier = conversation.agent.tier
    silent = _silent(knowledge) if knowledge is not None else frozenset[str]()
    return tuple(
        _check(quote, verdict, index, knowledge)
        for text, index in (*said, *drafted)
        for quote, verdict in _overreaching(text, tier, matrix, silent)
    )


def _silent(knowledge: ClientKnowledge) -> frozenset[str]:
    """The actions whose words tell nothing with this client."""
    return frozenset(action for action, tells in telling(knowledge).items() if tells <= 0)


# What earlier turns said is read once, not with every new turn.
@lru_cache(maxsize=4096)
def _overreaching(
    text: str, tier: str, matrix: AuthorityMatrix, silent: frozenset[str]
) -> tuple[tuple[str, ActionVerdict], ...]:
    """The acts of each sentence that are beyond the tier, each once."""
    found: list[tuple[str, ActionVerdict]] = []
    for acts in read_commitments(text):
        told: set[str] = set()
        for act in acts:
            verdict = _committed(act, tier, matrix, silent)
            if verdict is not None and verdict.verdict != "allowed" and verdict.action not in told:
                told.add(verdict.action)
                found.append((act.quote, verdict))
    return tuple(found)


# Actions said about as clearly as the clearest one are equally likely meant: the sentence grants too much
# only where all of them would be.
_AS_CLEAR = 0.1
# An action known by its act and a count in its own unit (「恢复5次」), or by a word for every fee.
_SAID_IN_PART = 0.4


def _committed(
    act: Commitment, tier: str, matrix: AuthorityMatrix, silent: frozenset[str]
) -> ActionVerdict | None:
    known = recognise(act.folded, matrix) or _said_in_part(act.folded, matrix)
    said = [action for action in known if action.action not in silent]
    clear = [action for action in said if action.strength >= said[0].strength - _AS_CLEAR]
    verdicts = [decide(matrix, tier, a.action, _granted(act, a, matrix)) for a in clear]
    allowed = next((verdict for verdict in verdicts if verdict.verdict == "allowed"), None)
    return allowed or next(iter(verdicts), None)


def _said_in_part(folded: str, matrix: AuthorityMatrix) -> tuple[RecognisedAction, ...]:
    every, words = speaks_of_every_fee(folded), _Words.of(folded, matrix)
    return tuple(
        RecognisedAction(profile.action, _SAID_IN_PART, profile.money)
        for profile in _touched(words, matrix)
        for said in ([words.say(ways) for ways in profile.required],)
        if (every and sum(said) > 1) or (said[:1] == [True] and _counts_its_own(folded, profile, matrix))
    )


def _counts_its_own(folded: str, profile: ActionProfile, matrix: AuthorityMatrix) -> bool:
    unit = unit_of(matrix, profile.action)
    return unit is not None and bool(counts_in(folded, unit))


def _granted(act: Commitment, action: RecognisedAction, matrix: AuthorityMatrix) -> float | Counted | None:
    """What the agent grants: a sum, or a count in the action's own unit."""
    unit = unit_of(matrix, action.action)
    if unit is None:
        return _granted_amount(act) if action.money else None
    count = max(counts_in(act.folded, unit), default=None)
    return Counted(count) if count is not None else None


def _granted_amount(act: Commitment) -> float | None:
    """The sum that is granted: named where or after the agent commits himself, else the last one before."""
    said = find_quantities(act.folded)
    amounts = [q for q in said if q.dimension == "money"] or _bare_sums(act.folded, said)
    start = max(act.folded.rfind(mark, 0, act.start) for mark in ",，:：") if act.start > 0 else -1
    after = [q.value for q in amounts if q.start > start]
    return max(after) if after else next((q.value for q in reversed(amounts)), None)


# 「给您退350」, 「退您三百五」: what is given back is money without its unit, too.
_GIVEN = re.compile(
    r"(?:退|赔付?|补偿?|返|减免?|免)(?:款|还|给)?(?:您|你)?(?:大概|一共|共|最多|全部)?\s*"
    r"(\d{2,6}(?:\.\d{1,2})?|[一二两三四五六七八九][百千万][零一二两三四五六七八九十百千]*)(?![\d.%％成折])"
)


def _bare_sums(folded: str, said: Sequence[Quantity]) -> list[Quantity]:
    measured = [range(q.start, q.end) for q in said]
    sums = [
        Quantity(value, "money", match.start(1), match.end(1), match.group())
        for match in _GIVEN.finditer(folded)
        if (value := parse_number(match[1])) is not None
    ]
    return [q for q in sums if not any(q.start in span for span in measured)]


def _check(
    quote: str, verdict: ActionVerdict, turn_index: int | None, knowledge: ClientKnowledge | None
) -> Check:
    return Check(
        kind="over_authority",
        where="draft" if turn_index is None else "turn",
        turn_index=turn_index,
        quote=quote,
        missing=(),
        message=_overreach(verdict, knowledge),
    )


def _overreach(verdict: ActionVerdict, knowledge: ClientKnowledge | None) -> str:
    settings = knowledge.settings if knowledge else ClientSettings(id="", name="")
    language = settings.language
    matrix = knowledge.authority if knowledge else None
    what = label_of(matrix, verdict.action, language) if matrix else action_label(verdict.action, language)
    if verdict.escalate_to is None:
        return _say(language, "nobody", what=what)
    whom = contact_name(verdict.escalate_to, settings)
    if verdict.limit is None:
        return _say(language, "not_granted", what=what, whom=whom)
    return _say(language, "over_limit", what=what, whom=whom, limit=f"{verdict.limit:g}")
